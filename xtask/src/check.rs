//! `cargo xtask check`: everything that judges the code without running the server.

pub(crate) mod capabilities;
mod deny;
mod dependencies;
mod evidence;
mod imports;
mod length;
mod manifest;
mod table;

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};
use clap::Args;

use crate::cmd::{self, Progress};
use crate::workspace::Workspace;

/// Which checks.
#[derive(Args)]
pub(crate) struct Options {
    /// Run only these: fmt, clippy, docs, deny, dependencies, length, capabilities, evidence
    only: Vec<String>,
}

/// A check: its name, what it does in a few words, and itself.
type Check = (&'static str, &'static str, fn(&Workspace) -> Result<()>);

/// The quick ones first.
const CHECKS: [Check; 8] = [
    ("fmt", "Format", fmt),
    ("dependencies", "The dependency rule between the crates", dependencies::run),
    ("length", "The length of the source files", length::run),
    ("capabilities", "The least capability of each component", capabilities::run),
    ("evidence", "The tests that the documents name", evidence::run),
    ("clippy", "Lints", clippy),
    ("docs", "Documentation", docs),
    ("deny", "Licences, sources and advisories of the dependencies", deny::run),
];

/// Runs all of them, also after one has failed, and names the failures at the end.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if let Some(unknown) = options.only.iter().find(|name| CHECKS.iter().all(|(known, ..)| known != name)) {
        bail!("there is no check `{unknown}`");
    }
    let workspace = Workspace::load()?;
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    let checks: Vec<_> = CHECKS.iter().filter(|(name, ..)| wanted(name)).collect();
    let progress = Progress::new(checks.len(), false);
    let mut failed = Vec::new();
    for (name, title, check) in checks {
        progress.step(title);
        if let Err(error) = check(&workspace) {
            eprintln!("      {error:#}");
            failed.push(*name);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    progress.note("All checks passed.");
    Ok(ExitCode::SUCCESS)
}

fn cargo(workspace: &Workspace) -> Command {
    let mut command = cmd::cargo();
    command.current_dir(&workspace.root);
    command
}

fn fmt(workspace: &Workspace) -> Result<()> {
    cmd::run(cargo(workspace).args(["fmt", "--all", "--check"]))
}

/// The components too: they do not link natively, but they compile, and clippy never links.
fn clippy(workspace: &Workspace) -> Result<()> {
    cmd::run(cargo(workspace).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn docs(workspace: &Workspace) -> Result<()> {
    let arguments = ["doc", "--workspace", "--no-deps", "--document-private-items"];
    cmd::run(cargo(workspace).args(arguments).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Fails with one line for each finding.
fn report(findings: Vec<String>) -> Result<()> {
    if findings.is_empty() { Ok(()) } else { bail!("{}", findings.join("\n      ")) }
}
