//! JWTs as they come: what is read is what was written, and without the key nothing verifies.

use domain::jose;
use protocol::{
    Timestamp,
    jwk::Jwk,
    jws::{Jws, JwsAlgorithm, MAX_LENGTH},
    jwt::RegisteredClaims,
    secret::base64url,
    time::Seconds,
};

use crate::signer;

/// The algorithms of the header, as if somebody allowed all of them.
const ALL: [JwsAlgorithm; 6] = [
    JwsAlgorithm::RS256,
    JwsAlgorithm::PS256,
    JwsAlgorithm::ES256,
    JwsAlgorithm::EdDSA,
    JwsAlgorithm::HS256,
    JwsAlgorithm::Unsecured,
];

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let jwk = Jwk::try_from(signer::jwk()).unwrap();
    if let Some(jws) = Jws::parse(&text) {
        assert!(text.len() <= MAX_LENGTH && text.is_ascii());
        // There is one text for a JWS: another one would get past what remembers it.
        let signed = std::str::from_utf8(jws.signed).unwrap();
        assert_eq!(format!("{signed}.{}", base64url(&jws.signature)), text);
        claims(&jws);
        // A key that the sender brings along verifies by its own algorithm, and never what is not signed.
        if let Some(Ok(brought)) = jws.header.jwk.clone().map(Jwk::try_from) {
            let written = serde_json::Value::from(brought.clone());
            assert_eq!(Jwk::try_from(written), Ok(brought.clone()));
            assert!(jose::verify(&jws, [&brought], &[JwsAlgorithm::Unsecured, JwsAlgorithm::HS256]).is_none());
            let _ = jose::verify(&jws, [&brought], &ALL);
        }
    }
    // The lines as header and payload, signed: with the key's own algorithm it verifies, and changed it does not.
    let (header, payload) = text.split_once('\n').unwrap_or((r#"{"alg":"EdDSA"}"#, &text));
    let own = signer::sign(header.as_bytes(), payload.as_bytes());
    let Some(jws) = Jws::parse(&own) else { return };
    claims(&jws);
    let is_meant = jws.header.alg == JwsAlgorithm::EdDSA;
    assert_eq!(jose::verify(&jws, [&jwk], &ALL).is_some(), is_meant, "{header}");
    assert!(jose::verify(&jws, [&jwk], &[]).is_none() && !jose::verify_mac(&jws, b"secret"));
    let changed = signer::sign(header.as_bytes(), &[payload.as_bytes(), b" "].concat());
    let mixed = format!("{}.{}", changed.rsplit_once('.').unwrap().0, base64url(&jws.signature));
    if let Some(mixed) = Jws::parse(&mixed) {
        assert!(jose::verify(&mixed, [&jwk], &ALL).is_none(), "a signature of another text");
    }
}

fn claims(jws: &Jws<'_>) {
    let Some(claims) = jws.claims::<RegisteredClaims>() else { return };
    for now in [i64::MIN, 0, 1_700_000_000, i64::MAX] {
        let is_current = claims.is_current(Timestamp(now), Seconds(10));
        if let Some(exp) = claims.exp.filter(|exp| exp.0 < i64::MAX - 10) {
            assert!(!is_current || now < exp.0 + 10);
        }
    }
}
