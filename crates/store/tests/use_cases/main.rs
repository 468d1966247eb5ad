//! The use cases over real SQLite, with fixed times and deterministic randomness.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

// The harness is that of the crate's own tests, which names these as `crate::…`.
pub(crate) use spin_auth_store::{Database, Row, Store, Value, migrate};

#[path = "../../src/testing.rs"]
mod testing;

#[path = "../../../../tests/support/passkeys.rs"]
mod authenticator;
mod support;

mod admin;
mod authorize;
mod backchannel_logout;
mod client_assertion;
mod client_credentials;
mod code;
mod consent;
mod device;
mod dpop;
mod grant_model;
mod growth;
mod id_token_hint;
mod interaction;
mod introspect;
mod keys;
mod login;
mod logout;
mod new_password;
mod passkeys;
mod refresh;
mod register;
mod request_object;
mod reseal;
mod resource;
mod revoke;
mod second_factor;
mod session;
mod sign_in;
mod signup;
mod simulation;
mod statements;
mod transfer;
mod userinfo;
