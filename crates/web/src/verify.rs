//! `GET` and `POST /verify`: an address is confirmed by a one-time link. To open the link uses nothing up; to send the form does.

use askama::Template;
use domain::{
    Env,
    interaction::Interaction,
    keys::Keys,
    verify::{Confirmation, Subject},
};
use http::StatusCode;
use protocol::Secret;

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    cookies::Cookie,
    csrf::Csrf,
    one_time_link::Opened,
    page::{self, Layout, page},
    response::redirect,
    texts::verify::{TEXTS, Texts},
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// A request to the page.
pub struct Parsed(Opened);

/// Reads a request to the page.
pub fn parse(request: &Request) -> Result<Parsed> {
    Opened::read(request).map(Parsed)
}

impl Parsed {
    /// The token of the link.
    pub fn token(&self) -> &str {
        &self.0.token
    }

    /// The password that was typed. `None` where none was yet: the link was opened, or the form is not ours.
    pub async fn typed<S: Keys>(&self, env: &Env<'_, S>, request: &Request) -> Result<Option<Secret>> {
        self.0.typed(env, request, "verify", "password").await
    }

    /// The page as it is first shown.
    pub async fn start<S: Keys>(&self, env: &Env<'_, S>, request: &Request, link: &Confirmation) -> Result {
        let (status, problem) = self.0.start(Layout::new(env.settings, request)?.texts);
        self.show(env, request, link, status, |_| problem).await
    }

    /// That is not the password that was chosen.
    pub async fn wrong<S: Keys>(&self, env: &Env<'_, S>, request: &Request, link: &Confirmation) -> Result {
        self.show(env, request, link, StatusCode::UNAUTHORIZED, |texts| Some(texts.wrong)).await
    }

    async fn show<S: Keys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        link: &Confirmation,
        status: StatusCode,
        problem: impl FnOnce(&Texts) -> Option<&'static str>,
    ) -> Result {
        let layout = Layout::new(env.settings, request)?;
        let texts = TEXTS.of(layout.language);
        let csrf = Csrf::issue(env, request, "verify").await?;
        let template = Page {
            layout: &layout,
            texts,
            problem: problem(texts),
            csrf: &csrf.field,
            token: &self.0.token,
            email: link.subject.email(),
            is_sign_up: matches!(link.subject, Subject::SignUp(_)),
        };
        // An authorization that waited may go on at the client from here.
        let mut response = page(status, &layout, &template, None)?;
        csrf.remember(env, &mut response)?;
        Ok(response)
    }
}

/// Signed in: sets the cookie, and goes on with the authorization that was waiting, or home.
pub async fn signed_in<S: Keys>(env: &Env<'_, S>, link: &Confirmation, cookie: &Secret) -> Result {
    let issuer = env.settings.issuer()?;
    let interaction = match &link.subject {
        Subject::SignUp(sign_up) => sign_up.interaction.as_deref(),
        Subject::Email(_) => None,
    };
    let onward = match interaction {
        Some(text) if Interaction::open(env, text).await.is_ok() => format!("/authorize?interaction={text}"),
        _ => "/".to_owned(),
    };
    let mut response = redirect(&format!("{}{onward}", issuer.path()))?;
    Cookie::Session.set(&mut response, issuer, cookie.expose(), env.settings.session_expires_in()?.0);
    Ok(response)
}

/// The address is confirmed.
pub fn confirmed<S>(env: &Env<'_, S>, request: &Request) -> Result {
    let layout = Layout::new(env.settings, request)?;
    page::message(&layout, StatusCode::OK, TEXTS.of(layout.language).confirmed)
}

/// The link is not good, or not any more.
pub fn expired<S>(env: &Env<'_, S>, request: &Request) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let texts = TEXTS.of(layout.language);
    let login = format!("{}/login", layout.base);
    page::message_and_link(&layout, StatusCode::GONE, texts.expired, (texts.sign_in, &login))
}

#[derive(Template)]
#[template(path = "verify.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    problem: Option<&'static str>,
    csrf: &'a str,
    token: &'a str,
    email: &'a str,
    /// Whether it is a sign-up, and the password is asked for.
    is_sign_up: bool,
}
