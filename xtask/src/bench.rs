//! `cargo xtask bench`: how fast, against the floor of the host.

use std::process::ExitCode;

use anyhow::Result;

use crate::cmd::{self, Progress};
use crate::workspace::Workspace;
use crate::{clients, host, wasm};

/// The package that measures, and its program.
const BENCH: &str = "spin-auth-bench";
/// The component that is the floor.
const PROBE: &str = "probe";

/// Builds everything as it is deployed, and measures.
pub(crate) fn run(options: &host::Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let progress = Progress::new(6, false);
    wasm::build(&workspace, &progress)?;
    wasm::compile(&workspace, &progress, &[PROBE])?;
    let host = host::build(&workspace, &progress)?;
    progress.step("Measuring");
    if options.arguments.iter().any(|argument| argument == "--peers") {
        clients::npm(&workspace.root.join("bench/peers"))?;
    }
    let mut bench = host::tool(&workspace, BENCH, ("host", "host"), &host)?;
    bench.arg("--results").arg(workspace.root.join("bench/results")).args(&options.arguments);
    cmd::status(&mut bench).map(cmd::exit_code)
}
