//! Sessions: a user signed in with one browser.

use jwt_simple::prelude::{HS256Key, JWTClaims, MACLike, UnixTimeStamp};
use protocol::{
    Secret, Timestamp,
    jws::Jws,
    jwt::RegisteredClaims,
    secret::{SecretHash, base64url},
    time::Seconds,
};
use serde::{Deserialize, Serialize};

use crate::{
    Env, Failure, Id, StorageError, account::device_name, jose, keys::Keys, password::PasswordHash, sign_in::Shown,
    user::User,
};

/// A user signed in with one browser.
#[derive(Debug, Clone)]
pub struct Session {
    /// The `sid` claim.
    pub id: Id,
    /// When the user last proved who they are.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: String,
    /// By which methods, separated by spaces.
    pub amr: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Who is signed in with the browser that asks.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Its user, never a suspended one.
    pub user: User,
}

/// What the cookie proves: the session's identifier and the hash of its secret.
#[derive(Debug, Clone, Copy)]
pub struct SessionKey {
    /// The session's identifier.
    pub id: Id,
    /// SHA-256 of the secret in the cookie.
    pub secret_hash: SecretHash,
}

/// Which sessions somebody ends, be it their user or an administrator.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// This one, whoever's it is.
    One(Id),
    /// One of this user, and nothing where it is another's.
    OneOf {
        /// Whose it must be.
        user: Id,
        /// Which.
        session: Id,
    },
    /// All of this user.
    AllOf(Id),
    /// All of this user but the one in which they ask for it.
    OthersOf {
        /// Whose.
        user: Id,
        /// Which goes on.
        but: Id,
    },
}

