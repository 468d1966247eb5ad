//! What the fuzz targets check. Each takes any octets and panics where a promise does not hold. They are functions of an
//! ordinary crate, so that every test run goes through the corpora; libFuzzer is needed to look for more only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a promise that does not hold should stop the run"
)]

// The harness is that of the store's own tests, which names these as `crate::…`.
pub(crate) use spin_auth_store::{Database, Row, Store, Value, migrate};

#[path = "../../../crates/store/tests/use_cases/support.rs"]
#[allow(dead_code, reason = "the use cases need more of it")]
mod support;
#[path = "../../../crates/store/src/testing.rs"]
#[allow(dead_code, reason = "the tests of the store need more of it")]
mod testing;

mod access_token;
mod client_assertion;
mod client_document;
mod cookies;
mod credentials;
mod dpop;
mod form;
mod jws;
mod outbound_url;
mod p256_sign;
mod pkce;
mod query;
mod redirect_uri;
mod registration;
mod rows;
mod rsa_sign;
mod scope;
mod server;
mod signer;
mod webauthn;

#[cfg(test)]
mod tests;

/// A target.
pub type Target = fn(&[u8]);

/// Every target, by the name of its corpus.
pub const TARGETS: [(&str, Target); 18] = [
    ("access_token", access_token::check),
    ("basic", credentials::check),
    ("client_assertion", client_assertion::check),
    ("client_document", client_document::check),
    ("cookies", cookies::check),
    ("dpop", dpop::check),
    ("form", form::check),
    ("jws", jws::check),
    ("outbound_url", outbound_url::check),
    ("p256_sign", p256_sign::check),
    ("pkce", pkce::check),
    ("query", query::check),
    ("redirect_uri", redirect_uri::check),
    ("registration", registration::check),
    ("rows", rows::check),
    ("rsa_sign", rsa_sign::check),
    ("scope", scope::check),
    ("webauthn", webauthn::check),
];

/// The target of this name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find_map(|(known, target)| (known == name).then_some(target))
}
