//! Measures spin-auth against the floor of its host: `cargo xtask bench`.
//!
//! Everything is measured in rounds, each operation beside the probe that does the same storage work, because a machine is
//! not equally fast from one minute to the next. What counts is the ratio of the two in one round, and of the rounds the
//! median.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its standard streams")]
#![allow(clippy::disallowed_methods, reason = "this tool measures real time")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for reading"
)]

mod load;
mod measure;
mod operations;
mod peers;
mod plot;
mod report;
mod rows;
mod wal;
mod world;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Result;
use clap::{Parser, ValueEnum};
use driver::Host;

use crate::measure::Plan;

/// Measures spin-auth against the floor of its host.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Options {
    /// The host to measure on; `spin` is the one on PATH
    #[arg(long, value_enum, default_value = "builtin")]
    host: HostName,
    /// Connections at the same time
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// How often everything is measured
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds for each operation in each round
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Measure again with so many users, grants and clients in the database
    #[arg(long, value_name = "ROWS")]
    rows: Option<u32>,
    /// Mixed requests before memory is looked at for the last time; 0 leaves it out
    #[arg(long, default_value_t = 100_000)]
    mixed: usize,
    /// Measure the peers of bench/peers, too
    #[arg(long)]
    peers: bool,
    /// Only operations whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Where the results go
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    /// The folder of the repository
    #[arg(long, hide = true)]
    root: PathBuf,
    /// The built-in host
    #[arg(long, hide = true)]
    host_binary: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HostName {
    Builtin,
    Spin,
}

fn main() -> ExitCode {
    driver::judged(async { run(&Options::parse()).await })
}

async fn run(options: &Options) -> Result<bool> {
    let host = match options.host {
        HostName::Builtin => Host { name: "builtin", program: options.host_binary.clone(), first: Vec::new() },
        HostName::Spin => Host { name: "spin", program: "spin".into(), first: vec!["up".to_owned()] },
    };
    let plan = Plan {
        host: &host,
        root: &options.root,
        connections: options.connections,
        rounds: options.rounds,
        each: Duration::from_secs_f64(options.seconds),
        mixed: options.mixed,
        peers: options.peers,
        only: options.only.as_deref(),
    };
    let mut reports = vec![measure::measure(&plan, 0).await?];
    if let Some(rows) = options.rows {
        reports.push(measure::measure(&plan, rows).await?);
    }
    report::write(&reports, &options.results)?;
    Ok(report::print(&reports))
}
