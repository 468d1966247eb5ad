//! Pushed authorization requests, [RFC 9126](https://www.rfc-editor.org/rfc/rfc9126): a client hands its request over
//! directly, and the browser carries nothing but a name for it.

use protocol::{
    Error, ErrorCode, Timestamp, dpop::Thumbprint, params::Params, redirect_uri::VerifiedRedirect,
    request_uri::RequestUri, secret::SecretHash, time::Seconds,
};

use crate::{
    Env, Failure, StorageError,
    authorize::{Authorizations, read},
    client::{self, ClientCredentials, Clients},
    dpop::{self, Proof},
    replay::ReplayMarks,
    request_object,
    sealed::LIFETIME,
};

/// A request as it is pushed.
#[derive(Debug)]
pub struct PushedRequest {
    /// Who pushes it.
    pub client: ClientCredentials,
    /// The authorization request.
    pub params: Params,
    /// The key that its code is to be bound to, proved.
    pub dpop: Option<Proof>,
}

/// What the client is told.
#[derive(Debug)]
pub struct Pushed {
    /// The name of the request.
    pub request_uri: RequestUri,
    /// How long an authorization may begin with it.
    pub expires_in: Seconds,
}

/// Storage of pushed requests.
pub trait PushedRequests {
    /// Keeps a request of this client, unless it was deleted in this moment, under the hash of its name.
    async fn add_pushed_request(
        &self,
        name: &SecretHash,
        client_id: &str,
        params: &Params,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// The request of this client, where it has not been answered by a code and expires after this.
    async fn pushed_request(
        &self,
        name: &SecretHash,
        client_id: &str,
        after: Timestamp,
    ) -> Result<Option<Params>, StorageError>;

    /// Takes a request away before it is answered by a code; answers whether it was there. Of any number of parallel
    /// answers one finds it.
    async fn take_pushed_request(&self, name: &SecretHash) -> Result<bool, StorageError>;
}

/// Keeps the request of a client, checked as it would be at the authorization endpoint.
pub async fn push<S: Authorizations + Clients + ReplayMarks>(
    env: &Env<'_, S>,
    request: PushedRequest,
) -> Result<Pushed, Failure> {
    let client = client::authenticate(env, request.client).await?;
    // "The request_uri authorization request parameter is one exception, and it MUST NOT be provided." (§2.1)
    if request.params.get("request_uri")?.is_some() {
        return Err(Error::invalid_request("A request_uri cannot be pushed.").into());
    }
    if request.params.get("client_id")?.is_some_and(|id| id != client.id) {
        return Err(Error::invalid_request("The client_id is not that of the client that authenticated.").into());
    }
    // "The authorization server MUST process the request as follows: […] Validate the pushed request as it would an
    // authorization request sent to the authorization endpoint." (§2.1)
    let opened = request_object::open(env, &client, &request.params).await?.unwrap_or(request.params);
    let params = match &request.dpop {
        Some(proof) => bound(opened, &dpop::verify(env, proof, None).await?)?,
        None => opened,
    };
    let redirect = VerifiedRedirect::verify(params.get("redirect_uri")?, &client.metadata.redirect_uris)
        .ok_or(Error::invalid_request("The redirect_uri is not one that this application registered."))?;
    read(env, &params, redirect, &client)?;
    let (request_uri, expires_in) = (RequestUri::new(&env.random_bytes()), env.settings.par_expires_in()?);
    let expires_at = env.now.plus(expires_in);
    env.store.add_pushed_request(&request_uri.hash(), &client.id, &params, expires_at, env.now).await?;
    Ok(Pushed { request_uri, expires_in })
}

/// The request, bound to the key of the proof that it was pushed with.
///
/// > Both mechanisms MUST be supported by an authorization server that supports PAR and DPoP. If both mechanisms are used
/// > at the same time, the authorization server MUST reject the request if the JWK Thumbprint in dpop_jkt does not match
/// > the public key in the DPoP header. ([RFC 9449 §10.1](https://www.rfc-editor.org/rfc/rfc9449#section-10.1))
fn bound(params: Params, key: &Thumbprint) -> Result<Params, Error> {
    match params.get("dpop_jkt")? {
        Some(told) if told == key.as_str() => Ok(params),
        Some(_) => Err(Error::invalid_request("dpop_jkt is not the thumbprint of the key that made the DPoP proof.")),
        None => Ok(params.with("dpop_jkt", key.as_str())),
    }
}

/// The request that these parameters name by `request_uri`, and the hash of its name; `None` where they name none that was
/// pushed. What else they say does not count.
///
/// An authorization that has begun in time may take as long as any other: `is_resumed` says that it has.
pub(crate) async fn resolve<S: PushedRequests>(
    env: &Env<'_, S>,
    client_id: &str,
    params: &Params,
    is_resumed: bool,
) -> Result<Option<(SecretHash, Params)>, Failure> {
    const UNKNOWN: Error = Error::new(
        ErrorCode::InvalidRequestUri,
        "This request has expired or was used already. Go back to the application and start again.",
    );
    let Some(name) = params.get("request_uri")?.and_then(RequestUri::parse) else { return Ok(None) };
    let after = if is_resumed { env.now.minus(LIFETIME) } else { env.now };
    // "The authorization server MUST […] bind the request URI to the client" (§2.2)
    let pushed = env.store.pushed_request(&name.hash(), client_id, after).await?.ok_or(UNKNOWN)?;
    Ok(Some((name.hash(), pushed)))
}

/// Spends a pushed request on the one code that it is good for: "authorization servers SHOULD treat request_uri values as
/// one-time use" (§4), and FAPI 2.0 asks for that. Until then it may be asked again, as by a browser that reloads.
pub(crate) async fn spend<S: PushedRequests>(env: &Env<'_, S>, name: &SecretHash) -> Result<(), Failure> {
    const SPENT: Error = Error::new(ErrorCode::InvalidRequestUri, "This request was answered already.");
    if env.store.take_pushed_request(name).await? { Ok(()) } else { Err(SPENT.into()) }
}
