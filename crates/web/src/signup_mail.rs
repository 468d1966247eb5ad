//! `POST /signup/mail`: the sign-up form, where its address is to be confirmed by mail.

use domain::{Env, authorize::Authorizations, keys::Keys};
use http::{Method, StatusCode};
use protocol::{language::Language, params::Params};

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    login::Pending,
    page::{self, Layout},
    response::{self, redirect},
    signup::{self, Form},
    texts::{self, signup::TEXTS},
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// A posted form.
pub struct Parsed {
    /// What was typed.
    pub form: Form,
    /// What waits, which is read when it goes on.
    pub interaction: Option<String>,
    /// The language of the page.
    pub language: Language,
}

/// Reads a posted form. `None` where none was posted, or this server cannot have mails sent.
pub async fn parse<S: Keys>(env: &Env<'_, S>, request: &Request) -> Result<Option<Parsed>> {
    if request.method != Method::POST || !env.settings.can_mail()? {
        return Ok(None);
    }
    let params: Params = request.form()?;
    let interaction = params.get("interaction")?.map(str::to_owned);
    let form = signup::read(env, request, &params, Pending::unread(interaction.as_deref())).await?;
    Ok(Some(Parsed { form, interaction, language: texts::language(env.settings, request)? }))
}

/// Sends the browser to the form.
pub fn start<S>(env: &Env<'_, S>) -> Result {
    redirect(&format!("{}/signup", env.settings.issuer()?.path()))
}

/// The same answer whether or not there was an account.
pub fn sent<S>(env: &Env<'_, S>, request: &Request) -> Result {
    let layout = Layout::new(env.settings, request)?;
    page::message(&layout, StatusCode::OK, TEXTS.of(layout.language).sent)
}

impl Parsed {
    /// Too many mails were asked for.
    pub async fn throttled<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request, retry_after: i64) -> Result {
        let response = self.form.throttled(env, request).await?;
        Ok(response::retry_after(response, retry_after))
    }
}
