//! `/admin/api/import/…` and `/admin/api/export/…`: users and clients, a line of JSON for each.

pub mod clients;
mod members;
pub mod users;

use domain::{
    admin::Asked,
    transfer::{Line, Outcome, Refusal, Report},
};
use http::StatusCode;
use members::Members;
use protocol::Error;
use serde::Serialize;

use crate::{Audience, Cors, Endpoint, Request, Result, json};

/// How many lines a request may bring.
const MAX_LINES: usize = 500;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `/admin/api/import/users`
    ImportUsers,
    /// `/admin/api/import/clients`
    ImportClients,
    /// `/admin/api/export/users`
    ExportUsers,
    /// `/admin/api/export/clients`
    ExportClients,
    /// There is nothing.
    Nothing,
}

impl Route {
    /// Reads a path.
    pub fn of(path: &str) -> Self {
        match path.strip_prefix("/admin/api/").unwrap_or_default() {
            "import/users" => Self::ImportUsers,
            "import/clients" => Self::ImportClients,
            "export/users" => Self::ExportUsers,
            "export/clients" => Self::ExportClients,
            _ => Self::Nothing,
        }
    }
}

const IMPORT: Endpoint = Endpoint { methods: "POST", audience: Audience::Client, cors: Cors::Never };
const EXPORT: Endpoint = Endpoint { methods: "GET", ..IMPORT };
const NOTHING: Endpoint = Endpoint { methods: "GET, POST, PUT, PATCH, DELETE", ..IMPORT };

/// The fixed properties of the endpoint at this path.
pub fn endpoint(path: &str) -> &'static Endpoint {
    match Route::of(path) {
        Route::ImportUsers | Route::ImportClients => &IMPORT,
        Route::ExportUsers | Route::ExportClients => &EXPORT,
        Route::Nothing => &NOTHING,
    }
}

/// Which page is asked for (`limit`, `cursor`), and whether with the hashes of passwords and secrets (`with_hashes=true`).
pub fn asked(request: &Request) -> Result<(Asked, bool)> {
    const BAD_SWITCH: Error = Error::invalid_request("with_hashes must be true or false.");
    let params = request.query()?;
    let with_hashes = match params.get("with_hashes")? {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(BAD_SWITCH.into()),
    };
    Ok((crate::admin::asked(&params)?, with_hashes))
}

/// Reads the lines of a body, each for itself. Empty ones count, and say nothing.
fn lines<T>(request: &Request, read: impl Fn(Members) -> std::result::Result<T, Refusal>) -> Result<Vec<Line<T>>> {
    const TOO_MANY: Error = Error::invalid_request("A request may bring 500 lines at most.");
    let lines = request.bytes().split(|byte| *byte == b'\n').zip(1..);
    let lines: Vec<_> = lines.filter(|(line, _)| !line.trim_ascii().is_empty()).take(MAX_LINES + 1).collect();
    if lines.len() > MAX_LINES {
        return Err(TOO_MANY.into());
    }
    let line = |(line, number)| Line { number, content: Members::parse(line).and_then(&read) };
    Ok(lines.into_iter().map(line).collect())
}

/// Answers what became of each line.
pub fn report(reports: &[Report]) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        items: Vec<Item<'a>>,
    }
    #[derive(Serialize)]
    struct Item<'a> {
        line: usize,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
    }
    let items = reports.iter().map(|Report { line, outcome }| {
        let (outcome, id, reason) = match outcome {
            Outcome::Created(id) => ("created", Some(id.as_str()), None),
            Outcome::Exists(id) => ("exists", Some(id.as_str()), None),
            Outcome::Refused(Refusal(reason)) => ("refused", None, Some(reason.as_ref())),
        };
        Item { line: *line, outcome, id, reason }
    });
    json(StatusCode::OK, &Body { items: items.collect() })
}

#[cfg(test)]
mod tests;
