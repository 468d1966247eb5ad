//! The page where the user of a device enters its code and decides,
//! [RFC 8628 §3.3](https://www.rfc-editor.org/rfc/rfc8628#section-3.3).

use protocol::{Error, Timestamp, device_authorization::UserCode, params::Params, scope::Scope};

use crate::{
    Env, Failure,
    client::{Client, Clients},
    consent::Consents,
    device_authorization::{Decision, DeviceAuthorizations, hash},
    keys::Keys,
    sealed::{open, seal},
    session::SignedIn,
    sign_in::Acr,
    throttle::{self, Counters},
};

const PURPOSE: &str = "device interaction";

/// A client address is often shared by many people, so it may fail so many times more often than one account.
const ADDRESS_TOLERANCE: u32 = 5;

/// What waits while the user of a device signs in: the code as it was typed, or nothing. It travels signed with the
/// pages, as an [`crate::interaction::Interaction`] does.
#[derive(Debug, Clone)]
pub struct DeviceInteraction {
    /// What was typed, or was in the address.
    pub user_code: String,
    started_at: Timestamp,
}

impl DeviceInteraction {
    /// An interaction that begins now.
    pub fn begin<S>(env: &Env<'_, S>, user_code: &str) -> Self {
        Self { user_code: user_code.to_owned(), started_at: env.now }
    }

    /// The signed text that travels with the pages.
    pub async fn seal<S: Keys>(&self, env: &Env<'_, S>) -> Result<String, Failure> {
        let params = Params::from_iter([("user_code", self.user_code.as_str())]);
        seal(env, PURPOSE, self.started_at, &params).await
    }

    /// Reads the text; `None` for anything that this server did not sign for this within the last hour.
    pub async fn open<S: Keys>(env: &Env<'_, S>, text: &str) -> Result<Option<Self>, Failure> {
        let Some((started_at, params)) = open(env, PURPOSE, text).await? else { return Ok(None) };
        Ok(Some(Self { user_code: params.get("user_code")?.unwrap_or_default().to_owned(), started_at }))
    }
}

/// What the confirmation page asks about.
#[derive(Debug)]
pub struct Question {
    /// The client that asks.
    pub client: Client,
    /// What it asks for.
    pub scope: Scope,
    /// The code, which the user compares with that on the device.
    pub user_code: UserCode,
}

/// What became of a code that was entered.
#[derive(Debug)]
pub enum Outcome {
    /// The code is this user's now: ask this.
    Ask(Box<Question>),
    /// The client asks for two factors: the user must show a further one first.
    StepUp,
    /// There is no such code that is open to this user: mistyped, expired, decided or another user's, always the same
    /// answer.
    Unknown,
    /// Too many codes that were not there: to be tried again after so many seconds.
    Throttled {
        /// Seconds to wait.
        retry_after: i64,
    },
}

/// Claims the code that somebody entered. Only who is signed in may enter any, so that guesses have an account.
///
/// A code belongs to whoever enters it first, and nobody else can decide about it: the page that asks may be open for a
/// while, and the device must not end up with another account than the one that its user saw there.
pub async fn claim<S: Clients + DeviceAuthorizations + Keys>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    signed_in: &SignedIn,
    typed: &str,
    client_address: &str,
) -> Result<Outcome, Failure> {
    let Some(user_code) = UserCode::parse(typed) else { return Ok(Outcome::Unknown) };
    let throttled = env.settings.login_throttle()?;
    let account = throttle::bucket("user_code", &signed_in.user.id.to_string());
    let address = throttle::bucket("user_code", client_address);
    if throttled {
        // Counted before the code is looked up: guesses sent all at once would otherwise pass together.
        for (bucket, tolerance) in [(&account, 1), (&address, ADDRESS_TOLERANCE)] {
            if let Some(retry_after) = throttle::count_attempt(counters, bucket, tolerance, env.now).await? {
                return Ok(Outcome::Throttled { retry_after });
            }
        }
    }
    let hash = hash(env, &user_code).await?;
    let Some(claim) = env.store.claim_user_code(&hash, signed_in.user.id, env.now).await? else {
        return Ok(Outcome::Unknown);
    };
    if throttled {
        // Only this attempt: whoever guesses could otherwise clear the count with codes of their own devices.
        throttle::take_attempt_back(counters, &account, env.now).await?;
        throttle::take_attempt_back(counters, &address, env.now).await?;
    }
    let Some(client) = env.store.client(&claim.client_id).await? else { return Ok(Outcome::Unknown) };
    if is_too_weak(&client, signed_in) {
        return Ok(Outcome::StepUp);
    }
    Ok(Outcome::Ask(Box::new(Question { client, scope: claim.scope, user_code })))
}

/// Carries out what the user decided. What they allow is remembered as consent, though the next device asks again:
/// whoever can make somebody enter a code must not get through without a question.
pub async fn decide<S: DeviceAuthorizations + Consents + Keys>(
    env: &Env<'_, S>,
    signed_in: &SignedIn,
    user_code: &str,
    decision: Decision,
) -> Result<(), Failure> {
    const REFUSED: Error =
        Error::invalid_request("The code has expired or is decided already. Start again on your device.");
    let user_code = UserCode::parse(user_code).ok_or(REFUSED)?;
    let hash = hash(env, &user_code).await?;
    let claim = env.store.decide_user_code(&hash, signed_in, decision, env.now).await?.ok_or(REFUSED)?;
    if decision == Decision::Approve {
        env.store.remember_consent(signed_in.user.id, &claim.client_id, &claim.scope, env.now).await?;
    }
    Ok(())
}

/// Whether the client asks for more than this user has shown.
fn is_too_weak(client: &Client, signed_in: &SignedIn) -> bool {
    client.metadata.require_multi_factor && Acr::parse(&signed_in.session.acr) < Some(Acr::MultiFactor)
}
