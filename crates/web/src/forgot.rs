//! `GET` and `POST /forgot`: asks for a link with which a new password is chosen.

use askama::Template;
use domain::{Env, forgot::Forgotten, keys::Keys};
use http::{Method, StatusCode};

use crate::{
    Audience, Cors, Endpoint, Request, Response, Result,
    csrf::{self, Csrf},
    page::{self, Layout, page},
    response,
    texts::{
        forgot::{TEXTS, Texts},
        layout,
    },
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// What a request to the page leads to.
pub enum Parsed {
    /// A page, and nothing else.
    Page(Response),
    /// The link is to be sent.
    Posted(Forgotten),
}

/// Reads a request to the page.
pub async fn parse<S: Keys>(env: &Env<'_, S>, request: &Request) -> Result<Parsed> {
    let layout = Layout::new(env.settings, request)?;
    if !env.settings.can_mail()? {
        return Ok(Parsed::Page(page::message(&layout, StatusCode::OK, TEXTS.of(layout.language).ask)?));
    }
    let is_form = request.method == Method::POST;
    let params = if is_form { request.form()? } else { request.query()? };
    let text = |name| params.get(name).map(|text| text.unwrap_or_default().to_owned());
    let interaction = Some(text("interaction")?).filter(|text| !text.is_empty());
    let forgotten = Forgotten { email: text("email")?, interaction, language: layout.language };
    if !is_form {
        return Ok(Parsed::Page(show(env, request, &forgotten, StatusCode::OK, |_| None).await?));
    }
    if !csrf::is_genuine(env, request, "forgot", params.get("csrf")?).await? {
        let words = |layout: &layout::Texts| Some(layout.form_is_old);
        return Ok(Parsed::Page(show(env, request, &forgotten, StatusCode::FORBIDDEN, words).await?));
    }
    Ok(Parsed::Posted(forgotten))
}

/// The same answer whether or not there is an account.
pub fn sent<S>(env: &Env<'_, S>, request: &Request) -> Result {
    let layout = Layout::new(env.settings, request)?;
    page::message(&layout, StatusCode::OK, TEXTS.of(layout.language).sent)
}

/// Too many mails were asked for.
pub async fn throttled<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    forgotten: &Forgotten,
    retry_after: i64,
) -> Result {
    let words = |layout: &layout::Texts| Some(layout.too_many_attempts);
    let response = show(env, request, forgotten, StatusCode::TOO_MANY_REQUESTS, words).await?;
    Ok(response::retry_after(response, retry_after))
}

#[derive(Template)]
#[template(path = "forgot.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    problem: Option<&'static str>,
    csrf: &'a str,
    interaction: &'a str,
    email: &'a str,
}

async fn show<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    forgotten: &Forgotten,
    status: StatusCode,
    problem: impl FnOnce(&layout::Texts) -> Option<&'static str>,
) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let csrf = Csrf::issue(env, request, "forgot").await?;
    let template = Page {
        layout: &layout,
        texts: TEXTS.of(layout.language),
        problem: problem(layout.texts),
        csrf: &csrf.field,
        interaction: forgotten.interaction.as_deref().unwrap_or_default(),
        email: &forgotten.email,
    };
    let mut response = page(status, &layout, &template, None)?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}
