//! The client credentials grant, [RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4).

use protocol::{
    Error, ErrorCode,
    client_metadata::GrantType,
    dpop::Thumbprint,
    resource::Resources,
    scope::{self, Scope},
    token::TokenResponse,
};

use super::{AccessToken, Subject};
use crate::{Env, Failure, audience, client::AuthenticatedClient, keys::Keys};

/// A request of a client for a token of its own.
#[derive(Debug)]
pub struct ClientCredentialsRequest {
    /// The asked scope; all that the client may have where absent.
    pub scope: Option<Scope>,
    /// The resources that the token is to be for.
    pub resource: Resources,
}

/// Issues an access token that stands for the client itself. Nothing is written.
pub async fn issue_to_client<S: Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    request: ClientCredentialsRequest,
    key: Option<Thumbprint>,
) -> Result<TokenResponse, Failure> {
    // "The client credentials grant type MUST only be used by confidential clients." (§4.4)
    if client.metadata.is_public() {
        return Err(Error::new(ErrorCode::UnauthorizedClient, "A public client cannot use client_credentials.").into());
    }
    client.ensure_allowed(GrantType::ClientCredentials)?;
    let registered = Scope::from_iter(client.metadata.scope.iter().filter(|token| !speaks_of_a_user(token)));
    let scope = request.scope.unwrap_or_else(|| registered.clone());
    if !scope.is_within(&registered) {
        return Err(
            Error::new(ErrorCode::InvalidScope, "The client is not registered for this scope without a user.").into()
        );
    }
    let expires_in = env.settings.access_token_expires_in()?;
    let token = AccessToken {
        id: env.new_id(),
        subject: Subject::Client(client.id.clone()),
        scope: scope.clone(),
        audience: audience::permitted(env.settings, request.resource)?,
        key,
        expires_at: env.now.plus(expires_in),
        exchanges: Vec::new(),
    };
    Ok(TokenResponse {
        access_token: token.issue(env, client, None).await?.expose().to_owned(),
        token_type: token.token_type(),
        expires_in,
        // "A refresh token SHOULD NOT be included." (§4.4.3)
        refresh_token: None,
        issued_token_type: None,
        scope,
        id_token: None,
    })
}

fn speaks_of_a_user(token: &str) -> bool {
    scope::OF_USERS.contains(&token)
}
