//! The token response, [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1).

use serde::Serialize;

use crate::{scope::Scope, time::Seconds};

/// The prefix of access tokens, so that a leaked one is recognised for what it is.
pub const ACCESS_TOKEN_PREFIX: &str = "sat_";
/// The prefix of refresh tokens.
pub const REFRESH_TOKEN_PREFIX: &str = "srt_";
/// The prefix of client secrets.
pub const CLIENT_SECRET_PREFIX: &str = "scs_";
/// The prefix of registration access tokens.
pub const REGISTRATION_ACCESS_TOKEN_PREFIX: &str = "sra_";

/// What a successful token request gets. It is made to be sent, so its secrets are in clear and it has no `Debug`.
#[derive(Serialize)]
pub struct TokenResponse {
    /// `sat_…`
    pub access_token: String,
    /// `Bearer`, or `DPoP` for a token that is bound to a key.
    pub token_type: &'static str,
    /// The life of the access token in seconds.
    pub expires_in: Seconds,
    /// `srt_…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What kind of token `access_token` is, where it was got by an exchange
    /// ([RFC 8693 §2.2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.2.1)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
    /// What the access token is good for.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// A signed JWT, where `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}
