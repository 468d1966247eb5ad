//! `GET` and `POST /reset`: a new password by a one-time link. To open the link uses nothing up; to send the form does.

use askama::Template;
use domain::{Env, keys::Keys, password::PasswordProblem, reset::Reset};
use http::StatusCode;
use protocol::{Secret, params::Params};

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    csrf::Csrf,
    one_time_link::Opened,
    page::{self, Layout, page},
    texts::{
        password,
        reset::{TEXTS, Texts},
        signup,
    },
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

    /// The new password that was typed. `None` where none was yet: the link was opened, or the form is not ours.
    pub async fn typed<S: Keys>(&self, env: &Env<'_, S>, request: &Request) -> Result<Option<Secret>> {
        self.0.typed(env, request, "reset", "new_password").await
    }

    /// The page as it is first shown.
    pub async fn start<S: Keys>(&self, env: &Env<'_, S>, request: &Request, reset: &Reset) -> Result {
        let (status, problem) = self.0.start(Layout::new(env.settings, request)?.texts);
        self.show(env, request, reset, status, |_| problem).await
    }

    /// The new password cannot be chosen.
    pub async fn problem<S: Keys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        reset: &Reset,
        problem: PasswordProblem,
    ) -> Result {
        self.show(env, request, reset, StatusCode::BAD_REQUEST, |texts| Some(texts.of(problem))).await
    }

    async fn show<S: Keys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        reset: &Reset,
        status: StatusCode,
        problem: impl FnOnce(&password::Texts) -> Option<&'static str>,
    ) -> Result {
        let layout = Layout::new(env.settings, request)?;
        let csrf = Csrf::issue(env, request, "reset").await?;
        let template = Page {
            layout: &layout,
            texts: TEXTS.of(layout.language),
            hint: signup::TEXTS.of(layout.language).password_hint,
            problem: problem(password::TEXTS.of(layout.language)),
            csrf: &csrf.field,
            token: &self.0.token,
            email: &reset.user.email,
        };
        let mut response = page(status, &layout, &template, None)?;
        csrf.remember(env, &mut response)?;
        Ok(response)
    }
}

/// Changed: what was waiting goes on with the sign-in.
pub fn changed<S>(env: &Env<'_, S>, request: &Request, reset: &Reset) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let texts = TEXTS.of(layout.language);
    let waiting = reset.interaction.as_ref().map(|text| {
        let query = Params::from_iter([("interaction", text.clone())]);
        format!("?{}", query.encode())
    });
    let login = format!("{}/login{}", layout.base, waiting.unwrap_or_default());
    page::message_and_link(&layout, StatusCode::OK, texts.changed, (texts.sign_in, &login))
}

/// The link is not good, or not any more.
pub fn expired<S>(env: &Env<'_, S>, request: &Request) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let texts = TEXTS.of(layout.language);
    let forgot = format!("{}/forgot", layout.base);
    page::message_and_link(&layout, StatusCode::GONE, texts.expired, (texts.another, &forgot))
}

#[derive(Template)]
#[template(path = "reset.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    hint: &'static str,
    problem: Option<&'static str>,
    csrf: &'a str,
    token: &'a str,
    email: &'a str,
}
