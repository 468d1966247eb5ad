//! Black-box tests over HTTP: one file per endpoint or flow, one binary, one shared server.
//!
//! `SPIN_AUTH_HOST_BIN` and `SPIN_AUTH_MANIFEST` say which host to start on which manifest (`cargo xtask test` sets
//! them). `SPIN_AUTH_BASE_URL` and `SPIN_AUTH_ADMIN_TOKEN` aim the suite at a server that runs already; tests that need
//! settings of their own are then left out, with a note, and the server should run with `login_throttle=off`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on should stop and say why"
)]
#![allow(unreachable_pub, missing_docs, reason = "a test binary has no public interface")]

mod support;

mod access_log;
mod account;
mod acr;
mod admin;
mod admin_applications;
mod audit;
mod authorize;
mod authorize_prompt;
mod backchannel_logout;
mod backup;
mod bad_input;
mod claims;
mod cli;
mod cli_transfer;
mod client_assertion;
mod client_configuration;
mod client_document;
mod consent;
mod cors;
mod dashboard;
mod device;
mod discovery;
mod dpop;
mod email;
mod factors;
mod fapi;
mod faults;
mod faults_acts;
mod forgot;
mod form_post;
mod health;
mod home;
mod id_token;
mod id_token_hint;
mod instances;
mod introspect;
mod jarm;
mod jwks;
mod jwks_uri;
mod jwt_access_token;
mod key_encryption;
mod keys;
mod languages;
mod login;
mod logout;
mod metrics;
mod openidconnect;
mod overload;
mod par;
mod passkeys;
mod password;
mod races;
mod refresh;
mod register;
mod request_object;
mod resource;
mod resource_indicators;
mod restart;
mod revoke;
mod rp_initiated_logout;
mod security;
mod settings;
mod signup;
mod signup_mail;
mod stall;
mod storage;
mod subject;
mod throttle;
mod token;
mod token_exchange;
mod transfer;
mod userinfo;
