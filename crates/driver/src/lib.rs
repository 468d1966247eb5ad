//! Starts a server and uses it from outside, over HTTP, as `bench` and `torture` do.
#![allow(clippy::disallowed_methods, reason = "real servers take real time")]

pub mod app;
pub mod browser;
pub mod client;
pub mod host;
pub mod process;

pub use app::App;
pub use browser::Browser;
pub use client::{Answer, Connection, Request};
pub use host::Host;
pub use process::Server;
