//! Clients. Their secrets come as SHA-256, or in clear where another system keeps them so.

use std::collections::BTreeSet;

use protocol::{
    Error, Secret, Timestamp,
    client_metadata::{ClientMetadata, TokenEndpointAuthMethod},
    secret::SecretHash,
};

use super::{Line, Outcome, Report, accept};
use crate::{
    By, Env, Failure, StorageError,
    admin::{Administrator, Asked, AuditLog, Page},
    client::Client,
    client_document::is_url,
    client_metadata::{Registrant, complete},
};

/// The least length of a secret that comes in clear: SHA-256 protects none that could be guessed.
const MIN_SECRET: usize = 16;

/// What a line says of a client.
#[derive(Debug)]
pub struct ClientLine {
    /// The `client_id`.
    pub client_id: Option<String>,
    /// When it was registered.
    pub issued_at: Option<i64>,
    /// Whether every user's launchpad shows it.
    pub on_launchpad: bool,
    /// The secret in clear.
    pub secret: Option<Secret>,
    /// The SHA-256 of the secret, in hexadecimal digits.
    pub secret_sha256: Option<String>,
    /// The SHA-256 of the registration access token.
    pub registration_token_sha256: Option<String>,
    /// The metadata, with its gaps.
    pub metadata: ClientMetadata,
}

/// A client that can be taken, or is taken away.
#[derive(Debug)]
pub struct ImportedClient {
    /// The line that says so.
    pub line: usize,
    /// The client.
    pub client: Client,
    /// The hash of its registration access token, if it has one.
    pub registration_token: Option<SecretHash>,
}

/// Storage of clients, as they are brought and taken away.
pub trait ClientTransfer {
    /// Adds those of these, who differ from each other, of whom the identifier is free, and writes each to the audit log,
    /// in one act; answers the identifiers of those that were added.
    async fn add_clients(&self, by: &By, clients: &[ImportedClient]) -> Result<Vec<String>, StorageError>;

    /// Some registered clients, by their identifiers; those that publish their own metadata are none.
    async fn exported_clients(&self, asked: &Asked) -> Result<Page<ImportedClient>, StorageError>;
}

/// Takes clients. Those that are there already stay as they are, so that the same lines may be brought again.
pub async fn import_clients<S: ClientTransfer>(
    env: &Env<'_, S>,
    by: &Administrator,
    lines: Vec<Line<ClientLine>>,
) -> Result<Vec<Report>, Failure> {
    let mut reports = Vec::new();
    let accepted = accept(lines, &mut reports, |number, line| read(env, number, line))?;
    let mut seen = BTreeSet::new();
    let (new, again): (Vec<_>, Vec<_>) = accepted.into_iter().partition(|new| seen.insert(new.client.id.clone()));
    let added = if new.is_empty() { Vec::new() } else { env.store.add_clients(by, &new).await? };
    let (created, there): (Vec<_>, Vec<_>) = new.into_iter().partition(|new| added.contains(&new.client.id));
    let report = |outcome: fn(String) -> Outcome| {
        move |one: ImportedClient| Report { line: one.line, outcome: outcome(one.client.id) }
    };
    reports.extend(created.into_iter().map(report(Outcome::Created)));
    reports.extend(there.into_iter().chain(again).map(report(Outcome::Exists)));
    reports.sort_by_key(|report| report.line);
    Ok(reports)
}

/// Checks what a line says of a client. What may be registered is decided where `/register` decides it; that a
/// `sector_identifier_uri` knows its clients, the administrator vouches for.
fn read<S>(env: &Env<'_, S>, number: usize, line: ClientLine) -> Result<ImportedClient, Failure> {
    const ID: Error =
        Error::invalid_request("client_id is missing, a URL, or not 1 to 255 characters of ASCII without spaces.");
    const TIME: Error = Error::invalid_request("client_id_issued_at is seconds since 1970.");
    let is_fitting = |id: &String| (1..=255).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    let id = line.client_id.filter(|id| is_fitting(id) && !is_url(id)).ok_or(ID)?;
    let created_at = line.issued_at.map_or(env.now, Timestamp);
    if !(0..=253_402_300_799).contains(&created_at.0) {
        return Err(TIME.into());
    }
    let registration_token = line.registration_token_sha256.as_deref().map(sha256).transpose()?;
    let metadata = complete(env.settings, line.metadata, Registrant::Administrator)?;
    let secret_hash = secret_hash(metadata.token_endpoint_auth_method, line.secret, line.secret_sha256)?;
    let client = Client { id, secret_hash, metadata: metadata.into(), on_launchpad: line.on_launchpad, created_at };
    Ok(ImportedClient { line: number, client, registration_token })
}

/// The hash of the secret that a client of this method has; an error where it has one that it does not use.
fn secret_hash(
    method: TokenEndpointAuthMethod,
    secret: Option<Secret>,
    hash: Option<String>,
) -> Result<Option<SecretHash>, Error> {
    const MISSING: Error =
        Error::invalid_request("client_secret_sha256 or client_secret is missing: this client authenticates by one.");
    const BOTH: Error = Error::invalid_request("client_secret_sha256 and client_secret exclude each other.");
    const SHORT: Error = Error::invalid_request("client_secret must have at least 16 characters.");
    const UNUSED: Error = Error::invalid_request("This client has a secret, and does not authenticate by one.");
    const DERIVED: Error = Error::invalid_request(
        "Secrets of client_secret_jwt are derived from the keys of their server: register this client anew.",
    );
    match (method, secret, hash) {
        (TokenEndpointAuthMethod::ClientSecretJwt, _, _) => Err(DERIVED),
        (_, Some(_), Some(_)) => Err(BOTH),
        (TokenEndpointAuthMethod::None | TokenEndpointAuthMethod::PrivateKeyJwt, None, None) => Ok(None),
        (TokenEndpointAuthMethod::None | TokenEndpointAuthMethod::PrivateKeyJwt, _, _) => Err(UNUSED),
        (_, Some(secret), None) if secret.expose().len() < MIN_SECRET => Err(SHORT),
        (_, Some(secret), None) => Ok(Some(secret.hash())),
        (_, None, Some(hash)) => sha256(&hash).map(Some),
        (_, None, None) => Err(MISSING),
    }
}

/// Reads 64 hexadecimal digits.
fn sha256(text: &str) -> Result<SecretHash, Error> {
    const MALFORMED: Error = Error::invalid_request("A SHA-256 is 64 hexadecimal digits.");
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits.filter(|digits| digits.len() == 64).ok_or(MALFORMED)?;
    let bytes: Vec<u8> =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    SecretHash::from_stored(&bytes).ok_or(MALFORMED)
}

/// Some registered clients. It is written to the audit log first.
pub async fn export_clients<S: ClientTransfer + AuditLog>(
    env: &Env<'_, S>,
    by: &Administrator,
    asked: &Asked,
    with_hashes: bool,
) -> Result<Page<ImportedClient>, Failure> {
    let action = if with_hashes { "client.export_with_hashes" } else { "client.export" };
    env.store.note(by, action, "clients").await?;
    Ok(env.store.exported_clients(asked).await?)
}
