//! Proof of possession: who uses a token shows that they have the key it is bound to
//! ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).

use protocol::{
    Error, ErrorCode, Secret, Timestamp,
    dpop::{ProofClaims, TYP, Thumbprint, ath},
    jwk::Jwk,
    jws::{Jws, JwsAlgorithm},
    resource::Resource,
    secret::{base64url, from_base64url},
    time::Seconds,
};

use crate::{Env, Failure, jose, keys::Keys, replay::ReplayMarks};

/// The algorithms that a proof may be signed by, as metadata lists them.
pub const ALGORITHMS: [JwsAlgorithm; 4] = JwsAlgorithm::PUBLIC_KEY;

/// How long a proof is good.
const LIFETIME: Seconds = Seconds(10);
/// How far the clock of whoever made it may differ from ours.
const SKEW: Seconds = Seconds(10);
/// How long a nonce of this server is good.
const NONCE_LIFETIME: Seconds = Seconds(900);
const NONCE_PURPOSE: &str = "DPoP nonce";
/// What replay marks of proofs are marked for.
const PURPOSE: &str = "DPoP proof";

/// A proof as a request brings it along.
#[derive(Debug)]
pub struct Proof {
    /// The JWT.
    pub jwt: String,
    /// The method of the request.
    pub method: String,
    /// Its path, below the issuer.
    pub path: String,
}

const REFUSED: Error =
    Error::new(ErrorCode::InvalidDpopProof, "The DPoP proof is malformed, too old or for another request.");
/// There is no proof, and there must be one.
pub(crate) const MISSING: Error = Error::new(
    ErrorCode::InvalidDpopProof,
    "This client is registered for tokens that are bound to a key: it must send a DPoP proof.",
);

/// Checks a proof, marks it as used and answers the key that made it
/// ([§4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3)). `token` is the access token that the request brings along.
pub async fn verify<S: Keys + ReplayMarks>(
    env: &Env<'_, S>,
    proof: &Proof,
    token: Option<&Secret>,
) -> Result<Thumbprint, Failure> {
    const USED: Error = Error::new(ErrorCode::InvalidDpopProof, "The DPoP proof has been used before.");
    let (key, claims) = read(proof).ok_or(REFUSED)?;
    let url = env.settings.issuer()?.endpoint(&proof.path);
    // "the "ath" claim […] equals the hash of that access token"
    let is_of_token = token.is_none_or(|token| claims.ath.as_deref() == Some(&*ath(token.expose())));
    let Some(iat) = claims.iat.filter(|iat| is_recent(*iat, env.now)) else { return Err(REFUSED.into()) };
    if claims.htm != proof.method || !is_same_url(&claims.htu, &url) || !is_of_token {
        return Err(REFUSED.into());
    }
    if env.settings.dpop_nonce()? && !is_own_nonce(env, claims.nonce.as_deref()).await? {
        return Err(Failure::UseDpopNonce(nonce(env).await?));
    }
    // "the DPoP proof JWT […] jti […] reject […] that has been seen": last, so that a proof that was refused is not spent.
    let key = Thumbprint::of(&key);
    let expires_at = iat.plus(Seconds(LIFETIME.0 + SKEW.0));
    match env.is_first_use(PURPOSE, key.as_str(), &claims.jti, expires_at).await? {
        true => Ok(key),
        false => Err(USED.into()),
    }
}

/// The key of a proof and what it says, where the key has signed it.
fn read(proof: &Proof) -> Option<(Jwk, ProofClaims)> {
    let jws = Jws::parse(&proof.jwt).filter(|jws| jws.is_of_type(TYP))?;
    // A private key is refused with the key.
    let key = Jwk::try_from(jws.header.jwk.clone()?).ok()?;
    let claims = jose::verify(&jws, [&key], &ALGORITHMS).and_then(|_| jws.claims::<ProofClaims>())?;
    (!claims.jti.is_empty()).then_some((key, claims))
}

fn is_recent(iat: Timestamp, now: Timestamp) -> bool {
    (now.minus(LIFETIME).minus(SKEW)..=now.plus(SKEW)).contains(&iat)
}

/// > The "htu" claim matches the HTTP URI value for the HTTP request in which the JWT was received, ignoring any query and
/// > fragment parts. (§4.3)
fn is_same_url(told: &str, actual: &str) -> bool {
    let bare = told.split(['?', '#']).next().and_then(Resource::parse);
    bare.is_some_and(|told| Resource::parse(actual).is_some_and(|actual| told.is_same(&actual)))
}

/// A nonce of now: the time, closed by a MAC, so that nothing is stored.
async fn nonce<S: Keys>(env: &Env<'_, S>) -> Result<String, Failure> {
    let time = env.now.0.to_be_bytes();
    let tag = env.key_ring().await?.mac(NONCE_PURPOSE).tag(&[&time]);
    Ok(base64url(&[&time[..], &tag].concat()))
}

/// Whether this server has made this nonce, not too long ago.
async fn is_own_nonce<S: Keys>(env: &Env<'_, S>, nonce: Option<&str>) -> Result<bool, Failure> {
    let octets = nonce.and_then(from_base64url).unwrap_or_default();
    let Some((time, tag)) = octets.split_first_chunk::<8>() else { return Ok(false) };
    let made_at = Timestamp(i64::from_be_bytes(*time));
    let is_own = env.key_ring().await?.mac(NONCE_PURPOSE).verifies(&[time], tag);
    // Another instance may be a second ahead.
    Ok(is_own && (env.now.minus(NONCE_LIFETIME)..=env.now.plus(SKEW)).contains(&made_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_compared_in_its_normal_form_without_query_and_fragment() {
        let url = "https://id.example/tenant/token";
        for same in [
            url,
            "https://ID.example:443/tenant/token",
            "HTTPS://id.example/tenant/token?x=1#y",
            "https://id.example/tenant/token#",
        ] {
            assert!(is_same_url(same, url), "{same}");
        }
        for other in [
            "",
            "/tenant/token",
            "http://id.example/tenant/token",
            "https://id.example/token",
            "https://id.example/tenant/token/",
            "https://id.example:8443/tenant/token",
            "https://id.example.evil.example/tenant/token",
            "https://id.example/tenant/Token",
            "https://u@id.example/tenant/token",
        ] {
            assert!(!is_same_url(other, url), "{other}");
        }
    }

    #[test]
    fn a_proof_is_good_for_ten_seconds_by_a_clock_that_may_differ_by_ten() {
        let now = Timestamp(1000);
        for (iat, is) in [(979, false), (980, true), (990, true), (1000, true), (1010, true), (1011, false)] {
            assert_eq!(is_recent(Timestamp(iat), now), is, "{iat}");
        }
    }
}
