//! Client authentication by JWT, [RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2) and
//! [OIDC Core §9](https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication).

use protocol::{
    Secret,
    client_metadata::TokenEndpointAuthMethod,
    jws::{Jws, JwsAlgorithm},
    jwt::{Audience, RegisteredClaims},
    time::Seconds,
};

use crate::{
    Env, Failure,
    client::{Client, Clients},
    client_keys::verify_by_client,
    client_secret,
    document::Documents,
    jose,
    keys::Keys,
    replay::ReplayMarks,
};

/// How much the clock of a client may differ from ours.
pub(crate) const SKEW: Seconds = Seconds(10);
/// The longest life of what is good once: its mark is kept that long. "The authorization server MAY reject JWTs with an
/// "exp" claim value that is unreasonably far in the future." (RFC 7523 §3)
const LONGEST_LIFE: Seconds = Seconds(3600);
/// The longest `jti`, in octets.
const MAX_JTI: usize = 256;
const PURPOSE: &str = "client assertion";

/// A JWT by which a client says who it is, unverified.
#[derive(Debug)]
pub struct ClientAssertion(pub Secret);

impl ClientAssertion {
    /// The client that it claims to be from: `sub`.
    pub fn client_id(&self) -> Option<String> {
        Jws::parse(self.0.expose())?.claims::<RegisteredClaims>()?.sub
    }
}

impl Client {
    /// The algorithms that a client's assertions may be signed by: the one that it registered, or those of its method.
    fn assertion_algorithms(&self) -> &[JwsAlgorithm] {
        match (&self.metadata.token_endpoint_auth_signing_alg, self.metadata.token_endpoint_auth_method) {
            (Some(algorithm), _) => std::slice::from_ref(algorithm),
            (None, TokenEndpointAuthMethod::PrivateKeyJwt) => &JwsAlgorithm::PUBLIC_KEY,
            (None, TokenEndpointAuthMethod::ClientSecretJwt) => &[JwsAlgorithm::HS256],
            (None, _) => &[],
        }
    }
}

/// Whether this assertion is this client's, for this server, and used for the first time.
pub(crate) async fn proves<S: Clients + Documents + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    client: &Client,
    assertion: &ClientAssertion,
) -> Result<bool, Failure> {
    let Some(jws) = Jws::parse(assertion.0.expose()) else { return Ok(false) };
    // What was signed for another purpose says so: a proof of possession, an authorization request.
    let is_assertion = jws.header.typ.is_none() || jws.is_of_type("JWT") || jws.is_of_type("client-authentication+jwt");
    let algorithms = client.assertion_algorithms();
    let Some(claims) = jws.claims::<RegisteredClaims>().filter(|_| is_assertion) else { return Ok(false) };
    let (Some(name), Some(expires_at)) = (&claims.jti, is_for_us(env, client, &claims)?) else { return Ok(false) };
    if name.is_empty() || name.len() > MAX_JTI || !algorithms.contains(&jws.header.alg) {
        return Ok(false);
    }
    let is_signed = match client.metadata.token_endpoint_auth_method {
        TokenEndpointAuthMethod::PrivateKeyJwt => verify_by_client(env, client, &jws, algorithms).await?,
        TokenEndpointAuthMethod::ClientSecretJwt => {
            jose::verify_mac(&jws, client_secret::derive(env, &client.id).await?.expose().as_bytes())
        }
        _ => false,
    };
    // "jti REQUIRED. […] The "jti" MUST be used only once" (OIDC Core §9) Only what the client has signed is marked.
    Ok(is_signed && env.is_first_use(PURPOSE, &client.id, name, expires_at).await?)
}

/// When the assertion ends, where the claims are those of an assertion of this client to this server, now.
///
/// > The JWT MUST contain an "iss" (issuer) claim […]. For client authentication, the subject MUST be the "client_id" of the
/// > OAuth client. […] The authorization server MUST reject any JWT that does not contain its own identity as the intended
/// > audience. […] The JWT MUST contain an "exp" (expiration time) claim (RFC 7523 §3)
fn is_for_us<S>(
    env: &Env<'_, S>,
    client: &Client,
    claims: &RegisteredClaims,
) -> Result<Option<protocol::Timestamp>, Failure> {
    let issuer = env.settings.issuer()?;
    // "the authorization server MUST accept its issuer identifier, token endpoint URL, or pushed authorization request
    // endpoint URL as values that identify it as an intended audience" (RFC 9126 §2)
    // Clients name the endpoint that they ask, too.
    let names = ["/token", "/par", "/introspect", "/revoke", "/device_authorization"].map(|path| issuer.endpoint(path));
    let is_from_client = [&claims.iss, &claims.sub].into_iter().all(|who| who.as_ref() == Some(&client.id));
    let is_to_us = match &claims.aud {
        // "shall only accept its issuer identifier value […] as a string in the aud claim received in client authentication
        // assertions" (FAPI 2.0 §5.3.2.1)
        Some(aud) if client.metadata.is_fapi2() => *aud == Audience::One(issuer.to_string()),
        Some(aud) => aud.contains(issuer.as_str()) || names.iter().any(|name| aud.contains(name)),
        None => false,
    };
    let latest = env.now.plus(LONGEST_LIFE).plus(SKEW);
    let ends = claims.exp.filter(|exp| *exp <= latest).map(|exp| exp.plus(SKEW));
    Ok(ends.filter(|_| is_from_client && is_to_us && claims.is_current(env.now, SKEW)))
}
