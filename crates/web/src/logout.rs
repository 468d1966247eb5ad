//! `GET` and `POST /logout`.

use askama::Template;
use domain::{
    Env,
    keys::Keys,
    logout::{Question, open_request, seal_request},
    session::SignedIn,
};
use http::{Method, StatusCode};
use protocol::{logout::LogoutRequest, params::Params};

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    cookies::Cookie,
    csrf::{self, Csrf},
    page::{self, Layout, page},
    response::redirect,
    texts::logout::{TEXTS, Texts},
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, POST", audience: Audience::User, cors: Cors::Never };

/// The form's name: bound to the session that it ends.
pub(crate) fn form_name(signed_in: &SignedIn) -> String {
    format!("logout {}", signed_in.session.id)
}

/// What a request to sign out says.
#[derive(Debug)]
pub enum Parsed {
    /// A request.
    Request(Pending),
    /// A request that another site posted, which is to be asked again by GET.
    Posted(Params),
}

/// A request to sign out and, where our page was posted, the form.
#[derive(Debug)]
pub struct Pending {
    /// What the client asked for, if one did.
    pub params: Params,
    form: Option<Params>,
}

/// Reads a request.
///
/// > OpenID Providers MUST support the use of the HTTP GET and POST methods (RP-Initiated Logout §2)
pub async fn parse<S: Keys>(env: &Env<'_, S>, request: &Request) -> Result<Parsed> {
    if request.method != Method::POST {
        return Ok(Parsed::Request(Pending { params: request.query()?, form: None }));
    }
    let form = request.form()?;
    if form.get("csrf")?.is_none() && LogoutRequest::is_in(&form) {
        return Ok(Parsed::Posted(form));
    }
    let params = match form.get("request")? {
        Some(text) => open_request(env, text).await?,
        None => Params::default(),
    };
    Ok(Parsed::Request(Pending { params, form: Some(form) }))
}

/// Asks a posted request again by GET: a form that another site posts comes without the session cookie, which is
/// SameSite=Lax, and the GET that follows has it.
pub fn ask_again<S>(env: &Env<'_, S>, params: &Params) -> Result {
    redirect(&format!("{}/logout?{}", env.settings.issuer()?.path(), params.encode()))
}

#[derive(Template)]
#[template(path = "logout.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    problem: Option<&'static str>,
    application: Option<&'a str>,
    host: Option<String>,
    account: &'a str,
    csrf: &'a str,
    request: Option<&'a str>,
}

impl Pending {
    /// Whether the user has said yes, in a form of ours.
    pub async fn is_confirmed<S: Keys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        question: &Question,
    ) -> Result<bool> {
        let Some(form) = &self.form else { return Ok(false) };
        csrf::is_genuine(env, request, &form_name(&question.signed_in), form.get("csrf")?).await
    }

    /// Asks whether to sign out, with a word about a form that was posted and is not ours.
    pub async fn ask<S: Keys>(&self, env: &Env<'_, S>, request: &Request, question: &Question) -> Result {
        let layout = Layout::new(env.settings, request)?;
        let csrf = Csrf::issue(env, request, &form_name(&question.signed_in)).await?;
        let (status, problem) = match &self.form {
            Some(_) => (StatusCode::FORBIDDEN, Some(layout.texts.form_is_old)),
            None => (StatusCode::OK, None),
        };
        let sealed = match LogoutRequest::is_in(&self.params) {
            true => Some(seal_request(env, &self.params).await?),
            false => None,
        };
        let destination = question.destination();
        let template = Page {
            layout: &layout,
            texts: TEXTS.of(layout.language),
            problem,
            application: question.client.as_ref().map(|client| client.metadata.name(layout.texts.unnamed_application)),
            host: destination.map(|redirect| redirect.display_host()),
            account: &question.signed_in.user.email,
            csrf: &csrf.field,
            request: sealed.as_deref(),
        };
        let target = destination.map(|redirect| redirect.csp_source());
        let mut response = page(status, &layout, &template, target.as_deref())?;
        csrf.remember(env, &mut response)?;
        Ok(response)
    }
}

/// Nobody is signed in any more: goes where the client wants the browser to go, or says so.
///
/// The cookie is taken away, if the request brought one: a form that another site posts comes without it, and must not
/// sign anybody out.
pub fn answer<S>(env: &Env<'_, S>, request: &Request, location: Option<&str>) -> Result {
    let mut response = match location {
        Some(location) => redirect(location)?,
        None => {
            let layout = Layout::new(env.settings, request)?;
            page::message(&layout, StatusCode::OK, TEXTS.of(layout.language).done)?
        }
    };
    let issuer = env.settings.issuer()?;
    if request.cookie(Cookie::Session.name(issuer)).is_some() {
        Cookie::Session.set(&mut response, issuer, "", 0);
    }
    Ok(response)
}
