//! Dynamic client registration, [RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3).

use protocol::{
    Error, ErrorCode, Secret,
    client_metadata::{ClientMetadata, GrantType, ResponseType, SubjectType},
    scope::{EMAIL, OFFLINE_ACCESS, OPENID, PROFILE, Scope},
    token::CLIENT_SECRET_PREFIX,
};

use crate::{
    Env, Failure, Id, admin,
    client::{Client, Clients},
    settings::Registration,
};

/// What a client asks to be registered as.
#[derive(Debug)]
pub struct RegistrationRequest {
    /// The metadata as it was sent, with its gaps.
    pub metadata: ClientMetadata,
    /// Whether every user's launchpad shows it; only an administrator may ask for this.
    pub on_launchpad: bool,
    /// The bearer token of the request.
    pub initial_access_token: Option<Secret>,
}

/// A registered client and its secret, which is shown this once.
#[derive(Debug)]
pub struct Registered {
    /// The client.
    pub client: Client,
    /// `scs_…`; `None` for a public client.
    pub secret: Option<Secret>,
}

/// Registers a client.
pub async fn register<S: Clients>(env: &Env<'_, S>, request: RegistrationRequest) -> Result<Registered, Failure> {
    let is_admin = ensure_may_register(env, request.initial_access_token)?;
    let metadata = complete(request.metadata)?;
    let secret = (!metadata.is_public()).then(|| env.new_secret(CLIENT_SECRET_PREFIX));
    let client = Client {
        id: Id::v4(env.random_bytes()).to_string(),
        secret_hash: secret.as_ref().map(Secret::hash),
        metadata,
        on_launchpad: request.on_launchpad && is_admin,
        created_at: env.now,
    };
    env.store.add_client(&client).await?;
    Ok(Registered { client, secret })
}

/// Whether whoever asks is the administrator; an error where they may not register at all.
fn ensure_may_register<S>(env: &Env<'_, S>, token: Option<Secret>) -> Result<bool, Failure> {
    let is_admin = token.is_some_and(|given| admin::is_admin_token(env.settings, &given));
    match env.settings.registration()? {
        Registration::Closed => Err(Error::new(ErrorCode::AccessDenied, "Registration is closed.").into()),
        Registration::Open => Ok(is_admin),
        Registration::Token if is_admin => Ok(true),
        Registration::Token => {
            Err(Error::new(ErrorCode::InvalidToken, "Registration needs the initial access token as bearer token.")
                .into())
        }
    }
}

/// Fills the gaps and refuses what does not fit together.
fn complete(mut metadata: ClientMetadata) -> Result<ClientMetadata, Error> {
    let refuse = |description| Err(Error::new(ErrorCode::InvalidClientMetadata, description));
    if metadata.grant_types.is_empty() {
        // The default of the specification is authorization_code alone. "The authorization server MAY reject or replace
        // any of the client's requested metadata values": people expect to stay signed in.
        metadata.grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    }
    let uses_code = metadata.allows(GrantType::AuthorizationCode);
    if metadata.response_types.is_empty() && uses_code {
        metadata.response_types = vec![ResponseType::Code];
    }
    // "grant_types […] response_types […] a server […] SHOULD take steps to ensure that a client cannot register itself
    // into an inconsistent state" (§2.1)
    if uses_code != metadata.response_types.contains(&ResponseType::Code) {
        return refuse("The grant type authorization_code and the response type code go together.");
    }
    if metadata.allows(GrantType::RefreshToken) && !uses_code {
        return refuse("The grant type refresh_token needs authorization_code.");
    }
    // "Clients using flows with redirection MUST register their redirection URI values." (§2)
    if uses_code && metadata.redirect_uris.is_empty() {
        return Err(Error::new(ErrorCode::InvalidRedirectUri, "At least one redirect URI is needed."));
    }
    if metadata.is_public() && metadata.allows(GrantType::ClientCredentials) {
        return refuse("A public client cannot use client_credentials.");
    }
    if metadata.scope.is_empty() {
        metadata.scope = Scope::from_iter([OPENID, PROFILE, EMAIL, OFFLINE_ACCESS]);
    }
    if metadata
        .client_name
        .as_ref()
        .is_some_and(|name| name.chars().count() > 100 || name.chars().any(char::is_control))
    {
        return refuse("client_name must have at most 100 characters and no control characters.");
    }
    let counts = [metadata.redirect_uris.len(), metadata.post_logout_redirect_uris.len(), metadata.contacts.len()];
    if counts.into_iter().any(|count| count > 20) {
        return refuse("At most 20 redirect URIs of a kind, and 20 contacts, can be registered.");
    }
    let pages = [&metadata.client_uri, &metadata.logo_uri, &metadata.policy_uri, &metadata.tos_uri];
    if pages.into_iter().flatten().any(|uri| !is_web_page(uri)) {
        return refuse("client_uri, logo_uri, policy_uri and tos_uri must be https URLs, or http on a loopback host.");
    }
    // "If the Client has not provided a value for sector_identifier_uri […], the Sector Identifier used for pairwise
    // identifier calculation is the host component of the registered redirect_uri. If there are multiple hostnames in
    // the registered redirect_uris, the Client MUST register a sector_identifier_uri." (OIDC Core §8.1)
    if metadata.subject_type == SubjectType::Pairwise && metadata.has_several_hosts() {
        return refuse("For pairwise subjects all redirect URIs must be of one host.");
    }
    Ok(metadata)
}

/// Pages are shown as links, so they follow the rules of redirect URIs and are never of a private scheme.
fn is_web_page(uri: &str) -> bool {
    uri.len() <= 2000 && uri.starts_with("http") && protocol::redirect_uri::RedirectUri::parse(uri).is_ok()
}
