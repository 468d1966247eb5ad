//! `spin-auth-host`: runs a Spin application without Spin.

use std::process::ExitCode;

use clap::Parser;
use spin_auth_host::{Options, log, run};

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::line(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
