//! `cargo deny`: licences, bans, sources and known vulnerabilities of the dependencies.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{cmd, tool};

/// How long fetching the advisory database may take before we believe that there is no way to it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs it, installing it first where it is absent.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let program = tool::find(workspace, "cargo-deny")?;
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
