//! Clients. The body is that of `/register`.

use domain::{
    admin::{ClientOrder, ClientQuery, NewApplication, Page, WithSecret},
    client::Client,
};
use http::StatusCode;
use protocol::{Error, Timestamp, client_metadata::ClientMetadata, params::Params};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{MALFORMED, asked, list};
use crate::{
    Failure, Request, Result, json,
    register::{members, metadata},
};

/// Reads which clients are asked for: `q`, `sort` (by `name` unless it is said), `limit`, `cursor`.
pub fn query(params: &Params) -> Result<ClientQuery> {
    const BAD_SORT: Error =
        Error::invalid_request("sort must be name or created_at, with a minus for the greatest first.");
    let sort = params.get("sort")?.unwrap_or("name");
    let (descending, key) = sort.strip_prefix('-').map_or((false, sort), |key| (true, key));
    let order = match key {
        "created_at" => ClientOrder::CreatedAt,
        "name" => ClientOrder::Name,
        _ => return Err(BAD_SORT.into()),
    };
    let search = params.get("q")?.map(str::trim).filter(|search| !search.is_empty()).map(str::to_owned);
    Ok(ClientQuery { search, order, descending, asked: asked(params)? })
}

/// Reads an application to be made.
pub fn new(request: &Request) -> Result<NewApplication> {
    application(members(request)?, false)
}

/// Reads what an application becomes: members that are named are set, those that are `null` are taken away, and the others
/// stay ([RFC 7396](https://www.rfc-editor.org/rfc/rfc7396)).
pub fn change(request: &Request, known: &Client) -> Result<NewApplication> {
    let patch: Map<String, Value> = request.json(MALFORMED)?;
    let mut members = match serde_json::to_value(&*known.metadata) {
        Ok(Value::Object(members)) => members,
        _ => return Err(domain::Failure::Internal("client metadata cannot be written".to_owned()).into()),
    };
    members.extend(patch);
    members.retain(|_, value| !value.is_null());
    application(members, known.on_launchpad)
}

pub(crate) fn application(mut members: Map<String, Value>, is_on_launchpad: bool) -> Result<NewApplication> {
    let on_launchpad = match members.remove("launchpad") {
        None => is_on_launchpad,
        Some(Value::Bool(on_launchpad)) => on_launchpad,
        Some(_) => return Err(MALFORMED.into()),
    };
    Ok(NewApplication { metadata: metadata(members)?, on_launchpad })
}

/// A client, as administrators see it.
#[derive(Serialize)]
pub(crate) struct Body<'a> {
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    client_id_issued_at: Timestamp,
    launchpad: bool,
    #[serde(flatten)]
    metadata: &'a ClientMetadata,
}

impl<'a> Body<'a> {
    pub(crate) fn of(client: &'a Client, secret: Option<&'a str>) -> Self {
        Self {
            client_id: &client.id,
            client_secret: secret,
            client_secret_expires_at: secret.map(|_| 0),
            client_id_issued_at: client.created_at,
            launchpad: client.on_launchpad,
            metadata: &client.metadata,
        }
    }
}

/// Answers some clients.
pub fn page(page: &Page<Client>) -> Result {
    list(page, |client| Body::of(client, None))
}

/// Answers a client, if there is one.
pub fn one(client: Option<&Client>) -> Result {
    json(StatusCode::OK, &Body::of(client.ok_or(Failure::NotFound)?, None))
}

/// Answers a client with its secret where that is new: it is shown this once.
pub fn with_secret(status: StatusCode, application: Option<&WithSecret>) -> Result {
    let WithSecret { client, secret } = application.ok_or(Failure::NotFound)?;
    json(status, &Body::of(client, secret.as_ref().map(|secret| secret.expose())))
}
