//! `GET` and `POST /device`.

use std::borrow::Cow;

use askama::Template;
use domain::{
    Env,
    device::{DeviceInteraction, Outcome, Question},
    device_authorization::Decision,
    keys::Keys,
    session::SignedIn,
};
use http::{Method, StatusCode};
use protocol::{Error, params::Params, redirect_uri::host};

use crate::{
    Audience, Cors, Endpoint, Request, Response, Result,
    csrf::{self, Csrf},
    page::{self, Layout, page},
    response::{self, redirect},
    texts::{
        consent::{SCOPES, Scopes},
        device::{TEXTS, Texts},
        layout,
    },
};

/// What a code looks like.
const EXAMPLE: &str = "BCDF-GHJK";

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// A request to the page: a code, if there is one yet, and the posted form, if it is one.
pub struct Parsed {
    interaction: DeviceInteraction,
    form: Option<Params>,
}

/// What a request of somebody who is signed in asks for.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// To see the form for the code.
    Start,
    /// The form was not ours.
    Forged,
    /// This code, as it was typed.
    Claim(&'a str),
    /// Whether the application may.
    Decide(Decision),
}

/// Reads a request to the page. A code in the address is only a code that need not be typed: the user still sends it,
/// and compares it.
pub async fn parse<S: Keys>(env: &Env<'_, S>, request: &Request) -> Result<Parsed> {
    let is_form = request.method == Method::POST;
    let params = if is_form { request.form()? } else { request.query()? };
    let interaction = match params.get("interaction")? {
        Some(text) => DeviceInteraction::open(env, text).await?,
        None => None,
    };
    let typed = params.get("user_code")?.unwrap_or_default();
    let interaction = interaction.unwrap_or_else(|| DeviceInteraction::begin(env, typed));
    Ok(Parsed { interaction, form: is_form.then_some(params) })
}

impl Parsed {
    /// The code as it was typed.
    pub fn user_code(&self) -> &str {
        &self.interaction.user_code
    }

    /// Sends the user to sign in first; what was typed waits.
    pub async fn login<S: Keys>(&self, env: &Env<'_, S>) -> Result {
        let sealed = self.interaction.seal(env).await?;
        redirect(&format!("{}/login?interaction={sealed}", env.settings.issuer()?.path()))
    }

    /// What the request asks for. Forms are bound to the account, so that nobody answers for another one.
    pub async fn step<S: Keys>(&self, env: &Env<'_, S>, request: &Request, signed_in: &SignedIn) -> Result<Step<'_>> {
        let Some(form) = &self.form else { return Ok(Step::Start) };
        if !csrf::is_genuine(env, request, &form_name(signed_in), form.get("csrf")?).await? {
            return Ok(Step::Forged);
        }
        match form.get("decision")? {
            None => Ok(Step::Claim(self.user_code())),
            Some("approve") => Ok(Step::Decide(Decision::Approve)),
            Some("deny") => Ok(Step::Decide(Decision::Deny)),
            Some(_) => Err(Error::invalid_request("The form lacks a decision: approve or deny.").into()),
        }
    }

    /// Shows the form for the code.
    pub async fn start<S: Keys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        signed_in: &SignedIn,
        step: Step<'_>,
    ) -> Result {
        match step {
            Step::Forged => {
                let problem = |_: &Texts, layout: &layout::Texts| Some(layout.form_is_old);
                self.enter(env, request, signed_in, StatusCode::FORBIDDEN, problem).await
            }
            _ => self.enter(env, request, signed_in, StatusCode::OK, |_, _| None).await,
        }
    }

    /// Shows what became of the code: the question, or the form again.
    pub async fn claimed<S: Keys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        signed_in: &SignedIn,
        outcome: Outcome,
    ) -> Result {
        match outcome {
            Outcome::Ask(question) => ask(env, request, signed_in, &question).await,
            Outcome::StepUp => {
                let sealed = self.interaction.seal(env).await?;
                redirect(&format!("{}/login/factor?interaction={sealed}", env.settings.issuer()?.path()))
            }
            Outcome::Unknown => {
                let problem = |texts: &Texts, _: &layout::Texts| Some(texts.unknown_code);
                self.enter(env, request, signed_in, StatusCode::BAD_REQUEST, problem).await
            }
            Outcome::Throttled { retry_after } => {
                let problem = |texts: &Texts, _: &layout::Texts| Some(texts.too_many_codes);
                let status = StatusCode::TOO_MANY_REQUESTS;
                let response = self.enter(env, request, signed_in, status, problem).await?;
                Ok(response::retry_after(response, retry_after))
            }
        }
    }

    async fn enter<S: Keys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        signed_in: &SignedIn,
        status: StatusCode,
        problem: impl FnOnce(&Texts, &layout::Texts) -> Option<&'static str>,
    ) -> Result {
        let layout = Layout::new(env.settings, request)?;
        let csrf = Csrf::issue(env, request, &form_name(signed_in)).await?;
        let account = &signed_in.user.email;
        let texts = TEXTS.of(layout.language);
        let template = EnterPage {
            layout: &layout,
            texts,
            problem: problem(texts, layout.texts),
            account,
            csrf: &csrf.field,
            user_code: self.user_code(),
            example: EXAMPLE,
        };
        remembering(env, &csrf, page(status, &layout, &template, None)?)
    }
}

async fn ask<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn, question: &Question) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let csrf = Csrf::issue(env, request, &form_name(signed_in)).await?;
    let metadata = &question.client.metadata;
    let scope_texts = SCOPES.of(layout.language);
    let template = ConfirmPage {
        layout: &layout,
        texts: TEXTS.of(layout.language),
        scope_texts,
        application: metadata.name(layout.texts.unnamed_application),
        host: metadata.client_uri.as_deref().and_then(host),
        account: &signed_in.user.email,
        scopes: question.scope.iter().map(|scope| scope_texts.in_plain_words(scope)).collect(),
        policy_uri: metadata.policy_uri.as_deref(),
        tos_uri: metadata.tos_uri.as_deref(),
        user_code: &question.user_code.to_string(),
        csrf: &csrf.field,
    };
    remembering(env, &csrf, page(StatusCode::OK, &layout, &template, None)?)
}

fn remembering<S>(env: &Env<'_, S>, csrf: &Csrf, mut response: Response) -> Result {
    csrf.remember(env, &mut response)?;
    Ok(response)
}

/// Says that the decision is on its way to the device.
pub fn decided<S>(env: &Env<'_, S>, request: &Request, decision: Decision) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let texts = TEXTS.of(layout.language);
    let words = match decision {
        Decision::Approve => texts.connected,
        Decision::Deny => texts.denied,
    };
    page::message(&layout, StatusCode::OK, words)
}

fn form_name(signed_in: &SignedIn) -> String {
    format!("device {}", signed_in.user.id)
}

#[derive(Template)]
#[template(path = "device.html")]
struct EnterPage<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    problem: Option<&'static str>,
    account: &'a str,
    csrf: &'a str,
    user_code: &'a str,
    example: &'static str,
}

#[derive(Template)]
#[template(path = "device_confirm.html")]
struct ConfirmPage<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    scope_texts: &'static Scopes,
    application: &'a str,
    host: Option<String>,
    account: &'a str,
    scopes: Vec<Cow<'static, str>>,
    policy_uri: Option<&'a str>,
    tos_uri: Option<&'a str>,
    user_code: &'a str,
    csrf: &'a str,
}
