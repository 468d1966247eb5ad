//! `cargo deny`: licences, bans, sources and known vulnerabilities of the dependencies.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cmd;
use crate::workspace::Workspace;

/// How long fetching the advisory database may take before we believe that there is no way to it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs it, installing it first where it is absent.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let program = find(workspace)?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.current_dir(&workspace.root).args(["--workspace", "--all-features"]).args(arguments);
        command
    };
    cmd::run(&mut deny(&["check", "licenses", "bans", "sources"]))?;
    let fetched = cmd::run_while(deny(&["fetch", "db"]).stderr(std::process::Stdio::null()), PATIENCE, || ())?;
    if !fetched.is_some_and(|status| status.success()) {
        eprintln!(
            "      SKIPPED: the advisory database cannot be fetched here; licences, bans and sources were checked"
        );
        return Ok(());
    }
    cmd::run(&mut deny(&["check", "advisories"]))
}

/// The one that is installed, or our own under `target/tools`.
fn find(workspace: &Workspace) -> Result<PathBuf> {
    let installed = PathBuf::from("cargo-deny");
    if cmd::succeeds(Command::new(&installed).arg("--version")) {
        return Ok(installed);
    }
    let tools = workspace.root.join("target/tools");
    let own = tools.join("bin/cargo-deny");
    if !own.exists() {
        eprintln!("      installing cargo-deny into target/tools, once; this takes minutes");
        let mut install = cmd::cargo();
        install.args(["install", "cargo-deny", "--locked", "--quiet", "--root"]).arg(&tools);
        install.arg("--target-dir").arg(tools.join("build"));
        cmd::run(&mut install).context("cargo-deny cannot be installed")?;
        // It has served its purpose, and is large.
        let _ = std::fs::remove_dir_all(tools.join("build"));
    }
    Ok(own)
}
