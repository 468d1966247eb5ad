//! Proof Key for Code Exchange, [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636).

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{error::Error, secret::base64url};

/// How the challenge is made from the verifier ([§4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeChallengeMethod {
    /// `BASE64URL(SHA256(verifier))`.
    S256,
    /// The verifier itself.
    Plain,
}

impl CodeChallengeMethod {
    /// The registered name, or `None` for an unknown one.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "S256" => Some(Self::S256),
            "plain" => Some(Self::Plain),
            _ => None,
        }
    }

    /// The registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S256 => "S256",
            Self::Plain => "plain",
        }
    }
}

/// The challenge of an authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChallenge {
    method: CodeChallengeMethod,
    value: String,
}

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method`; `None` where the request has neither.
    ///
    /// A method without a challenge is refused: ignoring it would let a code go without a verifier although the
    /// client meant to use PKCE.
    pub fn parse(
        challenge: Option<&str>,
        method: Option<&str>,
        allowed: &[CodeChallengeMethod],
    ) -> Result<Option<Self>, Error> {
        let Some(value) = challenge else {
            return match method {
                Some(_) => Err(Error::invalid_request("code_challenge_method needs a code_challenge.")),
                None => Ok(None),
            };
        };
        // "Defaults to "plain" if not present in the request." (§4.3)
        let method = CodeChallengeMethod::parse(method.unwrap_or("plain"))
            .filter(|method| allowed.contains(method))
            // "If the server supporting PKCE does not support the requested transformation, the authorization
            // endpoint MUST return the authorization error response with "error" value set to "invalid_request"." (§4.4.1)
            .ok_or(Error::invalid_request("This code_challenge_method is not supported."))?;
        if !is_code_verifier(value) {
            return Err(Error::invalid_request("The code_challenge must be 43 to 128 unreserved characters."));
        }
        Ok(Some(Self { method, value: value.to_owned() }))
    }

    /// A challenge as it was stored.
    pub fn from_stored(method: &str, value: &str) -> Option<Self> {
        Some(Self { method: CodeChallengeMethod::parse(method)?, value: value.to_owned() })
    }

    /// How the challenge was made.
    pub fn method(&self) -> CodeChallengeMethod {
        self.method
    }

    /// The challenge itself.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether this verifier belongs to the challenge ([§4.6](https://www.rfc-editor.org/rfc/rfc7636#section-4.6)), in constant time.
    pub fn matches(&self, verifier: &CodeVerifier) -> bool {
        let derived = verifier.challenge(self.method);
        derived.as_bytes().ct_eq(self.value.as_bytes()).into()
    }
}

/// The verifier of a token request ([§4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
pub struct CodeVerifier(String);

impl CodeVerifier {
    /// Reads `code_verifier`: 43 to 128 unreserved characters.
    pub fn parse(text: &str) -> Option<Self> {
        is_code_verifier(text).then(|| Self(text.to_owned()))
    }

    /// The challenge that this verifier answers.
    pub fn challenge(&self, method: CodeChallengeMethod) -> String {
        match method {
            CodeChallengeMethod::S256 => base64url(&Sha256::digest(self.0.as_bytes())),
            CodeChallengeMethod::Plain => self.0.clone(),
        }
    }
}

/// `code-verifier = 43*128unreserved`
fn is_code_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [CodeChallengeMethod; 2] = [CodeChallengeMethod::S256, CodeChallengeMethod::Plain];
    // RFC 7636 appendix B
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn challenge(value: &str, method: Option<&str>) -> CodeChallenge {
        CodeChallenge::parse(Some(value), method, &BOTH).unwrap().unwrap()
    }

    #[test]
    fn the_vector_of_rfc7636_appendix_b_matches() {
        let verifier = CodeVerifier::parse(VERIFIER).unwrap();
        assert!(challenge(CHALLENGE, Some("S256")).matches(&verifier));
        assert!(!challenge(CHALLENGE, Some("plain")).matches(&verifier));
    }

    #[test]
    fn the_method_defaults_to_plain() {
        assert!(challenge(VERIFIER, None).matches(&CodeVerifier::parse(VERIFIER).unwrap()));
    }

    #[test]
    fn a_method_without_a_challenge_is_refused() {
        assert!(CodeChallenge::parse(None, Some("S256"), &BOTH).is_err());
        assert_eq!(CodeChallenge::parse(None, None, &BOTH), Ok(None));
    }

    #[test]
    fn unknown_and_disallowed_methods_are_refused() {
        assert!(CodeChallenge::parse(Some(CHALLENGE), Some("s256"), &BOTH).is_err());
        assert!(CodeChallenge::parse(Some(CHALLENGE), Some("plain"), &[CodeChallengeMethod::S256]).is_err());
        assert!(CodeChallenge::parse(Some(CHALLENGE), None, &[CodeChallengeMethod::S256]).is_err());
    }

    #[test]
    fn verifiers_outside_the_abnf_are_refused() {
        assert!(CodeVerifier::parse(&"a".repeat(42)).is_none());
        assert!(CodeVerifier::parse(&"a".repeat(129)).is_none());
        assert!(CodeVerifier::parse(&"a b".repeat(20)).is_none());
    }
}
