//! What the specifications say: newtypes whose constructors can fail, requests, responses and error
//! codes of OAuth 2.0 and OpenID Connect. No I/O, no clock, no randomness, nothing `async`.
//!
//! | module | specification |
//! | --- | --- |
//! | [`error`] | the error codes of RFC 6749, 6750, 7591 and OpenID Connect Core |
//! | [`params`] | `application/x-www-form-urlencoded` parameters, RFC 6749 §3.1 and appendix B |
//! | [`scope`] | scopes, RFC 6749 §3.3 |
//! | [`pkce`] | Proof Key for Code Exchange, RFC 7636 |
//! | [`redirect_uri`] | redirection endpoints, RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1 |
//! | [`resource`] | resource indicators, RFC 8707 §2 |
//! | [`request_uri`] | names of pushed authorization requests, RFC 9126 §2.2 |
//! | [`authorization`] | the authorization request and response, RFC 6749 §4.1, RFC 9207 |
//! | [`response_mode`] | how the response goes back: query, or OAuth 2.0 Form Post Response Mode |
//! | [`claims`] | the parameter `claims`, OpenID Connect Core §5.5 |
//! | [`standard_claims`] | what can be said of a user, OpenID Connect Core §5.1 |
//! | [`client_metadata`] | registered clients, RFC 7591 §2 |
//! | [`resource_metadata`] | protected resource metadata, RFC 9728 §2 |
//! | [`provider_metadata`] | discovery, RFC 8414 §2, OpenID Connect Discovery §3 |
//! | [`access_token`] | access tokens as JWTs, RFC 9068 §2 |
//! | [`dpop`] | proof of possession, RFC 9449 |
//! | [`device_authorization`] | user codes and the device authorization response, RFC 8628 §3.2 |
//! | [`token`] | the token response, RFC 6749 §5.1 |
//! | [`introspection`] | the introspection response, RFC 7662 §2.2 |
//! | [`id_token`] | ID tokens, OpenID Connect Core §2 |
//! | [`language`] | language tags, RFC 5646, and the languages of the pages |
//! | [`logout`] | the logout request, OpenID Connect RP-Initiated Logout §2 |
//! | [`jws`] | signed JSON, RFC 7515 |
//! | [`jwk`] | public keys and their sets, RFC 7517, RFC 7638 |
//! | [`jwt`] | the registered claims of a JWT, RFC 7519 §4.1 |
//! | [`outbound_url`] | URLs that this server asks or tells something |
//! | [`webauthn`] | passkeys as a relying party verifies them, Web Authentication Level 3 §7 |
//! | [`issuer`] | the issuer identifier, RFC 8414 §2 |
//! | [`secret`] | secrets: never shown, hashed before they are stored, compared in constant time |
//! | [`time`] | points in time and lengths of time, both in whole seconds |

pub mod access_token;
pub mod authorization;
pub mod claims;
pub mod client_metadata;
pub mod device_authorization;
pub mod dpop;
pub mod error;
pub mod id_token;
pub mod introspection;
pub mod issuer;
pub mod jwk;
pub mod jws;
pub mod jwt;
pub mod language;
pub mod logout;
pub mod logout_token;
pub mod outbound_url;
pub mod params;
pub mod pkce;
pub mod provider_metadata;
pub mod redirect_uri;
pub mod request_uri;
pub mod resource;
pub mod resource_metadata;
pub mod response_mode;
pub mod scope;
pub mod secret;
pub mod security_profile;
pub mod standard_claims;
pub mod time;
pub mod token;
pub mod token_exchange;
pub mod webauthn;

pub use error::{Error, ErrorCode};
pub use secret::Secret;
pub use time::Timestamp;
