//! `GET` and `POST /account`: where a user is signed in, and which applications are connected.

use std::borrow::Cow;

use askama::Template;
use domain::{
    Env, Id,
    account::{AccountPage, Application, Device},
    keys::Keys,
    session::{SignedIn, Which},
};
use http::{Method, StatusCode};
use protocol::{Error, Timestamp, params::Params};

use super::{form_name, go_to};
use crate::{
    Request, Result,
    cookies::Cookie,
    csrf::{self, Csrf},
    page::{Layout, page},
    response::redirect,
    texts::{
        account::{OVERVIEW, Overview},
        consent::SCOPES,
    },
    time::utc,
};

/// What a user asks of the page.
pub enum Step {
    /// To see what there is.
    Show {
        /// Whether a form came that is not ours.
        is_forged: bool,
    },
    /// To sign out there.
    End(Which),
    /// To shut this application out.
    Disconnect(String),
}

/// Reads what is asked.
pub async fn step<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn) -> Result<Step> {
    if request.method != Method::POST {
        return Ok(Step::Show { is_forged: false });
    }
    let form = request.form()?;
    if !csrf::is_genuine(env, request, &form_name(AccountPage::Overview, signed_in), form.get("csrf")?).await? {
        return Ok(Step::Show { is_forged: true });
    }
    asked(&form, signed_in)
}

fn asked(form: &Params, signed_in: &SignedIn) -> Result<Step> {
    const UNKNOWN: Error = Error::invalid_request("The form asks for something that this page does not do.");
    let user = signed_in.user.id;
    let of = |name| form.require(name, "The form does not say which.");
    Ok(match form.get("action")? {
        Some("end") => Step::End(Which::OneOf { user, session: Id::parse(of("session")?).ok_or(UNKNOWN)? }),
        Some("end_others") => Step::End(Which::OthersOf { user, but: signed_in.session.id }),
        Some("end_all") => Step::End(Which::AllOf(user)),
        Some("disconnect") => Step::Disconnect(of("client_id")?.to_owned()),
        _ => return Err(UNKNOWN.into()),
    })
}

/// A time, and where it is that time.
fn time(time: Timestamp) -> String {
    utc(time) + " UTC"
}

struct DeviceRow<'a> {
    session: String,
    name: &'a str,
    signed_in_at: String,
    last_used_at: String,
    is_this: bool,
}

struct ApplicationRow<'a> {
    client_id: &'a str,
    name: &'a str,
    scopes: Vec<Cow<'static, str>>,
    since: String,
    last_used_at: Option<String>,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Overview,
    problem: Option<&'static str>,
    csrf: &'a str,
    devices: Vec<DeviceRow<'a>>,
    applications: Vec<ApplicationRow<'a>>,
}

/// Shows what there is.
pub async fn show<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    signed_in: &SignedIn,
    devices: &[Device],
    applications: &[Application],
    is_forged: bool,
) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let (texts, scope_texts) = (OVERVIEW.of(layout.language), SCOPES.of(layout.language));
    let csrf = Csrf::issue(env, request, &form_name(AccountPage::Overview, signed_in)).await?;
    let devices = devices.iter().map(|device| DeviceRow {
        session: device.session.to_string(),
        name: if device.name.is_empty() { texts.unknown_device } else { &device.name },
        signed_in_at: time(device.signed_in_at),
        last_used_at: time(device.last_used_at),
        is_this: device.is_this,
    });
    let applications = applications.iter().map(|application| ApplicationRow {
        client_id: &application.client.id,
        name: application.client.metadata.name(layout.texts.unnamed_application),
        scopes: application.scope.iter().map(|scope| scope_texts.in_plain_words(scope)).collect(),
        since: time(application.since),
        last_used_at: application.last_used_at.map(time),
    });
    let template = Page {
        layout: &layout,
        texts,
        problem: is_forged.then_some(layout.texts.form_is_old),
        csrf: &csrf.field,
        devices: devices.collect(),
        applications: applications.collect(),
    };
    let status = if is_forged { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let mut response = page(status, &layout, &template, None)?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}

/// Done: shows what there is now. Who has ended their own session is signed out.
pub fn done<S>(env: &Env<'_, S>, signed_in: &SignedIn, ended: &[Id]) -> Result {
    if !ended.contains(&signed_in.session.id) {
        return go_to(env, AccountPage::Overview);
    }
    let issuer = env.settings.issuer()?;
    let mut response = redirect(&format!("{}/", issuer.path()))?;
    Cookie::Session.set(&mut response, issuer, "", 0);
    Ok(response)
}
