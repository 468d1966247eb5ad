//! The authorization endpoint, [RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1).

use protocol::{
    Error, ErrorCode,
    authorization::{AuthorizationRequest, failure},
    params::Params,
    redirect_uri::VerifiedRedirect,
    response_mode::{AuthorizationResponse, ResponseMode},
    scope::Scope,
    secret::SecretHash,
    time::Seconds,
};

use crate::{
    Env, Failure, StorageError,
    acr::{self, Verdict},
    audience,
    authorization_response::{refuse, respond},
    client::Client,
    document::Documents,
    grant::{Code, CodeKind, Grants, NewGrant},
    id_token_hint::SignedHint,
    interaction::Interaction,
    keys::Keys,
    par::{self, PushedRequests},
    request_object,
    session::{SessionKey, SignedIn, read_cookie},
    sign_in::Acr,
    subject::subject_of,
};

/// What an authorization request is judged by, read in one act.
#[derive(Debug)]
pub struct Circumstances {
    /// The client that asks.
    pub client: Client,
    /// Who is signed in with the browser.
    pub signed_in: Option<SignedIn>,
    /// What this user has allowed this client before.
    pub consented: Scope,
    /// The strongest sign-in that the factors of this user make.
    pub strongest: Acr,
    /// The name of the pushed request that is judged, if it was pushed.
    pub pushed: Option<SecretHash>,
    /// The parameters of the request object, if the request arrived in one.
    pub unwrapped: Option<Params>,
}

/// Storage of what the authorization endpoint reads.
pub trait Authorizations: Documents + Grants + Keys + PushedRequests {
    /// The client, who is signed in, and what that user has allowed the client; `None` where there is no such client.
    async fn circumstances(
        &self,
        client_id: &str,
        session: Option<&SessionKey>,
        now: protocol::Timestamp,
    ) -> Result<Option<Circumstances>, StorageError>;
}

/// What the browser is told.
#[derive(Debug)]
pub enum Outcome {
    /// Go back to the client with a code or an error.
    Redirect(AuthorizationResponse),
    /// The user must sign in first; then the interaction goes on.
    Login(Interaction),
    /// The user wants to make an account; then the interaction goes on.
    Signup(Interaction),
    /// The user must show a further factor; then the interaction goes on.
    StepUp(Interaction),
    /// The user must be asked; then the interaction goes on.
    Consent(Interaction),
}

/// A valid request and its circumstances, or the answer that tells the client what is wrong with it.
#[derive(Debug)]
pub enum Checked {
    /// The request is valid.
    Valid(Box<(AuthorizationRequest, Circumstances)>),
    /// The client is told by this answer.
    Refused(AuthorizationResponse),
}

