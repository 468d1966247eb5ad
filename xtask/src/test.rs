//! `cargo xtask test`: every test that there is, from unit tests to clients that others wrote.

use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::Args;

use crate::clients::SUITES;
use crate::cmd::{self, Progress};
use crate::demo::CONSUMER;
use crate::workspace::Workspace;
use crate::{check, host, torture, wasm};

/// Aims the black-box suites at a server that runs already.
const BASE_URL: &str = "SPIN_AUTH_BASE_URL";
/// Tells the suites which host to start.
const HOST_BIN: &str = "SPIN_AUTH_HOST_BIN";
/// Tells the suites which manifest to serve.
const MANIFEST: &str = "SPIN_AUTH_MANIFEST";
/// The package of the black-box suite.
const BLACK_BOX: &str = "spin-auth-tests";

/// Which tests.
#[derive(Args)]
pub(crate) struct Options {
    /// Run only tests whose names contain this
    filter: Option<String>,
}

/// Runs them; the environment decides whether against our own host or a given address.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let filter = options.filter.as_deref();
    let mut env = Vec::new();
    let progress = if let Ok(url) = std::env::var(BASE_URL) {
        let progress = Progress::new(1 + SUITES.len(), false);
        progress.note(&format!("{BASE_URL} is set: only the black-box suites, against {url}"));
        progress
    } else {
        let progress = Progress::new(9 + SUITES.len(), false);
        progress.step("Unit tests");
        cmd::run(with_filter(cargo_test(&workspace).args(native(&workspace)), filter))?;
        wasm::build(&workspace, &progress)?;
        wasm::compile(&workspace, &progress, &[CONSUMER])?;
        check::capabilities::run(&workspace)?;
        let host = host::build(&workspace, &progress)?;
        progress.step("Unit tests of the host");
        // In the profile of its binary: wasmtime is not built twice.
        cmd::run(with_filter(cargo_test(&workspace).args(["--profile", "host", "--package", host::HOST]), filter))?;
        env.push((HOST_BIN, host));
        env.push((MANIFEST, workspace.root.join("spin.toml")));
        progress
    };
    progress.step("Black-box tests");
    let mut black_box = cargo_test(&workspace);
    black_box.args(["--package", BLACK_BOX]).envs(env.iter().map(|(name, value)| (name, value)));
    cmd::run(with_filter(&mut black_box, filter))?;
    // On our own host, and after it has compiled every component once; there are parts and no tests to choose from.
    if let (Some((_, host)), None) = (env.first(), filter) {
        torture::short(&workspace, &progress, host)?;
    }
    for suite in SUITES {
        progress.step(suite.title);
        suite.run(&workspace.root, filter, |command| {
            command.envs(env.iter().map(|(name, value)| (name, value)));
        })?;
    }
    progress.note("All tests passed.");
    Ok(ExitCode::SUCCESS)
}

fn cargo_test(workspace: &Workspace) -> Command {
    let mut command = cmd::cargo();
    command.current_dir(&workspace.root).arg("test");
    command
}

/// The packages whose unit tests run first: all but the black-box suite, the host, and what links for Wasm only.
fn native(workspace: &Workspace) -> Vec<String> {
    let wasm_only = |dir: &str| {
        dir.starts_with("components/") || dir.starts_with("examples/") || dir == "crates/spin" || dir == "bench/probe"
    };
    let later = |name: &str| name == BLACK_BOX || name == host::HOST;
    let unit = workspace.packages.iter().filter(|package| !later(&package.name) && !wasm_only(&package.dir));
    unit.flat_map(|package| ["--package".to_owned(), package.name.clone()]).collect()
}

fn with_filter<'a>(command: &'a mut Command, filter: Option<&str>) -> &'a mut Command {
    command.args(filter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Package;

    #[test]
    fn the_first_unit_tests_leave_out_what_links_for_wasm_only_the_host_and_the_black_box_suite() {
        let package = |name: &str, dir: &str| Package { name: name.into(), dir: dir.into(), dependencies: Vec::new() };
        let packages = vec![
            package("token", "components/token"),
            package("spin-auth-spin", "crates/spin"),
            package("probe", "bench/probe"),
            package("consumer", "examples/consumer"),
            package("spin-auth-tests", "tests"),
            package("spin-auth-host", "crates/host"),
            package("spin-auth-store", "crates/store"),
        ];
        let workspace = Workspace { root: "/w".into(), target: "/w/target".into(), packages };
        assert_eq!(native(&workspace), ["--package", "spin-auth-store"]);
    }
}
