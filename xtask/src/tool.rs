//! Cargo's subcommands that others wrote: those that are installed, or our own under `target/tools`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::cmd;
use crate::workspace::Workspace;

/// The program of this name, which is also that of its crate; installed first where it is absent.
pub(crate) fn find(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let installed = PathBuf::from(name);
    if cmd::succeeds(Command::new(&installed).arg("--version")) {
        return Ok(installed);
    }
    let tools = workspace.root.join("target/tools");
    let own = tools.join("bin").join(name);
    if !own.exists() {
        eprintln!("      installing {name} into target/tools, once; this takes minutes");
        let mut install = cmd::cargo();
        install.args(["install", name, "--locked", "--quiet", "--root"]).arg(&tools);
        install.arg("--target-dir").arg(tools.join("build"));
        cmd::run(&mut install).with_context(|| format!("{name} cannot be installed"))?;
        // It has served its purpose, and is large.
        let _ = std::fs::remove_dir_all(tools.join("build"));
    }
    Ok(own)
}