/// Judges a request: answers at once, or sends the user to sign in or to consent.
///
/// `resumed` is the interaction that the request went through, if it did.
pub async fn authorize<S: Authorizations>(
    env: &Env<'_, S>,
    params: Params,
    resumed: Option<Interaction>,
    cookie: Option<&str>,
) -> Result<Outcome, Failure> {
    let (request, circumstances) = match judge(env, &params, resumed.as_ref(), cookie).await? {
        Checked::Valid(valid) => *valid,
        Checked::Refused(redirect) => return Ok(Outcome::Redirect(redirect)),
    };
    if acr::is_unmeetable(&request, Acr::offered(env.settings)?) {
        const DESCRIPTION: &str = "No sign-in here has an acr that the parameter claims insists on.";
        let error = Error::new(ErrorCode::UnmetAuthenticationRequirements, DESCRIPTION);
        return refuse(env, &circumstances.client, &request, error).await.map(Outcome::Redirect);
    }
    // Somebody has just signed in for this request and is not whom it asks for: signing in again would go in circles.
    let is_another = match &circumstances.signed_in {
        Some(user) if is_from_here(resumed.as_ref(), user) => {
            !is_wanted(env, &request, &circumstances.client, user).await?
        }
        _ => false,
    };
    if is_another {
        let error = Error::new(ErrorCode::AccessDenied, "Who signed in is not whom the parameter claims asks for.");
        return refuse(env, &circumstances.client, &request, error).await.map(Outcome::Redirect);
    }
    let begin = || {
        let params = circumstances.unwrapped.as_ref().unwrap_or(&params);
        // The pages read their language from what waits, which a pushed request is not in.
        let localized = |locales: &String| params.without(&["ui_locales"]).with("ui_locales", locales);
        Interaction::begin(env, request.ui_locales.as_ref().map_or_else(|| params.clone(), localized))
    };
    let interaction = || resumed.clone().unwrap_or_else(begin);
    let fresh = match &circumstances.signed_in {
        Some(user) if is_fresh(env, &request, &circumstances.client, resumed.as_ref(), user).await? => Some(user),
        _ => None,
    };
    let Some(signed_in) = fresh else {
        if request.prompt.none {
            let error = Error::new(ErrorCode::LoginRequired, "Nobody is signed in, and prompt is none.");
            return refuse(env, &circumstances.client, &request, error).await.map(Outcome::Redirect);
        }
        return Ok(match request.prompt.create {
            true => Outcome::Signup(interaction()),
            false => Outcome::Login(interaction()),
        });
    };
    if must_step_up(&request, &circumstances, resumed.as_ref(), signed_in) {
        if request.prompt.none {
            const DESCRIPTION: &str = "The user must show a further factor, and prompt is none.";
            let error = Error::new(ErrorCode::LoginRequired, DESCRIPTION);
            return refuse(env, &circumstances.client, &request, error).await.map(Outcome::Redirect);
        }
        return Ok(Outcome::StepUp(interaction()));
    }
    if request.prompt.consent || !request.consent_scope().is_within(&circumstances.consented) {
        if request.prompt.none {
            let error =
                Error::new(ErrorCode::ConsentRequired, "The user has not allowed this yet, and prompt is none.");
            return refuse(env, &circumstances.client, &request, error).await.map(Outcome::Redirect);
        }
        return Ok(Outcome::Consent(interaction()));
    }
    issue_code(env, &request, &circumstances.client, signed_in, circumstances.pushed.as_ref())
        .await
        .map(Outcome::Redirect)
}

/// Checks a request. The client and the redirect URI come first: an error in them is shown to the user and never
/// sent anywhere.
///
/// > If the request fails due to a missing, invalid, or mismatching redirection URI, or if the client identifier is
/// > missing or invalid, the authorization server […] MUST NOT automatically redirect the user-agent to the invalid
/// > redirection URI. (RFC 6749 §4.1.2.1)
pub async fn check<S: Authorizations>(
    env: &Env<'_, S>,
    params: &Params,
    resumed: Option<&Interaction>,
    cookie: Option<&str>,
) -> Result<Checked, Failure> {
    let client_id = params.require("client_id", "The application did not say who it is: client_id is missing.")?;
    let session = match cookie {
        Some(cookie) => read_cookie(env, cookie).await?,
        None => None,
    };
    let mut circumstances = env.store.circumstances(client_id, session.as_ref(), env.now).await?.ok_or(Error::new(
        ErrorCode::InvalidClient,
        "This application is not known here: the client_id is not registered.",
    ))?;
    let client = &circumstances.client;
    let pushed = par::resolve(env, &client.id, params, resumed.is_some()).await?;
    // What was pushed, or goes on, has been opened.
    let opened = match pushed.is_some() || resumed.is_some() {
        true => Ok(None),
        false => request_object::open(env, client, params).await,
    };
    let (unwrapped, fault) = match opened {
        Ok(unwrapped) => (unwrapped, None),
        Err(Failure::Refused(error)) => (None, Some(error)),
        Err(failure) => return Err(failure),
    };
    let params = pushed.as_ref().map(|(_, pushed)| pushed).or(unwrapped.as_ref()).unwrap_or(params);
    let redirect = VerifiedRedirect::verify(params.get("redirect_uri")?, &client.metadata.redirect_uris)
        .ok_or(Error::invalid_request("The redirect_uri is not one that this application registered."))?;
    let outcome = match fault {
        Some(error) => Err(error.into()),
        None => ensure_pushed(env, client, pushed.is_some()).and_then(|()| read(env, params, redirect.clone(), client)),
    };
    match outcome {
        Ok(request) => {
            circumstances.pushed = pushed.map(|(name, _)| name);
            circumstances.unwrapped = unwrapped;
            Ok(Checked::Valid(Box::new((request, circumstances))))
        }
        Err(Failure::Refused(error)) => {
            let state = params.all("state").next();
            // Where the mode itself is at fault, the error goes by the default mode.
            let mode = ResponseMode::of(params, &redirect).unwrap_or_default();
            let answer = failure(&redirect, mode, error, state, env.settings.issuer()?.as_str());
            Ok(Checked::Refused(respond(env, client, answer).await?))
        }
        Err(failure) => Err(failure),
    }
}

