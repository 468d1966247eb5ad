//! The pages of a user's own account: what is signed in and connected, the profile, and the end of the account.

pub mod deletion;
pub mod overview;
pub mod profile;

use domain::{
    Env,
    account::AccountPage,
    keys::Keys,
    session::{self, Sessions, SignedIn},
};

use crate::{Audience, Cors, Endpoint, Request, Result, authorize::session_cookie, response::redirect};

/// The fixed properties of each of these endpoints.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// Whose account it is.
pub async fn signed_in<S: Sessions + Keys>(env: &Env<'_, S>, request: &Request) -> Result<Option<SignedIn>> {
    Ok(session::current(env, session_cookie(env, request)?).await?)
}

/// Sends the user to sign in, first or anew, and back to the page.
pub async fn login<S: Keys>(env: &Env<'_, S>, page: AccountPage) -> Result {
    redirect(&format!("{}/login?interaction={}", env.settings.issuer()?.path(), page.seal(env).await?))
}

fn go_to<S>(env: &Env<'_, S>, page: AccountPage) -> Result {
    redirect(&format!("{}{}", env.settings.issuer()?.path(), page.path()))
}

/// A form of this page and this session: it passes for no other.
pub(crate) fn form_name(page: AccountPage, signed_in: &SignedIn) -> String {
    format!("{} {}", page.path(), signed_in.session.id)
}
