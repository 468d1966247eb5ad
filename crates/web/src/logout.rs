//! `GET` and `POST /logout`.

use askama::Template;
use domain::{Env, keys::Keys, session::SignedIn};
use http::StatusCode;

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    cookies::Cookie,
    csrf::{self, Csrf},
    login::FORM_IS_OLD,
    page::{self, Layout, page},
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, POST", audience: Audience::User, cors: Cors::Never };

/// The form's name: bound to the session that it ends.
pub(crate) fn form_name(signed_in: &SignedIn) -> String {
    format!("logout {}", signed_in.session.id)
}

/// Whether the posted form is ours.
pub async fn is_genuine<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn) -> Result<bool> {
    csrf::is_genuine(env, request, &form_name(signed_in), request.form()?.get("csrf")?).await
}

#[derive(Template)]
#[template(path = "logout.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    problem: Option<&'static str>,
    account: &'a str,
    csrf: &'a str,
}

/// Asks whether to sign out; `is_forged` where a form was posted that is not ours.
pub async fn ask<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn, is_forged: bool) -> Result {
    let layout = Layout::new(env.settings)?;
    let csrf = Csrf::issue(env, request, &form_name(signed_in)).await?;
    let (status, problem) = if is_forged { (StatusCode::FORBIDDEN, Some(FORM_IS_OLD)) } else { (StatusCode::OK, None) };
    let template = Page { layout: &layout, problem, account: &signed_in.user.email, csrf: &csrf.field };
    let mut response = page(status, &layout, &template, None)?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}

/// Says that nobody is signed in any more, and takes the cookie away, if the request brought one: a form that another
/// site posts comes without it, and must not sign anybody out.
pub fn answer<S>(env: &Env<'_, S>, request: &Request) -> Result {
    let text =
        "You are signed out on this device. Applications that you signed in to may keep you signed in for a while.";
    let mut response = page::message(env.settings, StatusCode::OK, "Signed out", text)?;
    let issuer = env.settings.issuer()?;
    if request.cookie(Cookie::Session.name(&issuer)).is_some() {
        Cookie::Session.set(&mut response, &issuer, "", 0);
    }
    Ok(response)
}
