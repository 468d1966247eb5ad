//! PKCE: a verifier is accepted for its own challenge and for no other. The lines are challenge, method and verifier.

use protocol::pkce::{
    CodeChallenge,
    CodeChallengeMethod::{self, Plain, S256},
    CodeVerifier,
};

const ALLOWED: [&[CodeChallengeMethod]; 3] = [&[S256, Plain], &[S256], &[Plain]];

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let (challenge, method, verifier) = (lines.next(), lines.next(), lines.next().unwrap_or_default());
    let is_verifier = |text: &str| {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
    };
    for allowed in ALLOWED {
        let Ok(read) = CodeChallenge::parse(challenge, method, allowed) else { continue };
        let (read, challenge) = (read.unwrap(), challenge.unwrap());
        assert!(is_verifier(challenge));
        let method = CodeChallengeMethod::parse(method.unwrap_or("plain")).unwrap();
        assert!(allowed.contains(&method), "what is not allowed was accepted");
        let matches = |verifier: &str| CodeVerifier::parse(verifier).is_some_and(|v| v.digest() == read.digest());
        assert_eq!(CodeVerifier::parse(verifier).is_some(), is_verifier(verifier));
        match method {
            Plain => assert!(matches(challenge) && matches(verifier) == (challenge == verifier)),
            S256 => assert!(!matches(challenge), "the challenge itself opens nothing"),
        }
    }
    // The challenge that belongs to this verifier.
    if let Some(parsed) = CodeVerifier::parse(verifier) {
        let own = CodeChallenge::parse(Some(&parsed.digest()), Some("S256"), &[S256]).unwrap().unwrap();
        assert_eq!(own.digest(), parsed.digest());
        let plain = CodeChallenge::parse(Some(verifier), None, &[Plain]).unwrap().unwrap();
        assert_eq!(plain.digest(), parsed.digest());
    }
    assert!(CodeChallenge::parse(None, Some("S256"), &[S256, Plain]).is_err());
}
