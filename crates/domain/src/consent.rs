//! Consent: the user allows a client what it asks for, or not.

use protocol::{
    Error, ErrorCode, Timestamp, authorization::AuthorizationRequest, response_mode::AuthorizationResponse,
    scope::Scope, secret::SecretHash,
};

use crate::{
    Env, Failure, Id, StorageError, acr,
    authorization_response::refuse,
    authorize::{self, Authorizations, Checked, Circumstances, is_fresh, issue_code, must_step_up},
    client::Client,
    interaction::Interaction,
    keys::Keys,
    replay::{ReplayMark, ReplayMarks},
    session::SignedIn,
    sign_in::Acr,
};

/// Storage of consents.
pub trait Consents {
    /// Remembers what a user has allowed a client, beside what was allowed before; nothing where either is
    /// gone in this moment.
    async fn remember_consent(
        &self,
        user: Id,
        client_id: &str,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<(), StorageError>;
}

/// What the consent page asks about.
#[derive(Debug)]
pub struct Question {
    /// The pending request.
    pub request: AuthorizationRequest,
    /// Who asks.
    pub client: Client,
    /// Who is asked.
    pub signed_in: SignedIn,
    /// What they have allowed the client before.
    pub consented: Scope,
    /// The name of the pushed request, if it was pushed.
    pub(crate) pushed: Option<SecretHash>,
}

/// The next step of a consent.
#[derive(Debug)]
pub enum Step {
    /// Ask this.
    Ask(Box<Question>),
    /// The user must show a further factor first.
    StepUp,
    /// Nobody is signed in, or not recently enough for this request: sign in first.
    Login,
    /// Go back to the client.
    Redirect(AuthorizationResponse),
    /// The answer of this client has been given, by the same page: nothing is to be asked or answered any more.
    Answered(Box<Client>),
}

/// That an interaction has been answered.
fn mark_of(interaction: &Interaction) -> ReplayMark {
    ReplayMark::of("consent", "", &interaction.id)
}

/// What the page of this interaction must ask. The request is checked again: the client may have changed meanwhile.
pub async fn question<S: Authorizations + ReplayMarks>(
    env: &Env<'_, S>,
    interaction: &Interaction,
    cookie: Option<&str>,
) -> Result<Step, Failure> {
    // Before the request is checked: a pushed one is gone by now.
    if env.store.is_marked(&mark_of(interaction)).await?
        && let Some(client_id) = interaction.params.get("client_id")?
        && let Some(circumstances) = env.store.circumstances(client_id, None, env.now).await?
    {
        return Ok(Step::Answered(Box::new(circumstances.client)));
    }
    match authorize::judge(env, &interaction.params, Some(interaction), cookie).await? {
        Checked::Refused(redirect) => Ok(Step::Redirect(redirect)),
        Checked::Valid(valid) => {
            let (request, mut circumstances) = *valid;
            // Without this, going to the consent page at once would evade prompt=login, max_age and a second factor.
            let Some(signed_in) = circumstances.signed_in.take() else { return Ok(Step::Login) };
            if !is_fresh(env, &request, &circumstances.client, Some(interaction), &signed_in).await? {
                return Ok(Step::Login);
            }
            let is_unmeetable = acr::is_unmeetable(&request, Acr::offered(env.settings)?);
            if is_unmeetable || must_step_up(&request, &circumstances, Some(interaction), &signed_in) {
                return Ok(Step::StepUp);
            }
            let Circumstances { client, consented, pushed, .. } = circumstances;
            Ok(Step::Ask(Box::new(Question { request, client, signed_in, consented, pushed })))
        }
    }
}

/// The user allowed it: remembers that and makes the answer that takes a code to the client. `None` where the same page has
/// been answered already, as by a double click: there is never a second code.
pub async fn approve<S: Authorizations + Consents + ReplayMarks>(
    env: &Env<'_, S>,
    interaction: &Interaction,
    question: &Question,
) -> Result<Option<AuthorizationResponse>, Failure> {
    let Question { request, client, signed_in, pushed, .. } = question;
    if !is_first_answer(env, interaction).await? {
        return Ok(None);
    }
    env.store.remember_consent(signed_in.user.id, &client.id, &request.consent_scope(), env.now).await?;
    issue_code(env, request, client, signed_in, pushed.as_ref()).await.map(Some)
}

/// The user did not allow it: the answer that tells the client. `None` as for [`approve`].
pub async fn deny<S: Keys + ReplayMarks>(
    env: &Env<'_, S>,
    interaction: &Interaction,
    question: &Question,
) -> Result<Option<AuthorizationResponse>, Failure> {
    if !is_first_answer(env, interaction).await? {
        return Ok(None);
    }
    let error = Error::new(ErrorCode::AccessDenied, "The user did not allow it.");
    refuse(env, &question.client, &question.request, error).await.map(Some)
}

/// Whether the interaction is answered for the first time; it counts as answered with this call.
async fn is_first_answer<S: ReplayMarks>(env: &Env<'_, S>, interaction: &Interaction) -> Result<bool, Failure> {
    Ok(env.store.mark(&mark_of(interaction), interaction.expires_at(), env.now).await?)
}
