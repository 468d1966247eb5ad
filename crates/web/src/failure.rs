//! Failures and how each audience is told: exhaustively, in one place.

use domain::{Insufficient, StorageError};
use http::{HeaderName, HeaderValue, StatusCode, header};
use protocol::{Error, ErrorCode};
use serde::Serialize;

use crate::{
    challenge::{Asked, challenges},
    response::{Response, response},
};

/// Why an endpoint did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The use case failed.
    Domain(domain::Failure),
    /// A protected resource was asked without a token.
    NoToken,
    /// There is nothing at this path.
    NotFound,
    /// The method is not one of these.
    MethodNotAllowed(&'static str),
    /// The body is longer than is read.
    BodyTooLarge,
}

impl<E: Into<domain::Failure>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Domain(error.into())
    }
}

impl Failure {
    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Domain(domain::Failure::Refused(error)) => {
                StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST)
            }
            Self::Domain(domain::Failure::Insufficient(_) | domain::Failure::UseDpopNonce(_)) => {
                StatusCode::from_u16(self.error().code.status()).unwrap_or(StatusCode::FORBIDDEN)
            }
            Self::Domain(domain::Failure::TooManyRequests { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Self::Domain(domain::Failure::Storage(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Domain(domain::Failure::Setting(_) | domain::Failure::Internal(_)) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    /// What a client is told.
    pub(crate) fn error(&self) -> Error {
        match self {
            Self::Domain(domain::Failure::Refused(error)) => *error,
            Self::Domain(domain::Failure::Insufficient(Insufficient::Scope(_))) => {
                Error::new(ErrorCode::InsufficientScope, "The access token lacks the scope that this needs.")
            }
            Self::Domain(domain::Failure::Insufficient(Insufficient::SignIn { .. })) => Error::new(
                ErrorCode::InsufficientUserAuthentication,
                "The user must have signed in more recently for this.",
            ),
            Self::Domain(domain::Failure::Insufficient(Insufficient::Acr(_))) => Error::new(
                ErrorCode::InsufficientUserAuthentication,
                "The user must have signed in with two factors for this.",
            ),
            Self::Domain(domain::Failure::UseDpopNonce(_)) => {
                Error::new(ErrorCode::UseDpopNonce, "The DPoP proof must have the nonce that comes with this answer.")
            }
            Self::Domain(domain::Failure::TooManyRequests { .. }) => {
                Error::new(ErrorCode::TemporarilyUnavailable, "Too many requests. Try again later.")
            }
            Self::Domain(domain::Failure::Storage(_)) => {
                Error::new(ErrorCode::TemporarilyUnavailable, "The server cannot answer right now. Try again later.")
            }
            Self::Domain(domain::Failure::Setting(_) | domain::Failure::Internal(_)) => {
                Error::new(ErrorCode::ServerError, "Something went wrong on the server.")
            }
            Self::NoToken => Error::new(ErrorCode::InvalidToken, "This needs an access token as bearer token."),
            Self::NotFound => Error::invalid_request("There is nothing at this path."),
            Self::MethodNotAllowed(_) => Error::invalid_request("This method is not allowed here."),
            Self::BodyTooLarge => Error::invalid_request("The body is too large."),
        }
    }

    /// What the operator is told; `None` where the request was merely refused.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Domain(
                failure @ (domain::Failure::Storage(_) | domain::Failure::Setting(_) | domain::Failure::Internal(_)),
            ) => Some(failure.to_string()),
            Self::Domain(
                domain::Failure::Refused(_)
                | domain::Failure::Insufficient(_)
                | domain::Failure::UseDpopNonce(_)
                | domain::Failure::TooManyRequests { .. },
            )
            | Self::NoToken
            | Self::NotFound
            | Self::MethodNotAllowed(_)
            | Self::BodyTooLarge => None,
        }
    }

    /// The header fields that go with the failure, whoever is told.
    pub(crate) fn decorate(&self, response: &mut Response) {
        let retry = |seconds: i64| HeaderValue::from(seconds.max(1));
        let headers = response.headers_mut();
        match self {
            Self::Domain(domain::Failure::TooManyRequests { retry_after }) => {
                headers.insert(header::RETRY_AFTER, retry(*retry_after));
            }
            Self::Domain(domain::Failure::Storage(StorageError(_))) => {
                headers.insert(header::RETRY_AFTER, retry(1));
            }
            // "the authorization server responds with an HTTP 400 Bad Request error […] with a DPoP-Nonce HTTP response
            // header field" (RFC 9449 §8)
            Self::Domain(domain::Failure::UseDpopNonce(nonce)) => {
                if let Ok(nonce) = HeaderValue::from_str(nonce) {
                    headers.insert(HeaderName::from_static("dpop-nonce"), nonce);
                }
            }
            Self::MethodNotAllowed(allowed) => {
                headers.insert(header::ALLOW, HeaderValue::from_static(allowed));
            }
            _ => {}
        }
    }

    /// The JSON answer of [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2), with its challenges where a
    /// token or credentials are missing. `asked` says how, where it was a protected resource.
    pub(crate) fn to_json(&self, asked: Option<&Asked>) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            error_description: &'static str,
        }
        let error = self.error();
        let status = match error.code {
            // A protected resource challenges where the token endpoint refuses (RFC 9449 §5 and §7.1).
            ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce if asked.is_some() => StatusCode::UNAUTHORIZED,
            _ => self.status(),
        };
        let body = Body { error: error.code.as_str(), error_description: error.description };
        let mut response = response(status, "application/json", serde_json::to_vec(&body).unwrap_or_default());
        for challenge in challenges(self, asked) {
            response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_reason_never_reaches_the_client() {
        let failure = Failure::from(StorageError("disk /secret/path is full".to_owned()));
        let answer = failure.to_json(None);
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(!String::from_utf8_lossy(answer.body()).contains("secret"));
        assert!(failure.reason().unwrap().contains("/secret/path"));
    }

    #[test]
    fn a_401_always_has_a_challenge() {
        for failure in [
            Failure::NoToken,
            Failure::from(Error::new(ErrorCode::InvalidClient, "x")),
            Failure::from(Error::new(ErrorCode::InvalidToken, "x")),
        ] {
            assert_eq!(failure.status(), StatusCode::UNAUTHORIZED);
            assert!(failure.to_json(None).headers().contains_key(header::WWW_AUTHENTICATE));
        }
    }
}
