//! Proof Key for Code Exchange, [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636).

use sha2::{Digest, Sha256};

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

    /// What a matching verifier's [`CodeVerifier::digest`] is, whichever the method: the form that is stored, so that
    /// redeeming compares one column and a `plain` verifier is not kept in clear.
    pub fn digest(&self) -> String {
        match self.method {
            CodeChallengeMethod::S256 => self.value.clone(),
            CodeChallengeMethod::Plain => s256(&self.value),
        }
    }
}

/// The verifier of a token request ([§4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
pub struct CodeVerifier(String);

impl CodeVerifier {
    /// Reads `code_verifier`: 43 to 128 unreserved characters.
    pub fn parse(text: &str) -> Option<Self> {
        is_code_verifier(text).then(|| Self(text.to_owned()))
    }

    /// `BASE64URL(SHA256(verifier))`, to be compared with [`CodeChallenge::digest`].
    pub fn digest(&self) -> String {
        s256(&self.0)
    }
}

fn s256(text: &str) -> String {
    base64url(&Sha256::digest(text))
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
        assert_eq!(challenge(CHALLENGE, Some("S256")).digest(), verifier.digest());
        assert_ne!(challenge(CHALLENGE, Some("plain")).digest(), verifier.digest());
    }

    #[test]
    fn the_method_defaults_to_plain() {
        assert_eq!(challenge(VERIFIER, None).digest(), CodeVerifier::parse(VERIFIER).unwrap().digest());
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
