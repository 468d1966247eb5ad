//! Access tokens as JWTs, [RFC 9068 §2](https://www.rfc-editor.org/rfc/rfc9068#section-2).

use serde::{Deserialize, Serialize};

use crate::{dpop::Confirmation, scope::Scope, time::Timestamp, token_exchange::Act};

/// The `typ` of their header, by which nothing else passes for one.
pub const TYP: &str = "at+jwt";

/// The claims of an access token beyond those that every JWT has (`iss`, `sub`, `aud`, `exp`, `iat`, `jti`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The client that it was issued to.
    pub client_id: String,
    /// What it allows.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// When the user last proved who they are; `None` where it stands for the client itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Timestamp>,
    /// How strongly, as a class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// By which methods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The key that it is bound to ([RFC 9449 §6.1](https://www.rfc-editor.org/rfc/rfc9449#section-6.1)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the subject ([RFC 8693 §4.1](https://www.rfc-editor.org/rfc/rfc8693#section-4.1)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// The authorization under which it was issued, by which this server finds whether it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// The exchanges that it comes from, in the form that this server reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchanges: Option<String>,
}
