//! Dynamic client registration, [RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3).

use protocol::{Error, ErrorCode, Secret, client_metadata::ClientMetadata, token::REGISTRATION_ACCESS_TOKEN_PREFIX};

use crate::{
    By, Env, Failure, Id,
    admin::{self, Applications, TOKEN_HOLDER},
    client::{Client, Clients},
    client_metadata::{Registrant, check_sector, complete},
    client_secret::{self, NewSecret},
    keys::Keys,
    outbound::Outbound,
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
    /// The address of the client, as the host tells it.
    pub client_address: String,
}

/// A registered client and its secrets.
#[derive(Debug)]
pub struct Registered {
    /// The client.
    pub client: Client,
    /// `scs_…`, where it is a new one; it is shown this once.
    pub secret: Option<Secret>,
    /// `sra_…`: what the client shows to read, change or delete its registration.
    pub registration_access_token: Secret,
}

/// Registers a client.
pub async fn register<S: Clients + Applications + Keys>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
    request: RegistrationRequest,
) -> Result<Registered, Failure> {
    let is_admin = ensure_may_register(env, request.initial_access_token)?;
    let registrant = if is_admin { Registrant::Administrator } else { Registrant::Anybody };
    let metadata = complete(env.settings, request.metadata, registrant)?;
    check_sector(outbound, &metadata).await?;
    let id = Id::v4(env.random_bytes()).to_string();
    let NewSecret { secret, hash } = client_secret::make(env, &id, &metadata).await?;
    let client = Client {
        id,
        secret_hash: hash,
        metadata: metadata.into(),
        on_launchpad: request.on_launchpad && is_admin,
        created_at: env.now,
    };
    let registration_access_token = env.new_secret(REGISTRATION_ACCESS_TOKEN_PREFIX);
    let token_hash = registration_access_token.hash();
    // What the administrator registers is kept. A stranger's client is kept once it has been used.
    if is_admin {
        let by = By::new(env, TOKEN_HOLDER, &request.client_address)?;
        env.store.add_application(&by, &client, Some(&token_hash)).await?;
    } else {
        let unused_expires_at = env.settings.unused_client_expires_in()?.map(|seconds| env.now.plus(seconds));
        env.store.add_client(&client, &token_hash, unused_expires_at).await?;
    }
    Ok(Registered { client, secret, registration_access_token })
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
