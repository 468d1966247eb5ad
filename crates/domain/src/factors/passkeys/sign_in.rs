//! Sign-in by a passkey, [§7.2](https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion): alone, or after a password.

use protocol::{secret::from_base64url, webauthn};

use super::{Challenge, Passkey, Passkeys, is_signed, method, relying_party};
use crate::{
    Env, Failure, Id,
    factors::{Claimant, Outcome, second_factor::outcome},
    keys::Keys,
    replay::ReplayMarks,
    session::Sessions,
    sign_in::{Method, PendingSignIn, Shown},
    throttle::{self, ADDRESS_TOLERANCE, Counters},
    user::{AccessLevel, Users},
};

/// What the browser answered, each in base64url.
#[derive(Debug)]
pub struct Presented {
    /// `rawId`
    pub id: String,
    /// `userHandle`; empty where there is none.
    pub user_handle: String,
    /// `clientDataJSON`
    pub client_data: String,
    /// `authenticatorData`
    pub authenticator_data: String,
    /// `signature`
    pub signature: String,
    /// The token of the form.
    pub form: String,
}

/// Signs in whoever has this passkey, or, where it is known who is asked for a further factor, makes that sign-in stronger.
pub async fn sign_in_by_passkey<S: Passkeys + Users + Sessions + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    claimant: Option<Claimant>,
    presented: &Presented,
    client_address: &str,
) -> Result<Outcome, Failure> {
    let (bucket, tolerance) = match &claimant {
        Some(claimant) => (throttle::bucket("second_factor", &claimant.user().id.to_string()), 1),
        None => (throttle::bucket("address", client_address), ADDRESS_TOLERANCE),
    };
    let is_throttled = env.settings.login_throttle()?;
    if is_throttled && let Some(retry_after) = throttle::count_attempt(counters, &bucket, tolerance, env.now).await? {
        return Ok(Outcome::Throttled { retry_after });
    }
    let known = claimant.as_ref().map(|claimant| claimant.user().id);
    let Some((user, method)) = verify(env, known, presented).await? else { return Ok(Outcome::Refused) };
    if is_throttled {
        throttle::take_attempt_back(counters, &bucket, env.now).await?;
    }
    let next = match claimant {
        Some(claimant) => claimant.proceed(env, method).await?,
        None => match env.store.user_by_id(user).await? {
            Some((user, password)) if user.access_level != AccessLevel::Suspended => {
                Some(PendingSignIn::begin(env, user, password, Shown::by(method)).finish(env).await?)
            }
            _ => return Ok(Outcome::Refused),
        },
    };
    Ok(outcome(next))
}

/// Whose passkey it is, and what it shows; `None` where anything is wrong. `known` is who is signing in, if that is known.
async fn verify<S: Passkeys + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    known: Option<Id>,
    presented: &Presented,
) -> Result<Option<(Id, Method)>, Failure> {
    let (Some(relying_party), Some(id)) = (relying_party(env.settings)?, from_base64url(&presented.id)) else {
        return Ok(None);
    };
    let Some(passkey) = env.store.passkey(&id).await?.filter(|passkey| is_theirs(passkey, known, presented)) else {
        return Ok(None);
    };
    let octets =
        [&presented.client_data, &presented.authenticator_data, &presented.signature].map(|t| from_base64url(t));
    let [Some(client_data), Some(data), Some(signature)] = octets else { return Ok(None) };
    let read = webauthn::Assertion::verify(&client_data, &data, &signature, &relying_party);
    let Ok(assertion) = read else { return Ok(None) };
    let Some(challenge) = Challenge::SignIn.open(env, &assertion.challenge, &presented.form).await? else {
        return Ok(None);
    };
    // "If credentialRecord.backupEligible is set, verify that currentBe is set. If credentialRecord.backupEligible is not
    // set, verify that currentBe is not set." (§7.2 step 19)
    let is_same_kind = assertion.state.is_backup_eligible == passkey.state.is_backup_eligible;
    if !is_same_kind || !is_signed(&passkey.key, &assertion.signed) || !challenge.is_first_use(env).await? {
        return Ok(None);
    }
    // "less than or equal to credentialRecord.signCount: This is a signal, but not proof, that the authenticator may be
    // cloned. […] Whether the Relying Party […] fails the authentication ceremony or not, is Relying Party-specific."
    // (§7.2 step 22) It fails here.
    if !env.store.use_passkey(&passkey, assertion.state, env.now).await? {
        env.log.warn(&format!("a passkey of user {} counts backwards: it may have been copied", passkey.user));
        return Ok(None);
    }
    Ok(Some((passkey.user, method(passkey.state))))
}

/// > If the user was identified before the authentication ceremony was initiated […], verify that the identified user account
/// > contains a credential record whose id equals credential.rawId. […] If response.userHandle is present, verify that it
/// > equals the user handle of the user account.
///
/// > If the user was not identified […], verify that response.userHandle is present. Verify that the user account
/// > identified by response.userHandle contains a credential record whose id equals credential.rawId. (§7.2 step 6)
fn is_theirs(passkey: &Passkey, known: Option<Id>, presented: &Presented) -> bool {
    let handle = from_base64url(&presented.user_handle).and_then(|octets| Id::from_bytes(&octets));
    match known {
        Some(user) => passkey.user == user && (presented.user_handle.is_empty() || handle == Some(user)),
        None => handle == Some(passkey.user),
    }
}
