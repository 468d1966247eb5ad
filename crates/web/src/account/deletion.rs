//! `GET` and `POST /account/delete`: where a user deletes the account.

use askama::Template;
use domain::{Env, account::AccountPage, keys::Keys, session::SignedIn};
use http::{Method, StatusCode};
use protocol::Secret;

use super::form_name;
use crate::{
    Request, Result,
    cookies::Cookie,
    csrf::{self, Csrf},
    page::{self, Layout, page},
    response,
    texts::{
        account::{DELETION, DeletionTexts},
        layout, password,
    },
};

/// What somebody typed.
pub enum Typed {
    /// Nothing: the page was opened.
    Nothing,
    /// A form that is not one of ours.
    Forged,
    /// The password.
    Password(Secret),
}

/// Reads the form.
pub async fn typed<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn) -> Result<Typed> {
    if request.method != Method::POST {
        return Ok(Typed::Nothing);
    }
    let form = request.form()?;
    let form_name = form_name(AccountPage::Deletion, signed_in);
    Ok(match csrf::is_genuine(env, request, &form_name, form.get("csrf")?).await? {
        true => Typed::Password(Secret::new(form.get("current_password")?.unwrap_or_default())),
        false => Typed::Forged,
    })
}

#[derive(Template)]
#[template(path = "delete_account.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static DeletionTexts,
    problem: Option<&'static str>,
    csrf: &'a str,
    email: &'a str,
    current: &'static str,
}

/// The page as it is first shown.
pub async fn start<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn) -> Result {
    show(env, request, signed_in, StatusCode::OK, |_, _| None).await
}

/// The form is not ours.
pub async fn forged<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn) -> Result {
    show(env, request, signed_in, StatusCode::FORBIDDEN, |_, layout| Some(layout.form_is_old)).await
}

/// The password is not right.
pub async fn wrong<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn) -> Result {
    let language = Layout::new(env.settings, request)?.language;
    let words = password::TEXTS.of(language).wrong;
    show(env, request, signed_in, StatusCode::UNAUTHORIZED, |_, _| Some(words)).await
}

/// Too many passwords that were wrong.
pub async fn throttled<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn, retry_after: i64) -> Result {
    let words = |_: &DeletionTexts, layout: &layout::Texts| Some(layout.too_many_attempts);
    let response = show(env, request, signed_in, StatusCode::TOO_MANY_REQUESTS, words).await?;
    Ok(response::retry_after(response, retry_after))
}

/// The last administrator stays.
pub async fn last_administrator<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn) -> Result {
    show(env, request, signed_in, StatusCode::CONFLICT, |texts, _| Some(texts.last_administrator)).await
}

/// The account is gone.
pub fn deleted<S>(env: &Env<'_, S>, request: &Request) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let mut response = page::message(&layout, StatusCode::OK, DELETION.of(layout.language).deleted)?;
    Cookie::Session.set(&mut response, env.settings.issuer()?, "", 0);
    Ok(response)
}

async fn show<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    signed_in: &SignedIn,
    status: StatusCode,
    problem: impl FnOnce(&DeletionTexts, &layout::Texts) -> Option<&'static str>,
) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let texts = DELETION.of(layout.language);
    let csrf = Csrf::issue(env, request, &form_name(AccountPage::Deletion, signed_in)).await?;
    let template = Page {
        layout: &layout,
        texts,
        problem: problem(texts, layout.texts),
        csrf: &csrf.field,
        email: &signed_in.user.email,
        current: password::TEXTS.of(layout.language).current,
    };
    let mut response = page(status, &layout, &template, None)?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}
