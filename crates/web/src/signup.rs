//! `GET` and `POST /signup`.

use askama::Template;
use domain::{
    Env,
    authorize::Authorizations,
    keys::Keys,
    settings::Signup,
    signup::{Application, Problem},
};
use http::StatusCode;
use protocol::{Secret, params::Params};

use crate::{
    Audience, Cors, Endpoint, Request, Result, authorize,
    csrf::{self, Csrf},
    login::Pending,
    page::{self, AskingClient, Layout, page},
    texts::{
        layout, password,
        signup::{TEXTS, Texts},
    },
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// A posted sign-up form.
pub struct Form {
    /// What it leads back to.
    pub pending: Pending,
    given_name: String,
    family_name: String,
    email: String,
    password: Secret,
    invite_code: Option<Secret>,
    client_address: String,
    is_genuine: bool,
}

/// Reads a posted form.
pub async fn parse<S: Authorizations>(env: &Env<'_, S>, request: &Request) -> Result<Form> {
    let form = request.form()?;
    let pending = Pending::read(env, request, &form).await?;
    read(env, request, &form, pending).await
}

pub(crate) async fn read<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    form: &Params,
    pending: Pending,
) -> Result<Form> {
    let text = |name| form.get(name).map(|value| value.unwrap_or_default().to_owned());
    Ok(Form {
        pending,
        given_name: text("given_name")?,
        family_name: text("family_name")?,
        email: text("email")?,
        password: Secret::new(text("password")?),
        invite_code: form.get("invite_code")?.map(Secret::new),
        client_address: request.client_address().to_owned(),
        is_genuine: csrf::is_genuine(env, request, "signup", form.get("csrf")?).await?,
    })
}

impl Form {
    /// What was typed, or `None` where the form is not ours.
    pub fn application(&self) -> Option<Application> {
        self.is_genuine.then(|| Application {
            given_name: self.given_name.clone(),
            family_name: self.family_name.clone(),
            email: self.email.clone(),
            password: self.password.clone(),
            invite_code: self.invite_code.clone(),
            client_address: self.client_address.clone(),
        })
    }

    /// The form is not ours.
    pub async fn expired<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request) -> Result {
        show(env, request, self, StatusCode::FORBIDDEN, |_, layout| Some(layout.form_is_old)).await
    }

    /// Too many mails were asked for.
    pub(crate) async fn throttled<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request) -> Result {
        let status = StatusCode::TOO_MANY_REQUESTS;
        show(env, request, self, status, |_, layout| Some(layout.too_many_attempts)).await
    }

    /// Something is wrong with what was typed; everything but the password stays in the form.
    pub async fn refused<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request, problem: Problem) -> Result {
        let words: fn(&Texts) -> &'static str = match problem {
            Problem::Password(problem) => {
                let language = Layout::new(env.settings, request)?.language;
                let words = password::TEXTS.of(language).of(problem);
                return show(env, request, self, StatusCode::BAD_REQUEST, |_, _| Some(words)).await;
            }
            Problem::Closed => return closed(env, request),
            Problem::Invite => |texts| texts.wrong_invite,
            Problem::Name => |texts| texts.wrong_name,
            Problem::Email => |texts| texts.wrong_email,
            Problem::Taken => |texts| texts.taken,
        };
        show(env, request, self, StatusCode::BAD_REQUEST, |texts, _| Some(words(texts))).await
    }
}

/// The page as it is first shown.
pub async fn start<S: Authorizations>(env: &Env<'_, S>, request: &Request) -> Result {
    let pending = Pending::read(env, request, &request.query()?).await?;
    if env.settings.signup()? == Signup::Closed {
        // An application that asks for an account to be made (prompt=create) still gets on with one that is there.
        return match pending.interaction() {
            Some(interaction) => authorize::go_on(env, "/login", interaction).await,
            None => closed(env, request),
        };
    }
    let form = Form {
        email: pending.login_hint.clone().unwrap_or_default(),
        pending,
        given_name: String::new(),
        family_name: String::new(),
        password: Secret::new(""),
        invite_code: None,
        client_address: String::new(),
        is_genuine: false,
    };
    show(env, request, &form, StatusCode::OK, |_, _| None).await
}

fn closed<S>(env: &Env<'_, S>, request: &Request) -> Result {
    let layout = Layout::new(env.settings, request)?;
    page::message(&layout, StatusCode::FORBIDDEN, TEXTS.of(layout.language).closed)
}

#[derive(Template)]
#[template(path = "signup.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    application: Option<&'a AskingClient>,
    problem: Option<&'static str>,
    csrf: &'a str,
    interaction: Option<&'a str>,
    given_name: &'a str,
    family_name: &'a str,
    email: &'a str,
    needs_invite: bool,
    /// Where the form goes.
    action: &'static str,
}

async fn show<S: Authorizations>(
    env: &Env<'_, S>,
    request: &Request,
    form: &Form,
    status: StatusCode,
    problem: impl FnOnce(&Texts, &layout::Texts) -> Option<&'static str>,
) -> Result {
    let layout = Layout { image: form.pending.logo_uri(), ..Layout::new(env.settings, request)? };
    let csrf = Csrf::issue(env, request, "signup").await?;
    let interaction = form.pending.field(env).await?;
    let texts = TEXTS.of(layout.language);
    let template = Page {
        layout: &layout,
        texts,
        application: form.pending.application.as_ref(),
        problem: problem(texts, layout.texts),
        csrf: &csrf.field,
        interaction: interaction.as_deref(),
        given_name: &form.given_name,
        family_name: &form.family_name,
        email: &form.email,
        needs_invite: env.settings.signup()? == Signup::Invite,
        action: if env.settings.can_mail()? { "/signup/mail" } else { "/signup" },
    };
    let mut response = page(status, &layout, &template, form.pending.form_target.as_deref())?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}
