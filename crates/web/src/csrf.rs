//! Cross-site request forgery: each form carries a token bound to the browser, to the form and to who is signed in.

use domain::{Env, keys::Keys};
use http::Method;
use protocol::{
    issuer::Issuer,
    secret::{base64url, from_base64url},
};

use crate::{Field, Request, Response, Result, cookies::Cookie};

const PURPOSE: &str = "csrf";
/// A browser keeps its half for a year; it is no secret of the user's and outlives sign-ins.
const MAX_AGE: i64 = 365 * 86_400;

/// The browser's half and the form's half of the token.
pub(crate) struct Csrf {
    cookie: String,
    is_new: bool,
    /// The value of the hidden field.
    pub(crate) field: String,
}

impl Csrf {
    /// The token for a form. `form` names it, and the session where the form is one of somebody signed in, so that a
    /// form does not pass for another one or for another user's.
    pub(crate) async fn issue<S: Keys>(env: &Env<'_, S>, request: &Request, form: &str) -> Result<Self> {
        let issuer = env.settings.issuer()?;
        let known = request
            .cookie(Cookie::Csrf.name(issuer))
            .filter(|value| from_base64url(value).is_some_and(|bytes| bytes.len() == 16));
        // A form that another site posts comes without our cookie. A new one would outdate the forms that are open.
        let is_new = known.is_none() && (request.method != Method::POST || is_from_here(request, issuer));
        let cookie = known.map_or_else(|| base64url(&env.random_bytes::<16>()), str::to_owned);
        let field = base64url(&env.key_ring().await?.mac(PURPOSE).tag(&[cookie.as_bytes(), form.as_bytes()]));
        Ok(Self { cookie, is_new, field })
    }

    /// Gives the browser its half, where it has none.
    pub(crate) fn remember<S>(&self, env: &Env<'_, S>, response: &mut Response) -> Result<()> {
        if self.is_new {
            Cookie::Csrf.set(response, env.settings.issuer()?, &self.cookie, MAX_AGE);
        }
        Ok(())
    }
}

/// Whether a posted form is one of ours, from this browser.
pub(crate) async fn is_genuine<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    form: &str,
    field: Option<&str>,
) -> Result<bool> {
    let issuer = env.settings.issuer()?;
    let (Some(cookie), Some(field)) = (request.cookie(Cookie::Csrf.name(issuer)), field.and_then(from_base64url))
    else {
        return Ok(false);
    };
    Ok(is_from_here(request, issuer)
        && env.key_ring().await?.mac(PURPOSE).verifies(&[cookie.as_bytes(), form.as_bytes()], &field))
}

/// Whether the browser says that a request comes from a page of this server. Silence is a no.
pub(crate) fn is_surely_from_here(request: &Request, issuer: &Issuer) -> bool {
    [Field::SecFetchSite, Field::Origin].into_iter().any(|field| request.fields.contains(field))
        && is_from_here(request, issuer)
}

/// What browsers say about where a form comes from, where they say it.
fn is_from_here(request: &Request, issuer: &Issuer) -> bool {
    match (request.fields.get(Field::SecFetchSite), request.fields.get(Field::Origin)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == issuer.origin(),
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests;
