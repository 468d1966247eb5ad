//! What this server decides: one use case per endpoint, the entities they act on, and the ports through which
//! they reach storage. It knows no HTTP, no SQL and no Spin; time, randomness and settings are parameters.
#![allow(async_fn_in_trait, reason = "components are single-threaded: no port's future needs to be Send")]

mod acr;
mod audience;
mod authorization_response;
mod by;
mod client_metadata;
mod env;
mod failure;
mod id;
pub mod password;
pub mod sealed;
pub mod settings;

pub mod client;
pub mod client_assertion;
pub mod client_keys;
mod client_secret;
pub mod document;
pub mod factors;
pub mod grant;
pub mod jose;
pub mod keys;
pub mod link;
pub mod mail;
pub mod outbound;
pub mod replay;
pub mod session;
pub mod subject;
pub mod throttle;
pub mod user;

pub mod account;
pub mod admin;
pub mod authorize;
pub mod backchannel_logout;
pub mod client_configuration;
pub mod client_document;
pub mod consent;
pub mod device;
pub mod device_authorization;
pub mod discovery;
pub mod dpop;
pub mod email;
pub mod forgot;
pub mod health;
pub mod home;
pub mod id_token_hint;
pub mod interaction;
pub mod introspect;
pub mod jwks;
pub mod login;
pub mod logout;
pub mod metrics;
pub mod new_password;
pub mod par;
pub mod register;
pub mod request_object;
pub mod reset;
pub mod resource;
pub mod revoke;
pub mod sign_in;
pub mod signup;
pub mod signup_mail;
pub mod token;
pub mod transfer;
pub mod userinfo;
pub mod verify;

pub use by::By;
pub use env::{Env, Log, Random};
pub use failure::{Failure, Insufficient, StorageError};
pub use id::Id;
pub use settings::{SettingError, Settings};
