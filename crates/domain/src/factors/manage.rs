//! The page where a user adds and removes factors.

use protocol::{Error, Secret, params::Params, time::Seconds};

use super::{Enrolled, Factors, Kind, Passkey, Passkeys, RecoveryCodes, TotpSecret, passkeys::name};
use crate::{
    By, Env, Failure, Id,
    keys::Keys,
    sealed,
    session::{self, SessionKey, Sessions, SignedIn},
    sign_in::{Acr, Method, Shown},
};

const PURPOSE: &str = "totp enrolment";
/// Who changes factors has signed in so many seconds ago at most.
const RECENT: Seconds = Seconds(900);

/// What the page shows.
#[derive(Debug)]
pub struct Overview {
    /// The factors that there are.
    pub enrolled: Enrolled,
    /// Whether this session may change them: it is recent, and as strong as the factors ask for.
    pub may_change: bool,
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
}

/// An authenticator app that is being added. It counts once a code has shown that the app has the secret; until then
/// nothing is stored, and this travels with the page.
pub struct Enrolment {
    /// The secret for the app.
    pub secret: TotpSecret,
    /// The signed text for the form.
    pub field: String,
}

/// What a change led to.
#[derive(Debug)]
pub enum Change {
    /// It is done.
    Done,
    /// It is done: the session has a new cookie where it has become stronger, and there are recovery codes to show where
    /// there were none.
    Enrolled {
        /// The value of the session cookie.
        cookie: Option<Secret>,
        /// The new recovery codes.
        recovery_codes: Option<RecoveryCodes>,
    },
    /// The code was wrong.
    WrongCode,
}

/// What the page shows to who is signed in.
pub async fn overview<S: Factors + Passkeys>(env: &Env<'_, S>, signed_in: &SignedIn) -> Result<Overview, Failure> {
    let enrolled = env.store.enrolled(signed_in.user.id).await?;
    let passkeys = match enrolled.passkeys {
        0 => Vec::new(),
        _ => env.store.passkeys(signed_in.user.id).await?,
    };
    Ok(Overview { enrolled, may_change: is_recent_and_strong(env, signed_in, &enrolled), passkeys })
}

/// Whether this session may change how its user signs in, or delete the account.
pub async fn may_change<S: Factors>(env: &Env<'_, S>, signed_in: &SignedIn) -> Result<bool, Failure> {
    Ok(is_recent_and_strong(env, signed_in, &env.store.enrolled(signed_in.user.id).await?))
}

fn is_recent_and_strong<S>(env: &Env<'_, S>, signed_in: &SignedIn, enrolled: &Enrolled) -> bool {
    let is_recent = env.now.0 - signed_in.session.auth_time.0 <= RECENT.0;
    // A session from before the first factor must not undo it.
    let is_strong = !enrolled.has_second_factor() || Acr::parse(&signed_in.session.acr) > Some(Acr::Password);
    is_recent && is_strong
}

impl Enrolment {
    /// Begins with a new secret.
    pub async fn begin<S: Keys>(env: &Env<'_, S>, user: Id) -> Result<Self, Failure> {
        Self::of(env, user, TotpSecret::generate(env)).await
    }

    async fn of<S: Keys>(env: &Env<'_, S>, user: Id, secret: TotpSecret) -> Result<Self, Failure> {
        let params = Params::from_iter([("user", user.to_string()), ("secret", secret.to_field())]);
        Ok(Self { field: sealed::seal(env, PURPOSE, env.now, &params).await?, secret })
    }

    /// Goes on with what a form carries.
    pub async fn open<S: Keys>(env: &Env<'_, S>, user: Id, field: &str) -> Result<Self, Failure> {
        const REFUSED: Error = Error::invalid_request("This page has expired. Open it again.");
        let (_, params) = sealed::open(env, PURPOSE, field).await?.ok_or(REFUSED)?;
        let is_theirs = params.get("user")?.and_then(Id::parse) == Some(user);
        let secret = params.get("secret")?.and_then(TotpSecret::of_field).filter(|_| is_theirs).ok_or(REFUSED)?;
        Ok(Self { secret, field: field.to_owned() })
    }
}

