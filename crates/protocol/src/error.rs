//! The error codes that a client can be told, each with the HTTP status that goes with it.

use std::fmt;

/// An error code registered for OAuth 2.0 or OpenID Connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// Malformed, incomplete or contradictory request. [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
    InvalidRequest,
    /// Client authentication failed. [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
    InvalidClient,
    /// The code or refresh token does not hold. [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
    InvalidGrant,
    /// This client may not use this grant. [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
    UnauthorizedClient,
    /// Nobody may use this grant here. [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
    UnsupportedGrantType,
    /// Unknown, malformed or not permitted scope. [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
    InvalidScope,
    /// The user said no. [RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)
    AccessDenied,
    /// The user has not decided yet. [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)
    AuthorizationPending,
    /// The user has not decided yet, and the device asks too often. [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)
    SlowDown,
    /// The device code has expired. [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)
    ExpiredToken,
    /// [RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)
    UnsupportedResponseType,
    /// The server met something unexpected. [RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)
    ServerError,
    /// The storage cannot answer, or there is too much to do. [RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)
    TemporarilyUnavailable,
    /// The access token is unknown, expired, revoked or malformed. [RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)
    InvalidToken,
    /// The access token lacks a scope. [RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)
    InsufficientScope,
    /// The DPoP proof does not hold. [RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)
    InvalidDpopProof,
    /// The DPoP proof lacks the server's nonce. [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)
    UseDpopNonce,
    /// The user must sign in again, or more strongly. [RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)
    InsufficientUserAuthentication,
    /// [RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)
    InvalidRedirectUri,
    /// [RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)
    InvalidClientMetadata,
    /// Software statements are not supported. [RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)
    UnapprovedSoftwareStatement,
    /// The software statement cannot be read. [RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)
    InvalidSoftwareStatement,
    /// `prompt=none` and nobody is signed in. [OIDC Core §3.1.2.6](https://openid.net/specs/openid-connect-core-1_0.html#AuthError)
    LoginRequired,
    /// No sign-in here is as strong as the request insists on.
    /// [Unmet Authentication Requirements 1.0](https://openid.net/specs/openid-connect-unmet-authentication-requirements-1_0.html)
    UnmetAuthenticationRequirements,
    /// `prompt=none` and consent is missing. [OIDC Core §3.1.2.6](https://openid.net/specs/openid-connect-core-1_0.html#AuthError)
    ConsentRequired,
    /// [RFC 9101 §7](https://www.rfc-editor.org/rfc/rfc9101#section-7)
    InvalidRequestObject,
    /// [OIDC Core §3.1.2.6](https://openid.net/specs/openid-connect-core-1_0.html#AuthError)
    RequestUriNotSupported,
    /// [OIDC Core §3.1.2.6](https://openid.net/specs/openid-connect-core-1_0.html#AuthError)
    InvalidRequestUri,
    /// The kind of token cannot be revoked here. [RFC 7009 §2.2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1)
    UnsupportedTokenType,
    /// The asked resource is unknown or malformed. [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)
    InvalidTarget,
}

impl ErrorCode {
    /// The code as it is sent in `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
            Self::LoginRequired => "login_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::ConsentRequired => "consent_required",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidTarget => "invalid_target",
        }
    }

    /// The HTTP status of a direct (JSON) answer with this code.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken | Self::InsufficientUserAuthentication => 401,
            Self::InsufficientScope => 403,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            Self::InvalidRequest
            | Self::InvalidDpopProof
            | Self::UseDpopNonce
            | Self::InvalidGrant
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidScope
            | Self::AccessDenied
            | Self::AuthorizationPending
            | Self::SlowDown
            | Self::ExpiredToken
            | Self::UnsupportedResponseType
            | Self::InvalidRedirectUri
            | Self::InvalidClientMetadata
            | Self::InvalidSoftwareStatement
            | Self::UnapprovedSoftwareStatement
            | Self::LoginRequired
            | Self::UnmetAuthenticationRequirements
            | Self::ConsentRequired
            | Self::InvalidRequestObject
            | Self::RequestUriNotSupported
            | Self::InvalidRequestUri
            | Self::UnsupportedTokenType
            | Self::InvalidTarget => 400,
        }
    }
}

/// What a client is told: a code and a fixed description.
///
/// The description is `'static` so that nothing of a request, of storage or of a secret can get into it, and
/// it keeps to the characters that [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2) allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// The registered code.
    pub code: ErrorCode,
    /// One helpful sentence for the developer of the client.
    pub description: &'static str,
}

impl Error {
    /// An error of this code with this description.
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { code, description }
    }

    /// `invalid_request` with this description.
    pub const fn invalid_request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.description)
    }
}

impl std::error::Error for Error {}
