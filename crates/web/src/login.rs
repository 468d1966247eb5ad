//! `GET` and `POST /login`.

use askama::Template;
use domain::{
    Env,
    account::AccountPage,
    admin::DashboardPage,
    authorize::{Authorizations, Checked, check, needs_passkey},
    device::DeviceInteraction,
    factors::{FactorsInteraction, Passkeys},
    interaction::Interaction,
    login::Attempt,
    settings::Signup,
    sign_in::PendingSignIn,
};
use http::StatusCode;
use protocol::{Secret, params::Params};

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    cookies::Cookie,
    csrf::{self, Csrf},
    page::{AskingClient, Layout, page},
    passkey::PasskeyForm,
    password,
    response::{self, redirect},
    second_factor,
    texts::{
        language, layout,
        login::{TEXTS, Texts},
        passkey,
    },
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// What waits until somebody has signed in.
enum Waiting {
    /// An authorization request.
    Authorization(Interaction),
    /// The page for the code of a device.
    Device(DeviceInteraction),
    /// The page of factors.
    Factors,
    /// Another page of the account.
    Account(AccountPage),
    /// Something that is only handed on, and read where it goes on.
    Unread(String),
    /// A page of the dashboard.
    Dashboard(DashboardPage),
}

/// What signing in or up leads back to, if there is something.
pub struct Pending {
    waiting: Option<Waiting>,
    /// The application that waits.
    pub(crate) application: Option<AskingClient>,
    /// Where it will be answered, for the content security policy.
    pub(crate) form_target: Option<String>,
    pub(crate) login_hint: Option<String>,
    /// Whether it insists on a passkey.
    pub(crate) needs_passkey: bool,
}

impl Pending {
    /// Reads the interaction that these parameters carry.
    pub(crate) async fn read<S: Authorizations>(env: &Env<'_, S>, request: &Request, params: &Params) -> Result<Self> {
        let mut pending =
            Self { waiting: None, application: None, form_target: None, login_hint: None, needs_passkey: false };
        let Some(text) = params.get("interaction")? else { return Ok(pending) };
        if let Some(interaction) = DeviceInteraction::open(env, text).await? {
            pending.waiting = Some(Waiting::Device(interaction));
            return Ok(pending);
        }
        if FactorsInteraction::is(env, text).await? {
            pending.waiting = Some(Waiting::Factors);
            return Ok(pending);
        }
        if let Some(page) = AccountPage::open(env, text).await? {
            pending.waiting = Some(Waiting::Account(page));
            return Ok(pending);
        }
        if let Some(page) = DashboardPage::open(env, text).await? {
            pending.waiting = Some(Waiting::Dashboard(page));
            return Ok(pending);
        }
        let interaction = Interaction::open(env, text).await?;
        if let Checked::Valid(valid) = check(env, &interaction.params, Some(&interaction), None).await? {
            let (asked, circumstances) = *valid;
            let texts = layout::TEXTS.of(language(env.settings, request)?);
            pending.application = Some(AskingClient::of(&circumstances.client.metadata, texts));
            pending.form_target = Some(asked.redirect.csp_source());
            pending.needs_passkey = needs_passkey(&asked);
            pending.login_hint = asked.login_hint;
        }
        pending.waiting = Some(Waiting::Authorization(interaction));
        Ok(pending)
    }

    /// What waits by this text, which is only handed on.
    pub(crate) fn unread(text: Option<&str>) -> Self {
        let waiting = text.map(|text| Waiting::Unread(text.to_owned()));
        Self { waiting, application: None, form_target: None, login_hint: None, needs_passkey: false }
    }

    /// The logo of the application that waits.
    pub(crate) fn logo_uri(&self) -> Option<&str> {
        self.application.as_ref().and_then(|application| application.logo_uri.as_deref())
    }

    /// The authorization request that waits.
    pub(crate) fn interaction(&self) -> Option<&Interaction> {
        match &self.waiting {
            Some(Waiting::Authorization(interaction)) => Some(interaction),
            Some(
                Waiting::Device(_)
                | Waiting::Factors
                | Waiting::Account(_)
                | Waiting::Dashboard(_)
                | Waiting::Unread(_),
            )
            | None => None,
        }
    }

    /// The signed text for the form.
    pub(crate) async fn field<S: Authorizations>(&self, env: &Env<'_, S>) -> Result<Option<String>> {
        match &self.waiting {
            Some(Waiting::Authorization(interaction)) => Ok(Some(interaction.seal(env).await?)),
            Some(Waiting::Device(interaction)) => Ok(Some(interaction.seal(env).await?)),
            Some(Waiting::Factors) => Ok(Some(FactorsInteraction::seal(env).await?)),
            Some(Waiting::Account(page)) => Ok(Some(page.seal(env).await?)),
            Some(Waiting::Unread(text)) => Ok(Some(text.clone())),
            Some(Waiting::Dashboard(page)) => Ok(Some(page.seal(env).await?)),
            None => Ok(None),
        }
    }

    /// The address of this page of the server, with what is pending.
    pub(crate) async fn address_of<S: Authorizations>(&self, env: &Env<'_, S>, page: &str) -> Result<String> {
        let query = self.field(env).await?.map(|field| format!("?interaction={field}"));
        Ok(format!("{}{page}{}", env.settings.issuer()?.path(), query.unwrap_or_default()))
    }

