//! Sign-out: the session of this browser ends, be it that the user wants it or that a client asks for it
//! ([OIDC RP-Initiated Logout](https://openid.net/specs/openid-connect-rpinitiated-1_0.html)).

use protocol::{Error, logout::LogoutRequest, params::Params, redirect_uri::VerifiedRedirect};

use crate::{
    Env, Failure, Id,
    client::{Client, Clients},
    id_token_hint::{IdTokenHint, SignedHint},
    keys::Keys,
    sealed::{open, seal},
    session::{self, Sessions, SignedIn, read_cookie},
    subject::subject_of,
};

const PURPOSE: &str = "logout request";

/// What has to happen before the session ends.
#[derive(Debug)]
pub enum Step {
    /// The user must be asked.
    Ask(Box<Question>),
    /// Nothing.
    End(Ending),
}

/// What the page asks about.
#[derive(Debug)]
pub struct Question {
    /// Who would be signed out.
    pub signed_in: SignedIn,
    /// The client that asks, as far as it can be told.
    pub client: Option<Client>,
    ending: Ending,
}

/// A sign-out about which nobody must be asked any more.
#[derive(Debug)]
pub struct Ending {
    to: Option<Destination>,
}

/// Where the browser goes afterwards.
#[derive(Debug)]
struct Destination {
    redirect: VerifiedRedirect,
    state: Option<String>,
}

/// The client that a request names, and the hint that proves it.
struct Named {
    client: Client,
    hint: Option<IdTokenHint>,
}

impl Question {
    /// The user said yes.
    pub fn confirmed(self) -> Ending {
        self.ending
    }

    /// Where the browser goes after a yes.
    pub fn destination(&self) -> Option<&VerifiedRedirect> {
        self.ending.to.as_ref().map(|to| &to.redirect)
    }
}

/// Judges a request to sign out.
pub async fn judge<S: Sessions + Clients + Keys>(
    env: &Env<'_, S>,
    params: &Params,
    cookie: Option<&str>,
) -> Result<Step, Failure> {
    let request = LogoutRequest::parse(params)?;
    let named = named(env, &request).await?;
    let hint = named.as_ref().and_then(|named| named.hint.as_ref());
    let to = named.as_ref().and_then(|named| destination(&request, &named.client));
    // "the OP MUST ask the End-User this question if an id_token_hint was not provided or if the supplied ID Token does
    // not belong to the current OP session with the RP and/or currently logged in End-User." (§2) Otherwise any site
    // could sign its visitors out, with the ID token of an account of its own.
    match session::current(env, cookie).await? {
        Some(signed_in) if !is_of(env, named.as_ref(), &signed_in).await? => {
            let client = named.map(|named| named.client);
            Ok(Step::Ask(Box::new(Question { signed_in, client, ending: Ending { to } })))
        }
        // Here a client_id proves nothing, and there is nobody to confirm it.
        _ => Ok(Step::End(Ending { to: to.filter(|_| hint.is_some()) })),
    }
}

/// Whether the hint was issued in this session, or to its user.
async fn is_of<S: Keys>(env: &Env<'_, S>, named: Option<&Named>, signed_in: &SignedIn) -> Result<bool, Failure> {
    let Some(Named { client, hint: Some(hint) }) = named else { return Ok(false) };
    Ok(hint.is_of_session(signed_in) || hint.is_of_subject(&subject_of(env, client, signed_in.user.id).await?))
}

/// What has come of a sign-out.
#[derive(Debug)]
pub struct SignedOut {
    /// Which session has ended, if there was one.
    pub session: Option<Id>,
    /// Where the browser goes, if anywhere.
    pub location: Option<String>,
}

/// Ends the session of this cookie and says where the browser goes. The row goes, so a copy of the cookie is worth nothing
/// either.
pub async fn logout<S: Sessions + Keys>(
    env: &Env<'_, S>,
    ending: Ending,
    cookie: Option<&str>,
) -> Result<SignedOut, Failure> {
    let mut session = None;
    if let Some(cookie) = cookie
        && let Some(key) = read_cookie(env, cookie).await?
    {
        session = env.store.end_session(&key, env.now).await?.then_some(key.id);
    }
    let location = ending.to.map(|to| {
        let state = to.state.as_deref().map(|state| ("state", state));
        state.map_or_else(|| to.redirect.as_str().to_owned(), |state| to.redirect.with_query(&[state]))
    });
    Ok(SignedOut { session, location })
}

/// The client that a request names; `None` where it names none, or where what it says does not hold together.
///
/// > If any of the validation procedures defined in this specification fail, any operations requiring the information
/// > that failed to correctly validate MUST be aborted and the information that failed to validate MUST NOT be used. (§4)
async fn named<S: Clients + Keys>(env: &Env<'_, S>, request: &LogoutRequest) -> Result<Option<Named>, Failure> {
    let client_id = request.client_id.as_deref();
    let Some(text) = &request.id_token_hint else {
        let Some(client_id) = client_id else { return Ok(None) };
        return Ok(env.store.client(client_id).await?.map(|client| Named { client, hint: None }));
    };
    let Some(signed) = SignedHint::read(env, text).await? else { return Ok(None) };
    // "When both client_id and id_token_hint are present, the OP MUST verify that the Client Identifier matches the one
    // used when issuing the ID Token." (§2)
    if client_id.is_some_and(|client_id| client_id != signed.client_id()) {
        return Ok(None);
    }
    let Some(client) = env.store.client(signed.client_id()).await? else { return Ok(None) };
    Ok(signed.for_client(&client).map(|hint| Named { hint: Some(hint), client }))
}

/// > the OP MUST NOT perform post-logout redirection if the post_logout_redirect_uri value supplied does not exactly
/// > match one of the previously registered post_logout_redirect_uris values. (§3)
fn destination(request: &LogoutRequest, client: &Client) -> Option<Destination> {
    let requested = request.post_logout_redirect_uri.as_deref()?;
    let redirect = VerifiedRedirect::verify_exactly(requested, &client.metadata.post_logout_redirect_uris)?;
    Some(Destination { redirect, state: request.state.clone() })
}

/// The signed text of a request that travels with the page that asks.
pub async fn seal_request<S: Keys>(env: &Env<'_, S>, params: &Params) -> Result<String, Failure> {
    seal(env, PURPOSE, env.now, params).await
}

/// Reads the text; anything that this server did not sign within the last hour is refused.
pub async fn open_request<S: Keys>(env: &Env<'_, S>, text: &str) -> Result<Params, Failure> {
    const REFUSED: Error = Error::invalid_request("This page has expired. Sign out again to go on.");
    let (_, params) = open(env, PURPOSE, text).await?.ok_or(REFUSED)?;
    Ok(params)
}
