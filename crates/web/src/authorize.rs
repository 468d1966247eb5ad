//! `GET` and `POST /authorize`, [RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1).

use askama::Template;
use domain::{Env, authorize::Outcome, interaction::Interaction, keys::Keys};
use http::{Method, StatusCode};
use protocol::{params::Params, redirect_uri::VerifiedRedirect, response_mode::AuthorizationResponse};

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    cookies::Cookie,
    page::{Layout, SUBMIT, self_submitting_page},
    response::{found, redirect},
    texts::form_post,
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
    Ok(request.cookie(Cookie::Session.name(env.settings.issuer()?)))
}

/// Asks a posted request again by GET: a form that another site posts comes without the session cookie, which is
/// SameSite=Lax, and the GET that follows has it.
pub fn ask_again<S>(env: &Env<'_, S>, params: &Params) -> Result {
    redirect(&format!("{}/authorize?{}", env.settings.issuer()?.path(), params.encode()))
}

/// Answers what became of the request.
pub async fn answer<S: Keys>(env: &Env<'_, S>, request: &Request, outcome: Outcome) -> Result {
    match outcome {
        Outcome::Redirect(response) => leave(env, request, &response, found),
        Outcome::Login(interaction) => go_on(env, "/login", &interaction).await,
        Outcome::Signup(interaction) => go_on(env, "/signup", &interaction).await,
        Outcome::StepUp(interaction) => go_on(env, "/login/factor", &interaction).await,
        Outcome::Consent(interaction) => go_on(env, "/consent", &interaction).await,
    }
}

/// Takes an answer to the client: by this redirect, or by a form that the browser posts.
pub(crate) fn leave<S>(
    env: &Env<'_, S>,
    request: &Request,
    response: &AuthorizationResponse,
    redirect: impl FnOnce(&str) -> Result,
) -> Result {
    match response {
        AuthorizationResponse::Query(location) => redirect(location),
        AuthorizationResponse::FormPost { redirect, parameters } => form_post(env, request, redirect, parameters),
    }
}

/// The page that posts an answer to the client
/// ([Form Post Response Mode §2](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html#FormPostResponseMode)).
///
/// > The action attribute of the form MUST be the Client's Redirection URI. The method of the form attribute MUST be
/// > POST.
///
/// > Because the Authorization Response is intended to be used only once, the Authorization Server MUST instruct the
/// > User Agent (and any intermediaries) not to store or reuse the content of the response.
///
/// `no-store` is on every answer to a user.
fn form_post<S>(
    env: &Env<'_, S>,
    request: &Request,
    redirect: &VerifiedRedirect,
    parameters: &[(&'static str, String)],
) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let template = FormPost {
        layout: &layout,
        texts: form_post::TEXTS.of(layout.language),
        action: redirect.as_str(),
        host: &redirect.display_host(),
        parameters,
        script: SUBMIT,
    };
    self_submitting_page(StatusCode::OK, &layout, &template, &redirect.csp_source())
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    layout: &'a Layout<'a>,
    texts: &'static form_post::Texts,
    action: &'a str,
    host: &'a str,
    parameters: &'a [(&'static str, String)],
    script: &'static str,
}

/// Sends the browser to the next page of an interaction.
pub(crate) async fn go_on<S: Keys>(env: &Env<'_, S>, page: &str, interaction: &Interaction) -> Result {
    let sealed = interaction.seal(env).await?;
    redirect(&format!("{}{page}?interaction={sealed}", env.settings.issuer()?.path()))
}

#[cfg(test)]
mod tests;