/// Refuses a request in the browser's hands where it should have been pushed
/// ([RFC 9126 §5](https://www.rfc-editor.org/rfc/rfc9126#section-5), [§6](https://www.rfc-editor.org/rfc/rfc9126#section-6)).
fn ensure_pushed<S>(env: &Env<'_, S>, client: &Client, is_pushed: bool) -> Result<(), Failure> {
    const MISSING: Error = Error::invalid_request("This request must be pushed to /par first.");
    let is_required = client.metadata.require_pushed_authorization_requests
        || env.settings.require_pushed_authorization_requests()?;
    if is_required && !is_pushed { Err(MISSING.into()) } else { Ok(()) }
}

/// Reads the request of this client to this redirect URI by all the rules of this server.
pub(crate) fn read<S>(
    env: &Env<'_, S>,
    params: &Params,
    redirect: VerifiedRedirect,
    client: &Client,
) -> Result<AuthorizationRequest, Failure> {
    let pkce_methods = env.settings.pkce_methods()?;
    within_reach(env, AuthorizationRequest::parse(params, redirect, &client.metadata, &pkce_methods)?)
}

/// The request with its resources as they may be asked for.
fn within_reach<S>(env: &Env<'_, S>, mut request: AuthorizationRequest) -> Result<AuthorizationRequest, Failure> {
    request.resource = audience::permitted(env.settings, request.resource)?;
    Ok(request)
}

/// Checks a request as [`check`] does, and whom its `id_token_hint` names: anybody else counts as not signed in.
///
/// > The Authorization Server MUST NOT reply with an ID Token or Access Token for a different user, even if they have an
/// > active session with the Authorization Server. Such a request can be made either using an id_token_hint parameter or
/// > by requesting a specific Claim Value (OIDC Core §3.1.2.2)
pub(crate) async fn judge<S: Authorizations>(
    env: &Env<'_, S>,
    params: &Params,
    resumed: Option<&Interaction>,
    cookie: Option<&str>,
) -> Result<Checked, Failure> {
    let (request, mut circumstances) = match check(env, params, resumed, cookie).await? {
        Checked::Valid(valid) => *valid,
        refused @ Checked::Refused(_) => return Ok(refused),
    };
    if let Some(text) = &request.id_token_hint {
        let signed = SignedHint::read(env, text).await?;
        let hint = signed.and_then(|signed| signed.for_client(&circumstances.client));
        let subject = match &circumstances.signed_in {
            Some(user) => subject_of(env, &circumstances.client, user.user.id).await?,
            None => String::new(),
        };
        let is_hinted = hint.as_ref().is_some_and(|hint| hint.is_of_subject(&subject));
        let other = circumstances.signed_in.take_if(|_| !is_hinted);
        let error = match (hint, other) {
            (None, _) => {
                Error::invalid_request("The id_token_hint is not an ID token that this server issued to the client.")
            }
            // Asking once more whoever has just signed in would never end.
            (Some(_), Some(other)) if resumed.is_some_and(|interaction| is_from(interaction, &other)) => {
                Error::new(ErrorCode::LoginRequired, "Somebody else signed in than the id_token_hint names.")
            }
            _ => return Ok(Checked::Valid(Box::new((request, circumstances)))),
        };
        return Ok(Checked::Refused(refuse(env, &circumstances.client, &request, error).await?));
    }
    Ok(Checked::Valid(Box::new((request, circumstances))))
}

