//! `GET` and `POST /account/email`: where a user confirms and changes the email address.

use askama::Template;
use domain::{
    Env,
    account::AccountPage,
    email::{Refusal, Typed},
    keys::Keys,
    session::SignedIn,
};
use http::{Method, StatusCode};
use protocol::{Secret, language::Language};

use crate::{
    Request, Result,
    account::form_name,
    csrf::{self, Csrf},
    page::{self, Layout, page},
    response,
    texts::{
        self, Around,
        email::{TEXTS, Texts},
        layout,
    },
};

/// What the user wants.
pub enum Step {
    /// To see the page; the form is not ours where `is_forged`.
    Show {
        /// Whether a form was posted.
        is_forged: bool,
    },
    /// A link to confirm the address that they have.
    Confirm,
    /// Another address.
    Change(Typed),
}

/// Reads what the user wants.
pub async fn step<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn) -> Result<Step> {
    if request.method != Method::POST {
        return Ok(Step::Show { is_forged: false });
    }
    let form = request.form()?;
    if !csrf::is_genuine(env, request, &form_name(AccountPage::Email, signed_in), form.get("csrf")?).await? {
        return Ok(Step::Show { is_forged: true });
    }
    if form.get("action")? == Some("confirm") {
        return Ok(if env.settings.can_mail()? { Step::Confirm } else { Step::Show { is_forged: false } });
    }
    Ok(Step::Change(Typed {
        email: form.get("email")?.unwrap_or_default().to_owned(),
        password: Secret::new(form.get("password")?.unwrap_or_default()),
        client_address: request.client_address().to_owned(),
    }))
}

/// The language of the answer.
pub fn language<S>(env: &Env<'_, S>, request: &Request) -> Result<Language> {
    texts::language(env.settings, request)
}

/// The page as it is first shown.
pub async fn start<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn, is_forged: bool) -> Result {
    let status = if is_forged { StatusCode::FORBIDDEN } else { StatusCode::OK };
    show(env, request, signed_in, "", status, |_, layout| is_forged.then_some(layout.form_is_old)).await
}

/// The address is not changed.
pub async fn refused<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    signed_in: &SignedIn,
    typed: &str,
    refusal: Refusal,
) -> Result {
    let words = |texts: &Texts, layout: &layout::Texts| match refusal {
        Refusal::Wrong => Some(texts.wrong),
        Refusal::Email => Some(texts.no_address),
        Refusal::Throttled { .. } => Some(layout.too_many_attempts),
    };
    let status = match refusal {
        Refusal::Wrong => StatusCode::UNAUTHORIZED,
        Refusal::Email => StatusCode::BAD_REQUEST,
        Refusal::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
    };
    let response = show(env, request, signed_in, typed, status, words).await?;
    Ok(match refusal {
        Refusal::Throttled { retry_after } => response::retry_after(response, retry_after),
        Refusal::Wrong | Refusal::Email => response,
    })
}

/// The address is another's.
pub async fn taken<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn, typed: &str) -> Result {
    show(env, request, signed_in, typed, StatusCode::BAD_REQUEST, |texts, _| Some(texts.taken)).await
}

/// A link is on its way, or would be.
pub fn sent<S>(env: &Env<'_, S>, request: &Request) -> Result {
    let layout = Layout::new(env.settings, request)?;
    page::message(&layout, StatusCode::OK, TEXTS.of(layout.language).sent)
}

/// The address is another one now.
pub fn changed<S>(env: &Env<'_, S>, request: &Request) -> Result {
    let layout = Layout::new(env.settings, request)?;
    page::message(&layout, StatusCode::OK, TEXTS.of(layout.language).changed)
}

#[derive(Template)]
#[template(path = "email.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    state: Around,
    can_confirm: bool,
    problem: Option<&'static str>,
    csrf: &'a str,
    email: &'a str,
    typed: &'a str,
}

async fn show<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    signed_in: &SignedIn,
    typed: &str,
    status: StatusCode,
    problem: impl FnOnce(&Texts, &layout::Texts) -> Option<&'static str>,
) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let texts = TEXTS.of(layout.language);
    let csrf = Csrf::issue(env, request, &form_name(AccountPage::Email, signed_in)).await?;
    let is_confirmed = signed_in.user.email_verified;
    let template = Page {
        layout: &layout,
        texts,
        state: if is_confirmed { texts.confirmed } else { texts.unconfirmed },
        can_confirm: !is_confirmed && env.settings.can_mail()?,
        problem: problem(texts, layout.texts),
        csrf: &csrf.field,
        email: &signed_in.user.email,
        typed,
    };
    let mut response = page(status, &layout, &template, None)?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}
