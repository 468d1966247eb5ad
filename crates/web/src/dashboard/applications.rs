//! Applications: the list, and what is shown once.

use askama::Template;
use domain::{
    Env,
    admin::{ClientQuery, Page, WithSecret},
    client::Client,
    keys::Keys,
};
use http::StatusCode;

use super::{Frame, Visitor, client_query, english, paging::Paging};
use crate::{Failure, Request, Result, admin, page::Layout, time::utc};

/// Reads which applications are asked for, as the JSON API does.
pub fn query(request: &Request) -> Result<ClientQuery> {
    admin::clients::query(&request.query()?)
}

/// The identifier of the application that is asked for.
pub fn client_id(request: &Request) -> Result<String> {
    Ok(request.query()?.get("client_id")?.ok_or(Failure::NotFound)?.to_owned())
}

struct Row<'a> {
    client: &'a Client,
    query: String,
    created: String,
}

#[derive(Template)]
#[template(path = "dashboard/applications.html")]
struct List<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    search: &'a str,
    sort: &'a str,
    rows: Vec<Row<'a>>,
    paging: Paging,
}

/// Shows some applications.
pub async fn list<S: Keys>(env: &Env<'_, S>, request: &Request, visitor: &Visitor, clients: &Page<Client>) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "applications").await?);
    let params = request.query()?;
    let row = |client| Row { client, query: client_query(&client.id), created: utc(client.created_at) };
    let template = List {
        layout: &layout,
        frame: &frame,
        search: params.get("q")?.unwrap_or_default(),
        sort: params.get("sort")?.unwrap_or("name"),
        rows: clients.items.iter().map(row).collect(),
        paging: Paging::of(&params, clients)?,
    };
    visitor.show(env, StatusCode::OK, &layout, &template)
}

#[derive(Template)]
#[template(path = "dashboard/secret.html")]
struct Secret<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    client: &'a Client,
    query: String,
    secret: Option<&'a str>,
}

/// Shows the identifier of an application, and its secret, this one time.
pub async fn secret<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    visitor: &Visitor,
    WithSecret { client, secret }: &WithSecret,
) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "applications").await?);
    let (query, secret) = (client_query(&client.id), secret.as_ref().map(|secret| secret.expose()));
    visitor.show(env, StatusCode::OK, &layout, &Secret { layout: &layout, frame: &frame, client, query, secret })
}
