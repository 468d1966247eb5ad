//! Races spin-auth, kills it and breaks what it stands on, and checks what must hold afterwards: `cargo xtask torture`.
//!
//! Each part is a module whose `run` answers with lines of the one table at the end. A violation is something that must
//! hold and did not; what keeps a part from going on, such as a host that does not start, is an error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its standard streams")]
#![allow(clippy::disallowed_methods, reason = "this tool races in real time, by a seed that it prints")]

mod cast;
mod crash;
mod crowd;
mod database;
mod faults;
mod overload;
mod pair;
mod races;
mod report;
mod timing;
mod watch;
mod worker;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use driver::Host;

use crate::report::Row;

/// Races spin-auth, kills it and breaks what it stands on, and checks what must hold afterwards.
#[derive(Parser)]
#[command(name = "cargo xtask torture", bin_name = "cargo xtask torture")]
struct Options {
    /// The short form, which runs with every change
    #[arg(long)]
    short: bool,
    /// Only this part; may be repeated
    #[arg(long, value_enum, value_name = "NAME")]
    only: Vec<Part>,
    /// Rounds of each race [default: 200; short: 10]
    #[arg(long)]
    rounds: Option<u32>,
    /// How often the host is killed [default: 100; short: 4]
    #[arg(long)]
    kills: Option<u32>,
    /// How often the storage fails [default: 100; short: 8]
    #[arg(long)]
    faults: Option<u32>,
    /// For how many seconds there is too much to do [default: 30; short: 6]
    #[arg(long)]
    overload: Option<u64>,
    /// What everything random follows from [default: another one each time]
    #[arg(long)]
    seed: Option<u64>,
    /// The folder of the repository
    #[arg(long, hide = true)]
    root: PathBuf,
    /// The built-in host
    #[arg(long, hide = true)]
    host_binary: PathBuf,
}

/// What there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Part {
    /// Requests at once, at two hosts of one state
    Races,
    /// The host is killed under load and started again
    Crash,
    /// The storage fails under load and works again
    Faults,
    /// Three times as much is asked for as can be done, beside slow clients
    Overload,
    /// How long refusals take; not in the short form
    Timing,
}

/// How to torture.
struct Plan {
    /// The host.
    host: Host,
    /// The folder of the repository.
    root: PathBuf,
    /// Rounds of each race.
    rounds: u32,
    /// How often the host is killed.
    kills: u32,
    /// How often the storage fails.
    faults: u32,
    /// For how long there is too much to do.
    overload: Duration,
    /// What everything random follows from.
    seed: u64,
}

impl Part {
    async fn run(self, plan: &Plan) -> Result<Vec<Row>> {
        match self {
            Self::Races => races::run(plan).await,
            Self::Crash => crash::run(plan).await,
            Self::Faults => faults::run(plan).await,
            Self::Overload => overload::run(plan).await,
            Self::Timing => timing::run(plan).await,
        }
    }
}

fn main() -> ExitCode {
    driver::judged(run(Options::parse()))
}

async fn run(options: Options) -> Result<bool> {
    let plan = Plan {
        host: Host { name: "builtin", program: options.host_binary, first: Vec::new() },
        root: options.root,
        rounds: options.rounds.unwrap_or(if options.short { 10 } else { 200 }),
        kills: options.kills.unwrap_or(if options.short { 4 } else { 100 }),
        faults: options.faults.unwrap_or(if options.short { 8 } else { 100 }),
        overload: Duration::from_secs(options.overload.unwrap_or(if options.short { 6 } else { 30 })),
        seed: options.seed.unwrap_or_else(|| fastrand::u64(..)),
    };
    eprintln!("seed {}", plan.seed);
    let mut rows = Vec::new();
    let is_wanted = |part: &&Part| match options.only.as_slice() {
        // Other tests beside it would be all that is measured.
        [] => !(options.short && **part == Part::Timing),
        only => only.contains(part),
    };
    for part in Part::value_variants().iter().filter(is_wanted) {
        rows.extend(part.run(&plan).await.with_context(|| format!("{part:?}"))?);
    }
    Ok(report::print(&rows))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Options::command().debug_assert();
    }
}
