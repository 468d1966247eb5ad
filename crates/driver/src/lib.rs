//! Starts a server and uses it from outside, over HTTP, as `bench` and `torture` do.
#![allow(clippy::disallowed_methods, reason = "real servers take real time")]

pub mod app;
pub mod browser;
pub mod client;
pub mod host;
pub mod process;

use std::process::ExitCode;

pub use app::App;
pub use browser::Browser;
pub use client::{Answer, Connection, Request};
pub use host::Host;
pub use process::Server;

/// Runs what measures or tries a server to its end. It fails with 1 where that broke off, and with 2 where it was done and its
/// judgement, which it has printed, is that something is not as it must be.
#[allow(clippy::print_stderr, reason = "the tools that end by this talk on their standard streams")]
pub fn judged(tool: impl Future<Output = anyhow::Result<bool>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(tool)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
