//! A native host for Spin applications: reads `spin.toml` and serves its components on wasmtime, as `spin up` does.
//!
//! It is the way to run this server with nothing but cargo, and the test bed for its components. It implements the part
//! of Spin that they use; where it and Spin differ, Spin is right.

#![allow(clippy::disallowed_methods, reason = "a host is where time and randomness come from")]

pub mod admission;
mod app;
#[expect(missing_docs, reason = "generated code")]
pub mod bindings;
pub mod cli;
mod clients;
pub mod engine;
pub mod faults;
pub mod headers;
pub mod instance;
pub mod key_value;
mod key_value_host;
pub mod log;
pub mod manifest;
pub mod networks;
pub mod outbound;
pub mod range;
pub mod routes;
pub mod runtime_config;
pub mod send;
pub mod server;
pub mod shutdown;
pub mod sqlite;
mod sqlite_host;
pub mod state;
mod stdio;
mod stream;
pub mod turns;
pub mod variables;

pub use app::run;
pub use cli::Options;
pub use range::Range;
pub use variables::VariableSource;