    /// Where what was pending goes on, or the start page.
    pub(crate) async fn destination<S: Authorizations>(&self, env: &Env<'_, S>) -> Result<String> {
        match &self.waiting {
            Some(Waiting::Authorization(_)) => self.address_of(env, "/authorize").await,
            Some(Waiting::Device(_)) => self.address_of(env, "/device").await,
            Some(Waiting::Factors) => Ok(format!("{}/account/factors", env.settings.issuer()?.path())),
            Some(Waiting::Account(page)) => Ok(format!("{}{}", env.settings.issuer()?.path(), page.path())),
            Some(Waiting::Unread(_)) => self.address_of(env, "/login").await,
            Some(Waiting::Dashboard(page)) => Ok(format!("{}{}", env.settings.issuer()?.path(), page.as_str())),
            None => Ok(format!("{}/", env.settings.issuer()?.path())),
        }
    }

    /// Signed in: sets the cookie and goes on with what was pending, or home.
    pub async fn resume<S: Authorizations>(&self, env: &Env<'_, S>, cookie: &Secret) -> Result {
        let issuer = env.settings.issuer()?;
        let mut response = redirect(&self.destination(env).await?)?;
        Cookie::Session.set(&mut response, issuer, cookie.expose(), env.settings.session_expires_in()?.0);
        Ok(response)
    }
}

/// A posted login form.
pub struct Form {
    /// What it leads back to.
    pub pending: Pending,
    email: String,
    password: Secret,
    is_genuine: bool,
}

/// Reads a posted form.
pub async fn parse<S: Authorizations>(env: &Env<'_, S>, request: &Request) -> Result<Form> {
    let form = request.form()?;
    Ok(Form {
        pending: Pending::read(env, request, &form).await?,
        email: form.get("email")?.unwrap_or_default().to_owned(),
        password: Secret::new(form.get("password")?.unwrap_or_default()),
        is_genuine: csrf::is_genuine(env, request, "login", form.get("csrf")?).await?,
    })
}

impl Form {
    /// The attempt to sign in, or `None` where the form is not ours.
    pub fn attempt(&self, request: &Request) -> Option<Attempt> {
        self.is_genuine.then(|| Attempt {
            email: self.email.clone(),
            password: self.password.clone(),
            client_address: request.client_address().to_owned(),
        })
    }

    /// The form is not ours.
    pub async fn expired<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request) -> Result {
        show(env, request, &self.pending, &self.email, StatusCode::FORBIDDEN, |_, layout| Some(layout.form_is_old))
            .await
    }

    /// The password was right: asks for the second factor.
    pub async fn second_factor<S: Authorizations + Passkeys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        sign_in: PendingSignIn,
    ) -> Result {
        second_factor::after_password(env, request, &self.pending, sign_in).await
    }

    /// The password was right, but is temporary: asks for another one.
    pub async fn new_password<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        sign_in: PendingSignIn,
    ) -> Result {
        password::instead_of_temporary(env, request, &self.pending, sign_in).await
    }

    /// Wrong address or password: the same words, whichever it was.
    pub async fn refused<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request) -> Result {
        let status = StatusCode::UNAUTHORIZED;
        show(env, request, &self.pending, &self.email, status, |texts, _| Some(texts.wrong)).await
    }

    /// A passkey that was not right.
    pub async fn passkey_refused<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request) -> Result {
        let texts = passkey::TEXTS.of(language(env.settings, request)?);
        show(env, request, &self.pending, "", StatusCode::UNAUTHORIZED, |_, _| Some(texts.refused)).await
    }

    /// Whether the form is ours.
    pub fn is_genuine(&self) -> bool {
        self.is_genuine
    }

    /// Too many failures.
    pub async fn throttled<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request, retry_after: i64) -> Result {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let problem = |_: &Texts, layout: &layout::Texts| Some(layout.too_many_attempts);
        let response = show(env, request, &self.pending, &self.email, status, problem).await?;
        Ok(response::retry_after(response, retry_after))
    }
}

/// The page as it is first shown.
pub async fn start<S: Authorizations>(env: &Env<'_, S>, request: &Request) -> Result {
    let pending = Pending::read(env, request, &request.query()?).await?;
    let email = pending.login_hint.clone().unwrap_or_default();
    show(env, request, &pending, &email, StatusCode::OK, |_, _| None).await
}

#[derive(Template)]
#[template(path = "login.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    application: Option<&'a AskingClient>,
    problem: Option<&'static str>,
    csrf: &'a str,
    interaction: Option<&'a str>,
    email: &'a str,
    can_sign_up: bool,
    passkey: Option<PasskeyForm>,
}

async fn show<S: Authorizations>(
    env: &Env<'_, S>,
    request: &Request,
    pending: &Pending,
    email: &str,
    status: StatusCode,
    problem: impl FnOnce(&Texts, &layout::Texts) -> Option<&'static str>,
) -> Result {
    let layout = Layout { image: pending.logo_uri(), ..Layout::new(env.settings, request)? };
    let csrf = Csrf::issue(env, request, "login").await?;
    let passkey = PasskeyForm::for_anybody(env, &layout, &csrf.field).await?;
    let layout = if passkey.is_some() { layout.with_passkeys(env.settings)? } else { layout };
    let interaction = pending.field(env).await?;
    let texts = TEXTS.of(layout.language);
    let template = Page {
        layout: &layout,
        texts,
        application: pending.application.as_ref(),
        problem: problem(texts, layout.texts),
        csrf: &csrf.field,
        interaction: interaction.as_deref(),
        email,
        can_sign_up: env.settings.signup()? != Signup::Closed,
        passkey,
    };
    let mut response = page(status, &layout, &template, pending.form_target.as_deref())?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}
