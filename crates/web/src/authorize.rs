//! `GET` and `POST /authorize`, [RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1).

use domain::{Env, authorize::Outcome, interaction::Interaction, keys::Keys};
use http::Method;
use protocol::params::Params;

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    cookies::Cookie,
    response::{found, redirect},
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, POST", audience: Audience::User, cors: Cors::Never };

/// What an authorization request says.
#[derive(Debug)]
pub enum Parsed {
    /// A request, or one that resumes after its interaction.
    Request {
        /// Its parameters.
        params: Params,
        /// The interaction that it went through.
        resumed: Option<Interaction>,
    },
    /// A posted request, which is to be asked again by GET.
    Posted(Params),
}

/// Reads an authorization request.
///
/// > The authorization server MUST support the use of the HTTP "GET" method […] and MAY support the use of the "POST"
/// > method as well.
pub async fn parse<S: Keys>(env: &Env<'_, S>, request: &Request) -> Result<Parsed> {
    if request.method == Method::POST {
        return Ok(Parsed::Posted(request.form()?));
    }
    let params = request.query()?;
    match params.get("interaction")? {
        Some(text) => {
            let interaction = Interaction::open(env, text).await?;
            Ok(Parsed::Request { params: interaction.params.clone(), resumed: Some(interaction) })
        }
        None => Ok(Parsed::Request { params, resumed: None }),
    }
}

/// The session cookie of a request.
pub fn session_cookie<'a, S>(env: &Env<'_, S>, request: &'a Request) -> Result<Option<&'a str>> {
    Ok(request.cookie(Cookie::Session.name(&env.settings.issuer()?)))
}

/// Asks a posted request again by GET: a form that another site posts comes without the session cookie, which is
/// SameSite=Lax, and the GET that follows has it.
pub fn ask_again<S>(env: &Env<'_, S>, params: &Params) -> Result {
    redirect(&format!("{}/authorize?{}", env.settings.issuer()?.path(), params.encode()))
}

/// Answers what became of the request.
pub async fn answer<S: Keys>(env: &Env<'_, S>, outcome: Outcome) -> Result {
    match outcome {
        Outcome::Redirect(location) => found(&location),
        Outcome::Login(interaction) => go_on(env, "/login", &interaction).await,
        Outcome::Consent(interaction) => go_on(env, "/consent", &interaction).await,
    }
}

/// Sends the browser to the next page of an interaction.
pub(crate) async fn go_on<S: Keys>(env: &Env<'_, S>, page: &str, interaction: &Interaction) -> Result {
    let sealed = interaction.seal(env).await?;
    redirect(&format!("{}{page}?interaction={sealed}", env.settings.issuer()?.path()))
}

#[cfg(test)]
mod tests;
