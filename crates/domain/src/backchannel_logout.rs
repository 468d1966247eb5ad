//! Back-channel logout: clients are told that a session has ended
//! ([OIDC Back-Channel Logout](https://openid.net/specs/openid-connect-backchannel-1_0.html)).
//!
//! The statement that ends a session also leaves a notice for each client that wants to hear of it. Here the notices are
//! delivered: what has to be told at sign-out at once, and what could not be told then by those who come later.

use futures_util::future::join_all;
use jwt_simple::prelude::{Audiences, JWTClaims, UnixTimeStamp};
use protocol::{
    Timestamp,
    logout_token::{LoggedOut, LogoutTokenClaims, TYP},
    params::Params,
    time::Seconds,
};

use crate::{
    Env, Failure, Id, StorageError,
    client::{Client, Clients},
    keys::Keys,
    outbound::Outbound,
    session::Sessions,
    subject::subject_of,
};

/// After so many attempts a client is not told any more: about a day after the first.
pub const MAX_ATTEMPTS: u32 = 6;
/// > a short expiration time is RECOMMENDED, preferably at most two minutes in the future (§2.4)
const LIFETIME: Seconds = Seconds(120);
/// How many clients are told at once, each by a signature and a request.
const AT_ONCE: u32 = 20;
/// How many clients whom others have failed to tell a sign-out tries again.
const AGAIN: u32 = 4;
/// How many sessions whose time is over an administrator's call ends.
const EXPIRED_AT_ONCE: u32 = 100;

/// That a client is to be told of the end of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The session.
    pub session: Id,
    /// The client.
    pub client_id: String,
    /// The user, who may be deleted by now.
    pub user: Id,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// Which notices are wanted, of those that are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Those of this session.
    Of(Id),
    /// Those that became due last: what has just ended comes first.
    Latest,
    /// Those that have been due for the longest time.
    Longest,
}

/// Storage of notices. They are added by what ends a session.
pub trait LogoutNotices {
    /// Takes so many notices that are due: of any number of requests at once, one gets each. Each is due again a minute
    /// later, and four times as long after each further attempt, unless it is settled.
    async fn claim_logout_notices(&self, due: Due, limit: u32, now: Timestamp) -> Result<Vec<Notice>, StorageError>;

    /// Removes a notice: its client has been told, or will not be.
    async fn settle_logout_notice(&self, notice: &Notice) -> Result<(), StorageError>;
}

/// What has become of notices.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// How many clients were told.
    pub told: usize,
    /// How many could not be told this time.
    pub failed: usize,
}

/// Tells the clients of sessions that have just ended, and some that could not be told of another one before. The sessions
/// have ended whatever comes of it, so a failure is for the log alone.
pub async fn tell_clients<S: LogoutNotices + Clients + Keys>(env: &Env<'_, S>, outbound: &impl Outbound, ended: Due) {
    let told = async {
        let mut notices = env.store.claim_logout_notices(ended, AT_ONCE, env.now).await?;
        notices.extend(env.store.claim_logout_notices(Due::Longest, AGAIN, env.now).await?);
        deliver(env, outbound, notices).await.map(drop)
    };
    if let Err::<(), Failure>(failure) = told.await {
        env.log.warn(&format!("clients were not told of a sign-out: {failure:?}"));
    }
}

/// Tells clients of whatever sessions they have not been told of, those whose time is over among them. For an operator to
/// call from time to time.
pub async fn deliver_due<S: LogoutNotices + Sessions + Clients + Keys>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
) -> Result<Delivered, Failure> {
    env.store.end_expired_sessions(EXPIRED_AT_ONCE, env.now).await?;
    let notices = env.store.claim_logout_notices(Due::Longest, AT_ONCE, env.now).await?;
    deliver(env, outbound, notices).await
}

/// Delivers notices, all at the same time.
async fn deliver<S: LogoutNotices + Clients + Keys>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
    notices: Vec<Notice>,
) -> Result<Delivered, Failure> {
    let outcomes = join_all(notices.iter().map(|notice| tell(env, outbound, notice))).await;
    let mut delivered = Delivered::default();
    for outcome in outcomes {
        match outcome? {
            true => delivered.told += 1,
            false => delivered.failed += 1,
        }
    }
    Ok(delivered)
}

/// Tells one client; whether it has heard.
async fn tell<S: LogoutNotices + Clients + Keys>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
    notice: &Notice,
) -> Result<bool, Failure> {
    let Some(client) = env.store.client(&notice.client_id).await? else { return Ok(false) };
    let Some(uri) = &client.metadata.backchannel_logout_uri else {
        env.store.settle_logout_notice(notice).await?;
        return Ok(false);
    };
    let token = logout_token(env, &client, notice).await?;
    // "The POST body uses the application/x-www-form-urlencoded encoding and must include a logout_token parameter" (§2.5)
    let form: Params = [("logout_token", token)].into_iter().collect();
    match outbound.post(uri, &form.encode()).await {
        Ok(()) => {
            env.store.settle_logout_notice(notice).await?;
            Ok(true)
        }
        Err(error) => {
            env.log.warn(&format!("client {} was not told of a sign-out: {}", client.id, error.0));
            // "The OP SHOULD NOT retransmit a Logout Token unless the OP suspects that previous transmissions may have
            // failed due to potentially recoverable errors" (§2.5)
            if error.is_refusal() || notice.attempt >= MAX_ATTEMPTS {
                env.store.settle_logout_notice(notice).await?;
            }
            Ok(false)
        }
    }
}

/// A logout token: which of the client's sessions has ended, and whose it was, by the names that the client knows.
///
/// > A Logout Token MUST be signed […]. it is RECOMMENDED that the same keys be used to sign ID Tokens and Logout Tokens.
/// > (§2.4)
async fn logout_token<S: Keys>(env: &Env<'_, S>, client: &Client, notice: &Notice) -> Result<String, Failure> {
    let unix = |time: Timestamp| Some(UnixTimeStamp::from_secs(time.0.max(0).cast_unsigned()));
    let claims = JWTClaims {
        issuer: Some(env.settings.issuer()?.to_string()),
        subject: Some(subject_of(env, client, notice.user).await?),
        audiences: Some(Audiences::AsString(client.id.clone())),
        issued_at: unix(env.now),
        expires_at: unix(env.now.plus(LIFETIME)),
        invalid_before: None,
        jwt_id: Some(env.new_id().to_string()),
        nonce: None,
        custom: LogoutTokenClaims { sid: notice.session.to_string(), events: LoggedOut },
    };
    let key = env.signing_key(client.metadata.id_token_signed_response_alg).await?;
    key.sign(TYP, claims, env.random)
}
