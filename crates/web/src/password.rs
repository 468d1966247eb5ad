//! `GET` and `POST /account/password`: where a user chooses a new password.

use askama::Template;
use domain::{
    Env,
    account::AccountPage,
    authorize::Authorizations,
    new_password::{Chooser, Typed},
    password::PasswordProblem,
    session::{self, Sessions},
    sign_in::PendingSignIn,
    user::Users,
};
use http::{Method, StatusCode};
use protocol::{Secret, params::Params};

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    authorize::session_cookie,
    cookies::Cookie,
    csrf::{self, Csrf},
    login::Pending,
    page::{self, Layout, page},
    response::{self, redirect},
    texts::{
        layout,
        password::{TEXTS, Task, Texts},
        signup,
    },
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// A request to the page.
pub struct Parsed {
    pending: Pending,
    form: Option<Params>,
}

/// Reads a request to the page.
pub async fn parse<S: Authorizations>(env: &Env<'_, S>, request: &Request) -> Result<Parsed> {
    let is_form = request.method == Method::POST;
    let params = if is_form { request.form()? } else { request.query()? };
    Ok(Parsed { pending: Pending::read(env, request, &params).await?, form: is_form.then_some(params) })
}

impl Parsed {
    /// Who chooses: whoever is signing in, by the form, else whoever is signed in. `None` where nobody is, or the sign-in has
    /// taken too long.
    pub async fn chooser<S: Authorizations + Sessions + Users>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
    ) -> Result<Option<Chooser>> {
        if let Some(text) = self.form.as_ref().map(|form| form.get("sign_in")).transpose()?.flatten() {
            let pending = PendingSignIn::open(env, text).await?;
            return Ok(pending.map(|pending| Chooser::Pending(Box::new(pending))));
        }
        let signed_in = session::current(env, session_cookie(env, request)?).await?;
        Ok(signed_in.map(|signed_in| Chooser::SignedIn(Box::new(signed_in))))
    }

    /// What was typed. `None` where nothing was yet: the page was opened, or the form is not ours.
    pub async fn typed<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        chooser: &Chooser,
    ) -> Result<Option<Typed>> {
        let Some(form) = &self.form else { return Ok(None) };
        if !csrf::is_genuine(env, request, &form_name(chooser), form.get("csrf")?).await? {
            return Ok(None);
        }
        let secret = |name| form.get(name).map(|value| Secret::new(value.unwrap_or_default()));
        let client_address = request.client_address().to_owned();
        Ok(Some(Typed { current: secret("current_password")?, new: secret("new_password")?, client_address }))
    }

    /// Sends the user to sign in, and back here where they were signed in before.
    pub async fn login<S: Authorizations>(&self, env: &Env<'_, S>) -> Result {
        let waiting = self.pending.field(env).await?;
        let interaction = match waiting {
            Some(field) => field,
            None => AccountPage::Password.seal(env).await?,
        };
        redirect(&format!("{}/login?interaction={interaction}", env.settings.issuer()?.path()))
    }

    /// The page as it is first shown.
    pub async fn start<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request, chooser: &Chooser) -> Result {
        match self.form {
            Some(_) => self.again(env, request, chooser, StatusCode::FORBIDDEN, |_, layout| layout.form_is_old).await,
            None => show(env, request, &self.pending, chooser, StatusCode::OK, |_, _| None).await,
        }
    }

    /// Changed: goes on with the sign-in, or says so.
    pub async fn changed<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        chooser: &Chooser,
        cookie: &Secret,
    ) -> Result {
        if let Chooser::Pending(_) = chooser {
            return self.pending.resume(env, cookie).await;
        }
        let layout = Layout::new(env.settings, request)?;
        let mut response = page::message(&layout, StatusCode::OK, TEXTS.of(layout.language).changed)?;
        let max_age = env.settings.session_expires_in()?.0;
        Cookie::Session.set(&mut response, env.settings.issuer()?, cookie.expose(), max_age);
        Ok(response)
    }

    /// The new password cannot be chosen.
    pub async fn problem<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        chooser: &Chooser,
        problem: PasswordProblem,
    ) -> Result {
        self.again(env, request, chooser, StatusCode::BAD_REQUEST, |texts, _| texts.of(problem)).await
    }

    /// The password so far is not right.
    pub async fn wrong<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request, chooser: &Chooser) -> Result {
        self.again(env, request, chooser, StatusCode::UNAUTHORIZED, |texts, _| texts.wrong).await
    }

    /// Too many that were wrong.
    pub async fn throttled<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        chooser: &Chooser,
        retry_after: i64,
    ) -> Result {
        let words = |_: &Texts, layout: &layout::Texts| layout.too_many_attempts;
        let response = self.again(env, request, chooser, StatusCode::TOO_MANY_REQUESTS, words).await?;
        Ok(response::retry_after(response, retry_after))
    }

    async fn again<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        chooser: &Chooser,
        status: StatusCode,
        problem: impl FnOnce(&Texts, &layout::Texts) -> &'static str,
    ) -> Result {
        show(env, request, &self.pending, chooser, status, |texts, layout| Some(problem(texts, layout))).await
    }
}

/// The page that follows a temporary password.
pub(crate) async fn instead_of_temporary<S: Authorizations>(
    env: &Env<'_, S>,
    request: &Request,
    pending: &Pending,
    sign_in: PendingSignIn,
) -> Result {
    show(env, request, pending, &Chooser::Pending(Box::new(sign_in)), StatusCode::OK, |_, _| None).await
}

/// The form is one of this user: it does not pass for another's.
fn form_name(chooser: &Chooser) -> String {
    format!("password {}", chooser.user().id)
}

#[derive(Template)]
#[template(path = "password.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    task: &'static Task,
    hint: &'static str,
    problem: Option<&'static str>,
    csrf: &'a str,
    interaction: Option<&'a str>,
    sign_in: Option<&'a str>,
    email: &'a str,
}

async fn show<S: Authorizations>(
    env: &Env<'_, S>,
    request: &Request,
    pending: &Pending,
    chooser: &Chooser,
    status: StatusCode,
    problem: impl FnOnce(&Texts, &layout::Texts) -> Option<&'static str>,
) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let texts = TEXTS.of(layout.language);
    let csrf = Csrf::issue(env, request, &form_name(chooser)).await?;
    let interaction = pending.field(env).await?;
    let sign_in = match chooser {
        Chooser::Pending(pending) => Some(pending.seal(env).await?),
        Chooser::SignedIn(_) => None,
    };
    let template = Page {
        layout: &layout,
        texts,
        task: if sign_in.is_some() { &texts.replace } else { &texts.change },
        hint: signup::TEXTS.of(layout.language).password_hint,
        problem: problem(texts, layout.texts),
        csrf: &csrf.field,
        interaction: interaction.as_deref(),
        sign_in: sign_in.as_deref(),
        email: &chooser.user().email,
    };
    let mut response = page(status, &layout, &template, pending.form_target.as_deref())?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}