/// Adds the authenticator app, if this is a code of it. The session counts as one by two factors from here on.
pub async fn confirm_totp<S: Factors + Sessions + Keys>(
    env: &Env<'_, S>,
    signed_in: &SignedIn,
    key: SessionKey,
    enrolment: &Enrolment,
    typed: &str,
    by: &By,
) -> Result<Change, Failure> {
    ensure_may_change(env, signed_in).await?;
    let user = signed_in.user.id;
    let Some(step) = enrolment.secret.matching_step(typed, env.now) else { return Ok(Change::WrongCode) };
    let sealed = enrolment.secret.seal(env, user).await?;
    if !env.store.add_totp(user, &sealed, step, by).await? {
        return Err(Error::invalid_request("You have an authenticator app already. Remove it first.").into());
    }
    enrolled(env, signed_in, &key, Method::OneTimeCode).await
}

/// After a factor was added: makes recovery codes where there are none, and the session stronger.
pub(super) async fn enrolled<S: Factors + Sessions + Keys>(
    env: &Env<'_, S>,
    signed_in: &SignedIn,
    key: &SessionKey,
    method: Method,
) -> Result<Change, Failure> {
    let user = signed_in.user.id;
    let recovery_codes = match env.store.enrolled(user).await?.recovery_codes {
        Some(_) => None,
        None => Some(renew(env, user).await?),
    };
    let shown = Shown::of_amr(&signed_in.session.amr).and(method);
    let cookie = session::strengthen(env, signed_in, key, &shown).await?;
    Ok(Change::Enrolled { cookie, recovery_codes })
}

/// Makes new recovery codes in place of those before.
pub async fn renew_recovery_codes<S: Factors>(
    env: &Env<'_, S>,
    signed_in: &SignedIn,
) -> Result<RecoveryCodes, Failure> {
    if !ensure_may_change(env, signed_in).await?.has_second_factor() {
        return Err(Error::invalid_request("Recovery codes are for who has a second factor.").into());
    }
    renew(env, signed_in.user.id).await
}

async fn renew<S: Factors>(env: &Env<'_, S>, user: Id) -> Result<RecoveryCodes, Failure> {
    let codes = RecoveryCodes::generate(env);
    env.store.set_recovery_codes(user, &codes.hashes(), env.now).await?;
    Ok(codes)
}

/// Removes a factor.
pub async fn remove<S: Factors + Passkeys>(
    env: &Env<'_, S>,
    signed_in: &SignedIn,
    kind: Kind,
    by: &By,
) -> Result<Change, Failure> {
    ensure_may_change(env, signed_in).await?;
    match kind {
        Kind::Totp => env.store.remove_totp(signed_in.user.id, by).await.map(drop)?,
        Kind::Passkey(id) => env.store.remove_passkey(signed_in.user.id, &id, by).await?,
    }
    Ok(Change::Done)
}

/// Gives a passkey another name. One without characters changes nothing.
pub async fn rename_passkey<S: Factors + Passkeys>(
    env: &Env<'_, S>,
    signed_in: &SignedIn,
    id: &[u8],
    typed: &str,
) -> Result<Change, Failure> {
    ensure_may_change(env, signed_in).await?;
    if let Some(name) = name(typed) {
        env.store.rename_passkey(signed_in.user.id, id, &name).await?;
    }
    Ok(Change::Done)
}

pub(super) async fn ensure_may_change<S: Factors>(env: &Env<'_, S>, signed_in: &SignedIn) -> Result<Enrolled, Failure> {
    let enrolled = env.store.enrolled(signed_in.user.id).await?;
    match is_recent_and_strong(env, signed_in, &enrolled) {
        true => Ok(enrolled),
        false => Err(Error::invalid_request("Sign in again before you change how you sign in.").into()),
    }
}
