//! `cargo xtask torture`: races, crashes and faults, and what must hold after each.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::cmd::{self, Progress};
use crate::workspace::Workspace;
use crate::{host, wasm};

/// The package that tortures, and its program.
const TORTURE: &str = "spin-auth-torture";

/// Builds everything as it is deployed, and tortures it.
pub(crate) fn run(options: &host::Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    // Whoever asks for a part gets that part alone.
    let everything = options.arguments.is_empty();
    let progress = Progress::new(4 + usize::from(everything), false);
    if everything {
        statements(&workspace, &progress)?;
    }
    wasm::build(&workspace, &progress)?;
    let host = host::build(&workspace, &progress)?;
    let mut torture = command(&workspace, &progress, &host)?;
    cmd::status(torture.args(&options.arguments)).map(cmd::exit_code)
}

/// The races of the store's own tests, on plain SQLite: as the torture's, 200 rounds of each.
fn statements(workspace: &Workspace, progress: &Progress) -> Result<()> {
    progress.step("Races of the statements on plain SQLite");
    let mut cargo = cmd::cargo();
    cargo.current_dir(&workspace.root).args(["test", "--quiet", "--package", "spin-auth-store", "--lib"]);
    cmd::run(cargo.env("SPIN_AUTH_RACE_ROUNDS", "200"))
}

/// The short form, for every change; fails where something did not hold. One step of progress.
pub(crate) fn short(workspace: &Workspace, progress: &Progress, host: &Path) -> Result<()> {
    cmd::run(command(workspace, progress, host)?.arg("--short"))
}

fn command(workspace: &Workspace, progress: &Progress, host: &Path) -> Result<Command> {
    progress.step("Torture");
    // Built as the tests are, which have built most of it: it measures nothing.
    host::tool(workspace, TORTURE, ("dev", "debug"), host)
}
