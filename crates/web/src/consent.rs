//! `GET` and `POST /consent`.

use std::borrow::Cow;

use askama::Template;
use domain::{
    Env, authorize::Authorizations, client::Client, client_document, consent::Question, interaction::Interaction,
};
use http::{Method, StatusCode};
use protocol::{Error, params::Params, resource::Resource, response_mode::AuthorizationResponse};

use crate::{
    Audience, Cors, Endpoint, Request, Result, authorize,
    csrf::{self, Csrf},
    page::{AskingClient, Layout, page},
    response::redirect,
    texts::consent::{ANSWERED, AnsweredTexts, SCOPES, Scopes, TEXTS, Texts},
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, POST", audience: Audience::User, cors: Cors::Never };

/// A request to the consent page: the pending interaction and, where it was posted, the form.
pub struct Parsed {
    /// The pending authorization request.
    pub interaction: Interaction,
    form: Option<Params>,
}

/// What the user decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing yet.
    Open,
    /// The form was not ours.
    Forged,
    /// The application may.
    Approve,
    /// It may not.
    Deny,
}

/// Reads a request to the page.
pub async fn parse<S: Authorizations>(env: &Env<'_, S>, request: &Request) -> Result<Parsed> {
    let is_form = request.method == Method::POST;
    let params = if is_form { request.form()? } else { request.query()? };
    let text =
        params.require("interaction", "This page belongs to a sign-in. Go to the application and start there.")?;
    Ok(Parsed { interaction: Interaction::open(env, text).await?, form: is_form.then_some(params) })
}

impl Parsed {
    /// What the user decided. The form is bound to their account, so that it cannot be answered for another one.
    pub async fn decision<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        question: &Question,
    ) -> Result<Decision> {
        let Some(form) = &self.form else { return Ok(Decision::Open) };
        if !csrf::is_genuine(env, request, &form_name(question), form.get("csrf")?).await? {
            return Ok(Decision::Forged);
        }
        match form.get("decision")? {
            Some("approve") => Ok(Decision::Approve),
            Some("deny") => Ok(Decision::Deny),
            _ => Err(Error::invalid_request("The form lacks a decision: approve or deny.").into()),
        }
    }

    /// Shows the page.
    pub async fn ask<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        question: &Question,
        decision: Decision,
    ) -> Result {
        let metadata = &question.client.metadata;
        let layout = Layout::new(env.settings, request)?;
        let application = AskingClient::of(metadata, layout.texts);
        let layout = Layout { image: application.logo_uri.as_deref(), ..layout };
        let scope_texts = SCOPES.of(layout.language);
        let csrf = Csrf::issue(env, request, &form_name(question)).await?;
        let redirect = &question.request.redirect;
        let publisher = client_document::publisher(&question.client);
        let (status, problem) = match decision {
            Decision::Forged => (StatusCode::FORBIDDEN, Some(layout.texts.form_is_old)),
            Decision::Open | Decision::Approve | Decision::Deny => (StatusCode::OK, None),
        };
        let asked = question.request.consent_scope();
        let (known, new): (Vec<_>, Vec<_>) = asked.iter().partition(|token| question.consented.contains(token));
        let words = |scope: &[&str]| scope.iter().map(|token| scope_texts.in_plain_words(token)).collect::<Vec<_>>();
        let template = Page {
            layout: &layout,
            texts: TEXTS.of(layout.language),
            scope_texts,
            problem,
            application: Some(&application),
            publisher: publisher.as_deref(),
            account: &question.signed_in.user.email,
            scopes: words(if new.is_empty() { &known } else { &new }),
            known_scopes: if new.is_empty() { Vec::new() } else { words(&known) },
            resources: question.request.resource.iter().map(Resource::as_str).collect(),
            host: &redirect.display_host(),
            is_loopback: redirect.is_loopback(),
            csrf: &csrf.field,
            interaction: &self.interaction.seal(env).await?,
        };
        let mut response = page(status, &layout, &template, Some(&redirect.csp_source()))?;
        csrf.remember(env, &mut response)?;
        Ok(response)
    }

    /// Sends the user to show a further factor, or back to the client that asks for what nobody has.
    pub async fn step_up<S: Authorizations>(&self, env: &Env<'_, S>) -> Result {
        authorize::go_on(env, "/authorize", &self.interaction).await
    }

    /// Sends the user to sign in first.
    pub async fn login<S: Authorizations>(&self, env: &Env<'_, S>) -> Result {
        authorize::go_on(env, "/login", &self.interaction).await
    }
}

/// Sends the browser back to the client.
pub fn leave<S>(env: &Env<'_, S>, request: &Request, response: &AuthorizationResponse) -> Result {
    authorize::leave(env, request, response, redirect)
}

/// Says that the page has been answered, and how to go on: after a double click, a step back or a reload.
pub fn answered<S>(env: &Env<'_, S>, request: &Request, client: &Client) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let application = AskingClient::of(&client.metadata, layout.texts);
    let template = Answered {
        layout: &layout,
        texts: ANSWERED.of(layout.language),
        application: Some(&application),
        page: client.metadata.client_uri.as_deref(),
    };
    page(StatusCode::CONFLICT, &layout, &template, None)
}

fn form_name(question: &Question) -> String {
    format!("consent {}", question.signed_in.user.id)
}

#[derive(Template)]
#[template(path = "consent.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    scope_texts: &'static Scopes,
    problem: Option<&'static str>,
    application: Option<&'a AskingClient>,
    publisher: Option<&'a str>,
    account: &'a str,
    scopes: Vec<Cow<'static, str>>,
    /// What was allowed before, where it is not all.
    known_scopes: Vec<Cow<'static, str>>,
    resources: Vec<&'a str>,
    host: &'a str,
    is_loopback: bool,
    csrf: &'a str,
    interaction: &'a str,
}

#[derive(Template)]
#[template(path = "consent_answered.html")]
struct Answered<'a> {
    layout: &'a Layout<'a>,
    texts: &'static AnsweredTexts,
    application: Option<&'a AskingClient>,
    page: Option<&'a str>,
}
