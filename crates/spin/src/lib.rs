//! Spin: the database, the key-value store, the settings, and the loop that serves a request. The only library here
//! that uses spin-sdk.

mod database;
mod export;
mod key_value;
mod logout_notices;
mod outbound;
mod receive;
mod send;
mod serve;
mod settings;

pub use database::SpinDatabase;
pub use key_value::KeyValue;
pub use logout_notices::{PATIENCE, tell_clients};
pub use outbound::{Outbound, Outside, for_at_most, for_exactly};
pub use receive::path;
pub use serve::{Env, Handled, Store, ensure_schema, migrate, serve, serve_settings, serve_unchecked};
#[doc(hidden)]
pub use spin_sdk;
pub use spin_sdk::wasip3::http::types::Request;
pub use store::VERSION as SCHEMA_VERSION;
