//! `GET` and `POST /reset`: a new password by a one-time link. To open the link uses nothing up; to send the form does.

use askama::Template;
use domain::{Env, keys::Keys, password::PasswordProblem, reset::Reset};
use http::{Method, StatusCode};
use protocol::{Secret, params::Params};

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    csrf::{self, Csrf},
    page::{self, Layout, page},
    texts::{
        layout, password,
        reset::{TEXTS, Texts},
        signup,
    },
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// A request to the page.
pub struct Parsed {
    token: String,
    form: Option<Params>,
}

/// Reads a request to the page.
pub fn parse(request: &Request) -> Result<Parsed> {
    let is_form = request.method == Method::POST;
    let params = if is_form { request.form()? } else { request.query()? };
    Ok(Parsed { token: params.get("token")?.unwrap_or_default().to_owned(), form: is_form.then_some(params) })
}

impl Parsed {
    /// The token of the link.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The new password that was typed. `None` where none was yet: the link was opened, or the form is not ours.
    pub async fn typed<S: Keys>(&self, env: &Env<'_, S>, request: &Request) -> Result<Option<Secret>> {
        let Some(form) = &self.form else { return Ok(None) };
        let is_genuine = csrf::is_genuine(env, request, "reset", form.get("csrf")?).await?;
        let typed = form.get("new_password")?.unwrap_or_default();
        Ok(is_genuine.then(|| Secret::new(typed)))
    }

    /// The page as it is first shown.
    pub async fn start<S: Keys>(&self, env: &Env<'_, S>, request: &Request, reset: &Reset) -> Result {
        let is_old = |_: &password::Texts, layout: &layout::Texts| Some(layout.form_is_old);
        match self.form {
            Some(_) => self.show(env, request, reset, StatusCode::FORBIDDEN, is_old).await,
            None => self.show(env, request, reset, StatusCode::OK, |_, _| None).await,
        }
    }

    /// The new password cannot be chosen.
    pub async fn problem<S: Keys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        reset: &Reset,
        problem: PasswordProblem,
    ) -> Result {
        self.show(env, request, reset, StatusCode::BAD_REQUEST, |texts, _| Some(texts.of(problem))).await
    }

    async fn show<S: Keys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        reset: &Reset,
        status: StatusCode,
        problem: impl FnOnce(&password::Texts, &layout::Texts) -> Option<&'static str>,
    ) -> Result {
        let layout = Layout::new(env.settings, request)?;
        let csrf = Csrf::issue(env, request, "reset").await?;
        let template = Page {
            layout: &layout,
            texts: TEXTS.of(layout.language),
            hint: signup::TEXTS.of(layout.language).password_hint,
            problem: problem(password::TEXTS.of(layout.language), layout.texts),
            csrf: &csrf.field,
            token: &self.token,
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