/// Starts a grant and makes the answer that takes its code to the client: the one write of an authorization, after the one
/// that spends a pushed request.
pub(crate) async fn issue_code<S: Grants + Keys + PushedRequests>(
    env: &Env<'_, S>,
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: &SignedIn,
    pushed: Option<&SecretHash>,
) -> Result<AuthorizationResponse, Failure> {
    if let Some(name) = pushed {
        par::spend(env, name).await?;
    }
    let (text, code) = Code::generate(env, CodeKind::Authorization);
    let mut signed_in = signed_in.clone();
    signed_in.session.acr = acr::told(request, &signed_in.session);
    let grant = NewGrant {
        id: code.grant,
        client_id: &client.id,
        signed_in: &signed_in,
        scope: &request.scope,
        resource: &request.resource,
        claims: &request.claims.asked,
        redirect: &request.redirect,
        redirect_uri_was_sent: request.redirect_uri_was_sent,
        code_challenge: request.code_challenge.as_ref().map(|challenge| challenge.digest()),
        dpop_jkt: request.dpop_jkt.as_ref(),
        nonce: request.nonce.as_deref(),
        code_hash: code.hash,
        code_expires_at: env.now.plus(code_expires_in(env, client)?),
    };
    env.store.start_grant(&grant, env.now).await?;
    respond(env, client, request.success(text.expose(), env.settings.issuer()?.as_str())).await
}

/// How long a code of this client is good.
fn code_expires_in<S>(env: &Env<'_, S>, client: &Client) -> Result<Seconds, Failure> {
    let set = env.settings.auth_code_expires_in()?;
    // "shall issue authorization codes with a maximum lifetime of 60 seconds" (FAPI 2.0 §5.3.2.1)
    Ok(if client.metadata.is_fapi2() { Seconds(set.0.min(60)) } else { set })
}

/// Whether the user has proved who they are recently enough for this request.
pub(crate) async fn is_fresh<S: Keys>(
    env: &Env<'_, S>,
    request: &AuthorizationRequest,
    client: &Client,
    resumed: Option<&Interaction>,
    user: &SignedIn,
) -> Result<bool, Failure> {
    let auth_time = user.session.auth_time;
    // "If the elapsed time is greater than this value, the OP MUST attempt to actively re-authenticate the End-User."
    // (OIDC Core §3.1.2.1)
    let is_recent = request.max_age.is_none_or(|max_age| env.now.0 - auth_time.0 <= max_age);
    // A sign-in that this interaction led to is fresh, whatever prompt and max_age say.
    let is_fresh = is_from_here(resumed, user) || (!request.prompt.login && !request.prompt.create && is_recent);
    Ok(is_fresh && is_wanted(env, request, client, user).await?)
}

/// Whether this sign-in was for this request.
fn is_from_here(resumed: Option<&Interaction>, user: &SignedIn) -> bool {
    resumed.is_some_and(|interaction| is_from(interaction, user))
}

/// Whether the user must show a further factor before this request is answered. What the client would merely like is asked
/// for once.
pub(crate) fn must_step_up(
    request: &AuthorizationRequest,
    circumstances: &Circumstances,
    resumed: Option<&Interaction>,
    user: &SignedIn,
) -> bool {
    match acr::judge(request, &circumstances.client.metadata, &user.session, circumstances.strongest) {
        Verdict::Enough => false,
        Verdict::MayStepUp => !request.prompt.none && !is_from_here(resumed, user),
        Verdict::StepUp => true,
    }
}

/// Whether this request insists on a passkey.
pub fn needs_passkey(request: &AuthorizationRequest) -> bool {
    acr::needs_passkey(request)
}

/// Whether the parameter `claims` lets this user be answered for
/// ([OIDC Core §5.5.1](https://openid.net/specs/openid-connect-core-1_0.html#IndividualClaimsRequests)).
async fn is_wanted<S: Keys>(
    env: &Env<'_, S>,
    request: &AuthorizationRequest,
    client: &Client,
    user: &SignedIn,
) -> Result<bool, Failure> {
    Ok(request.claims.admits_subject(&subject_of(env, client, user.user.id).await?))
}

/// Whether the user has signed in since the interaction began.
fn is_from(interaction: &Interaction, user: &SignedIn) -> bool {
    user.session.auth_time >= interaction.started_at
}
