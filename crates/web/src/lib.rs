//! HTTP to protocol and back, on the `http` crate: parsing, cookies, client authentication, pages, errors.
//! It knows nothing of Spin, so everything here is tested natively.

mod challenge;
mod client_auth;
mod color;
mod cookies;
mod cors;
mod csrf;
mod endpoint;
mod failure;
mod fields;
mod one_time_link;
mod page;
mod request;
mod response;
mod texts;
mod time;

pub mod access_log;
pub mod account;
pub mod admin;
pub mod authorize;
pub mod client_configuration;
pub mod consent;
pub mod dashboard;
pub mod device;
pub mod device_authorization;
pub mod discovery;
pub mod email;
pub mod factors;
pub mod forgot;
pub mod health;
pub mod home;
pub mod introspect;
pub mod jwks;
pub mod login;
pub mod logout;
pub mod logout_notices;
pub mod metrics;
pub mod outbound;
pub mod par;
pub mod passkey;
pub mod passkeys;
pub mod password;
pub mod register;
pub mod reset;
pub mod resource;
pub mod revoke;
pub mod second_factor;
pub mod signup;
pub mod signup_mail;
pub mod token;
pub mod transfer;
pub mod userinfo;
pub mod verify;

pub use cors::Cors;
pub use endpoint::{Answer, Audience, Endpoint, respond};
pub use failure::Failure;
pub use fields::{Field, Fields};
pub use request::{Body, MAX_BODY, Request};
pub use response::{Response, json};

/// What an endpoint answers.
pub type Result<T = Response> = std::result::Result<T, Failure>;

#[cfg(test)]
mod testing;
