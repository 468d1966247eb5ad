//! The keys of clients, by which they sign what they send: registered by value (`jwks`), or by the URL of a key set
//! (`jwks_uri`), which is kept as a document of another server.
//!
//! [`refresh`] fetches that set, for the endpoints that take what clients sign; whoever verifies has what is kept.

use protocol::{
    Error, ErrorCode,
    client_metadata::{ClientMetadata, TokenEndpointAuthMethod},
    jwk::JwkSet,
    jws::{Jws, JwsAlgorithm},
    outbound_url::OutboundUrl,
    secret::SecretHash,
    security_profile::FAPI2_ALGORITHMS,
};

use crate::{
    Env, Failure,
    client::{Client, ClientCredentials, Clients, Proof},
    document::{Documents, Wanted, document},
    jose,
    outbound::{MAX_DOCUMENT, Outbound},
};

/// Brings the key set of a client up to date that authenticates by a JWT and has its keys at a URL.
pub async fn refresh_for_authentication<S: Clients + Documents>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
    credentials: &ClientCredentials,
) -> Result<(), Failure> {
    match &credentials.proof {
        Proof::Assertion(assertion) => refresh(env, outbound, &credentials.client_id, assertion.0.expose()).await,
        Proof::None | Proof::Secret(_) => Ok(()),
    }
}

/// Brings the key set of a client up to date, where it has its keys at a URL and has signed this by one of them.
///
/// > The signer can […] roll over to a new key […] by making a new key available at the JWKS location […]. Verifiers know
/// > to go back to the jwks_uri location to re-retrieve the keys when they see an unfamiliar kid value.
/// > ([OIDC Core §10.1.1](https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys))
pub async fn refresh<S: Clients + Documents>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
    client_id: &str,
    jwt: &str,
) -> Result<(), Failure> {
    let Some(jws) = Jws::parse(jwt).filter(|jws| JwsAlgorithm::PUBLIC_KEY.contains(&jws.header.alg)) else {
        return Ok(());
    };
    let Some(client) = env.store.client(client_id).await? else { return Ok(()) };
    let Some(url) = &client.metadata.jwks_uri else { return Ok(()) };
    let kept = read(document(env, outbound, url, MAX_DOCUMENT, Wanted::Kept).await?.as_deref());
    if jws.header.kid.is_some() && kept.keys.iter().all(|key| key.kid != jws.header.kid) {
        document(env, outbound, url, MAX_DOCUMENT, Wanted::AnotherKey).await?;
    } else if jose::verify(&jws, &kept.keys, &JwsAlgorithm::PUBLIC_KEY).is_none() {
        document(env, outbound, url, MAX_DOCUMENT, Wanted::Newer).await?;
    }
    Ok(())
}

/// Whether this client has signed this, by one of these algorithms.
pub(crate) async fn verify_by_client<S: Documents>(
    env: &Env<'_, S>,
    client: &Client,
    jws: &Jws<'_>,
    algorithms: &[JwsAlgorithm],
) -> Result<bool, Failure> {
    if client.metadata.is_fapi2() && !FAPI2_ALGORITHMS.contains(&jws.header.alg) {
        return Ok(false);
    }
    let is_signed = |set: &JwkSet| jose::verify(jws, &set.keys, algorithms).is_some();
    match (&client.metadata.jwks, &client.metadata.jwks_uri) {
        (Some(set), _) => Ok(is_signed(set)),
        (None, Some(url)) => Ok(is_signed(&kept(env, url).await?)),
        (None, None) => Ok(false),
    }
}

/// The key set of this URL, as it is kept.
async fn kept<S: Documents>(env: &Env<'_, S>, url: &OutboundUrl) -> Result<JwkSet, Failure> {
    let kept = env.store.document(&SecretHash::of(url.as_str().as_bytes()), env.now).await?;
    Ok(read(kept.and_then(|kept| kept.body).as_deref()))
}

/// The keys of a set; none where it is none.
fn read(body: Option<&[u8]>) -> JwkSet {
    body.and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default()
}

/// Refuses metadata by which a client could never sign what it must.
pub(crate) fn check(metadata: &ClientMetadata) -> Result<(), Error> {
    let refuse = |description| Err(Error::new(ErrorCode::InvalidClientMetadata, description));
    // "The "jwks_uri" and "jwks" parameters MUST NOT both be present in the same request or response." (RFC 7591 §2)
    if metadata.jwks.is_some() && metadata.jwks_uri.is_some() {
        return refuse("jwks and jwks_uri cannot both be registered.");
    }
    let algorithm = metadata.token_endpoint_auth_signing_alg;
    match metadata.token_endpoint_auth_method {
        TokenEndpointAuthMethod::PrivateKeyJwt => {
            if algorithm.is_some_and(|algorithm| !JwsAlgorithm::PUBLIC_KEY.contains(&algorithm)) {
                return refuse("private_key_jwt needs a token_endpoint_auth_signing_alg of public keys.");
            }
            if !has_key(metadata, algorithm) {
                return refuse("private_key_jwt needs a key in jwks that can verify its signatures, or a jwks_uri.");
            }
        }
        TokenEndpointAuthMethod::ClientSecretJwt if algorithm.is_some_and(|alg| alg != JwsAlgorithm::HS256) => {
            return refuse("client_secret_jwt needs HS256 as token_endpoint_auth_signing_alg.");
        }
        // "The value none MUST NOT be used." (OIDC Registration §2)
        _ if algorithm == Some(JwsAlgorithm::Unsecured) => {
            return refuse("token_endpoint_auth_signing_alg must not be none.");
        }
        _ => {}
    }
    check_request_objects(metadata)
}

fn check_request_objects(metadata: &ClientMetadata) -> Result<(), Error> {
    let refuse = |description| Err(Error::new(ErrorCode::InvalidClientMetadata, description));
    match metadata.request_object_signing_alg {
        Some(JwsAlgorithm::HS256) => refuse("Request objects are signed by a public key, or not at all."),
        Some(JwsAlgorithm::Unsecured) if metadata.require_signed_request_object => {
            refuse("require_signed_request_object does not go with the request_object_signing_alg none.")
        }
        Some(JwsAlgorithm::Unsecured) => Ok(()),
        Some(algorithm) if !has_key(metadata, Some(algorithm)) => {
            refuse("request_object_signing_alg needs a key in jwks that can verify it, or a jwks_uri.")
        }
        None if metadata.require_signed_request_object && !has_key(metadata, None) => {
            refuse("require_signed_request_object needs a key in jwks, or a jwks_uri.")
        }
        _ => Ok(()),
    }
}

/// Whether the client registered a key for this algorithm, or for any. What a key set at a URL has is seen when it is used.
fn has_key(metadata: &ClientMetadata, algorithm: Option<JwsAlgorithm>) -> bool {
    let mut keys = metadata.jwks.iter().flat_map(|set| &set.keys);
    metadata.jwks_uri.is_some() || keys.any(|key| algorithm.is_none_or(|algorithm| key.fits(algorithm)))
}