/// Storage of sessions.
pub trait Sessions {
    /// Adds a session for this user, with a browser of this name, and notes the time of the login, in one act. Where the
    /// user was suspended or deleted or got another password in this moment there is no session: whoever did that was told
    /// that all had ended.
    async fn add_session(
        &self,
        session: &Session,
        user: Id,
        password: &PasswordHash,
        secret_hash: &SecretHash,
        device: &str,
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// The live session of this key and its user; `None` where it has ended or its user is suspended or deleted.
    async fn session(&self, key: &SessionKey, now: Timestamp) -> Result<Option<SignedIn>, StorageError>;

    /// Makes the session of this key stronger, in one act: what it says of the sign-in is that of `session` from here on,
    /// and it has another secret. Whether it was there.
    async fn strengthen_session(
        &self,
        key: &SessionKey,
        session: &Session,
        secret_hash: &SecretHash,
        now: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Ends the session of this key, if it is there; whether it was. In the same act everything ends that was allowed in
    /// it and is not to go on without the user.
    async fn end_session(&self, key: &SessionKey, now: Timestamp) -> Result<bool, StorageError>;

    /// Ends these sessions in the same way; answers which there were.
    async fn end_sessions(&self, which: Which, now: Timestamp) -> Result<Vec<Id>, StorageError>;

    /// Ends so many sessions whose time is over, the oldest first; answers how many there were. Nothing that was allowed in
    /// them ends.
    async fn end_expired_sessions(&self, limit: u32, now: Timestamp) -> Result<usize, StorageError>;
}

#[derive(Serialize, Deserialize)]
struct CookieClaims {
    sid: String,
}

/// Signs a user in who has proved by these methods who they are: starts a new session, whose secret only the returned cookie value has.
///
/// `password` is the hash of the password that the user had when the sign-in began.
///
/// It is always a new one, so that a session planted before the login is worth nothing after it.
pub async fn start<S: Sessions + Keys>(
    env: &Env<'_, S>,
    user: &User,
    password: &PasswordHash,
    shown: &Shown,
) -> Result<Secret, Failure> {
    let session = Session {
        id: env.new_id(),
        auth_time: env.now,
        acr: shown.acr().as_str().to_owned(),
        amr: shown.amr(),
        expires_at: env.now.plus(env.settings.session_expires_in()?),
    };
    let (cookie, secret_hash) = cookie(env, &session, user).await?;
    env.store.add_session(&session, user.id, password, &secret_hash, &device_name(env.user_agent), env.now).await?;
    Ok(cookie)
}

/// Starts a session like this one in its place, where all sessions of its user have ended with the password before this
/// one. It ends when that one would.
pub(crate) async fn replace<S: Sessions + Keys>(
    env: &Env<'_, S>,
    signed_in: &SignedIn,
    password: &PasswordHash,
) -> Result<Secret, Failure> {
    let session = Session { id: env.new_id(), ..signed_in.session.clone() };
    let (cookie, secret_hash) = cookie(env, &session, &signed_in.user).await?;
    let device = device_name(env.user_agent);
    env.store.add_session(&session, signed_in.user.id, password, &secret_hash, &device, env.now).await?;
    Ok(cookie)
}

/// Makes a session stronger, now that its user has proved who they are by these methods together. It stays the session
/// that it was, until its end, but the cookies before are worth nothing: whoever planted one does not get further by it.
/// `None` where it has ended meanwhile.
pub(crate) async fn strengthen<S: Sessions + Keys>(
    env: &Env<'_, S>,
    signed_in: &SignedIn,
    key: &SessionKey,
    shown: &Shown,
) -> Result<Option<Secret>, Failure> {
    let session = Session {
        auth_time: env.now,
        acr: shown.acr().as_str().to_owned(),
        amr: shown.amr(),
        ..signed_in.session.clone()
    };
    let (cookie, secret_hash) = cookie(env, &session, &signed_in.user).await?;
    let is_done = env.store.strengthen_session(key, &session, &secret_hash, env.now).await?;
    Ok(is_done.then_some(cookie))
}

/// A new cookie for a session, and the hash of its secret.
async fn cookie<S: Keys>(env: &Env<'_, S>, session: &Session, user: &User) -> Result<(Secret, SecretHash), Failure> {
    let secret = base64url(&env.random_bytes::<32>());
    let claims = JWTClaims {
        issued_at: Some(unix(env.now)),
        expires_at: Some(unix(session.expires_at)),
        invalid_before: None,
        issuer: None,
        subject: Some(user.id.to_string()),
        audiences: None,
        jwt_id: Some(secret.clone()),
        nonce: None,
        custom: CookieClaims { sid: session.id.to_string() },
    };
    let cookie = HS256Key::from_bytes(&cookie_key(env).await?)
        .authenticate(claims)
        .map_err(|error| Failure::Internal(error.to_string()))?;
    Ok((Secret::new(cookie), Secret::new(secret).hash()))
}

/// Reads a session cookie; `None` for anything that this server did not sign or that has expired.
pub async fn read_cookie<S: Keys>(env: &Env<'_, S>, cookie: &str) -> Result<Option<SessionKey>, Failure> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(flatten)]
        registered: RegisteredClaims,
        #[serde(flatten)]
        cookie: CookieClaims,
    }
    let Some(jws) = Jws::parse(cookie) else { return Ok(None) };
    if !jose::verify_mac(&jws, &cookie_key(env).await?) {
        return Ok(None);
    }
    let claims = jws.claims::<Claims>().filter(|claims| claims.registered.is_current(env.now, Seconds(0)));
    Ok(claims.and_then(|Claims { registered, cookie }| {
        Some(SessionKey { id: Id::parse(&cookie.sid)?, secret_hash: Secret::new(registered.jti?).hash() })
    }))
}

/// Who is signed in, going by the cookie of the request.
pub async fn current<S: Sessions + Keys>(env: &Env<'_, S>, cookie: Option<&str>) -> Result<Option<SignedIn>, Failure> {
    let Some(cookie) = cookie else { return Ok(None) };
    match read_cookie(env, cookie).await? {
        Some(key) => Ok(env.store.session(&key, env.now).await?),
        None => Ok(None),
    }
}

/// Ends sessions from elsewhere than the browser that has them: their user does, from another device, or an
/// administrator. Answers which there were.
pub async fn end<S: Sessions>(env: &Env<'_, S>, which: Which) -> Result<Vec<Id>, Failure> {
    Ok(env.store.end_sessions(which, env.now).await?)
}

async fn cookie_key<S: Keys>(env: &Env<'_, S>) -> Result<[u8; 32], Failure> {
    Ok(env.key_ring().await?.mac("session cookie").octets())
}

fn unix(time: Timestamp) -> UnixTimeStamp {
    UnixTimeStamp::from_secs(time.0.max(0).cast_unsigned())
}
