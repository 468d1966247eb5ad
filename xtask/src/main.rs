//! The project's commands, run as `cargo xtask <command>`.
//!
//! `up` serves the whole authorization server from a fresh clone, `demo` a sample application beside it, `build` makes the components, `test` runs every
//! test, `bench` measures, `torture` races and kills it, `check` runs everything that judges the code without running it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its standard streams")]
#![allow(clippy::disallowed_methods, reason = "a build tool has no injected clock: it waits for real processes")]

mod apt;
mod bench;
mod check;
mod clients;
mod cmd;
mod demo;
mod host;
mod sbom;
mod test;
mod tool;
mod toolchain;
mod torture;
mod up;
mod wasm;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What `cargo xtask` can do.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, version)]
struct Cli {
    #[command(subcommand)]
    command: Action,
}

/// One command.
#[derive(Subcommand)]
enum Action {
    /// Set up, build and serve the authorization server, and say how to use it
    Up(up::Options),
    /// Do what `up` does, and start a sample application beside it that signs people in
    Demo(demo::Options),
    /// Build every component under components/ for wasm32-wasip2
    Build,
    /// Run every test: unit, black-box and the clients that others wrote
    Test(test::Options),
    /// Measure against the floor of the host; options: cargo xtask bench --help
    #[command(disable_help_flag = true)]
    Bench(host::Arguments),
    /// Races, crashes, faults and overload; options: cargo xtask torture --help
    #[command(disable_help_flag = true)]
    Torture(host::Arguments),
    /// Format, lints, licences and advisories, docs, and the project's own rules
    Check(check::Options),
    /// Say what the components, the host and the command line are made of, as CycloneDX JSON in target/sbom
    Sbom,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Action::Up(options) => up::run(&options),
        Action::Demo(options) => demo::run(&options),
        Action::Build => build(),
        Action::Test(options) => test::run(&options),
        Action::Bench(options) => bench::run(&options),
        Action::Torture(options) => torture::run(&options),
        Action::Check(options) => check::run(&options),
        Action::Sbom => sbom::run(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `cargo xtask build`: the components, then the size and capability limits that they must keep.
fn build() -> anyhow::Result<ExitCode> {
    let workspace = workspace::Workspace::load()?;
    let progress = cmd::Progress::new(2, false);
    wasm::build(&workspace, &progress)?;
    check::capabilities::run(&workspace)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
