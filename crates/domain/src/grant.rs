//! Grants: one row is one authorization from consent to its end.

use protocol::{
    Timestamp,
    claims::AskedClaims,
    dpop::Thumbprint,
    redirect_uri::VerifiedRedirect,
    resource::Resources,
    scope::Scope,
    secret::{Secret, SecretHash, base64url, from_base64url},
};

use crate::{Env, Id, StorageError, client::Client, session::SignedIn, user::User};

/// What a code is for: each has its prefix, so that one does not pass for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeKind {
    /// An authorization code.
    Authorization,
    /// A device code.
    Device,
}

impl CodeKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Authorization => "sac_",
            Self::Device => "sdc_",
        }
    }
}

/// An authorization that starts: what the user has allowed a client.
#[derive(Debug)]
pub struct NewGrant<'a> {
    /// Its identifier, part of the code and of every refresh token.
    pub id: Id,
    /// Who may redeem the code.
    pub client_id: &'a str,
    /// Who allowed it, in which session.
    pub signed_in: &'a SignedIn,
    /// What was allowed.
    pub scope: &'a Scope,
    /// The resources that its tokens may be for; empty where none was asked for.
    pub resource: &'a Resources,
    /// The claims beside those of the scope.
    pub claims: &'a AskedClaims,
    /// Where the code was sent.
    pub redirect: &'a VerifiedRedirect,
    /// Whether the token request must name the same redirect URI.
    pub redirect_uri_was_sent: bool,
    /// What the `code_verifier` must hash to ([`protocol::pkce::CodeChallenge::digest`]); `None` without PKCE.
    pub code_challenge: Option<String>,
    /// The key that the code is bound to.
    pub dpop_jkt: Option<&'a Thumbprint>,
    /// Put into the ID token.
    pub nonce: Option<&'a str>,
    /// SHA-256 of the code's secret.
    pub code_hash: SecretHash,
    /// When the code expires.
    pub code_expires_at: Timestamp,
}

/// An authorization code or a device code: the identifier of its grant and a secret of 256 bit, so that it is found by
/// primary key.
#[derive(Debug)]
pub struct Code {
    /// The grant.
    pub grant: Id,
    /// SHA-256 of the secret.
    pub hash: SecretHash,
}

impl Code {
    /// Makes a code; the text is for the client, the hash for storage.
    pub fn generate<S>(env: &Env<'_, S>, kind: CodeKind) -> (Secret, Self) {
        let (grant, secret) = (env.new_id(), env.random_bytes::<32>());
        let text = format!("{}{}", kind.prefix(), base64url(&[&grant.as_bytes()[..], &secret].concat()));
        (Secret::new(text), Self { grant, hash: SecretHash::of(&secret) })
    }

    /// Reads a code that a client presents; `None` for anything that cannot be one of this kind.
    pub fn parse(text: &str, kind: CodeKind) -> Option<Self> {
        let bytes = from_base64url(text.strip_prefix(kind.prefix())?)?;
        let (grant, secret) = bytes.split_first_chunk::<16>().filter(|(_, secret)| secret.len() == 32)?;
        Some(Self { grant: Id::from_bytes(grant)?, hash: SecretHash::of(secret) })
    }
}

/// What redeeming a code must match.
#[derive(Debug)]
pub struct Redemption<'a> {
    /// The grant that the code names.
    pub grant: Id,
    /// SHA-256 of the code's secret.
    pub code_hash: SecretHash,
    /// The client, authenticated.
    pub client_id: &'a str,
    /// The redirect URI of the token request.
    pub redirect_uri: Option<&'a str>,
    /// The resources that the access token is to be for, of those that were granted; empty for all of them.
    pub resource: Resources,
    /// What the verifier hashes to; `None` where the request has none.
    pub code_challenge: Option<String>,
    /// The key that has been proved; a code that is bound to a key needs this one.
    pub key: Option<&'a Thumbprint>,
    /// Whether the refresh token is bound to that key.
    pub binds: bool,
    /// The refresh token that starts with the redemption; `None` where the client gets none.
    pub refresh: Option<RefreshStart>,
    /// When the access token of this redemption expires.
    pub access_expires_at: Timestamp,
    /// Whether the grant is kept until its session has ended, because its client wants to hear of that.
    pub until_session_ends: bool,
}

/// What presenting a code led to.
#[derive(Debug)]
pub enum Redeemed {
    /// The code is redeemed.
    Grant(Box<Grant>),
    /// All matches, but a resource was asked for that was not granted. Nothing has changed.
    WrongTarget,
    /// Something does not match. Nothing has changed.
    Unknown,
}

/// The first generation of a refresh token.
#[derive(Debug, Clone, Copy)]
pub struct RefreshStart {
    /// SHA-256 of the secret that every generation carries.
    pub secret_hash: SecretHash,
    /// When it expires unless it is used.
    pub expires_at: Timestamp,
}

/// A grant as a token request sees it.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Its identifier.
    pub id: Id,
    /// Who allowed it.
    pub user_id: Id,
    /// What was allowed.
    pub scope: Scope,
    /// The resources that its tokens may be for; empty where none was asked for.
    pub resource: Resources,
    /// The nonce of the authorization request.
    pub nonce: Option<String>,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: String,
    /// By which methods, separated by spaces.
    pub amr: String,
    /// The session in which it was allowed.
    pub session_id: Id,
    /// The claims beside those of the scope.
    pub claims: AskedClaims,
}

/// What presenting a refresh token must match.
#[derive(Debug)]
pub struct Presentation<'a> {
    /// The grant that the token names.
    pub grant: Id,
    /// The generation of the token.
    pub generation: u32,
    /// SHA-256 of the token's secret.
    pub secret_hash: SecretHash,
    /// The client, authenticated.
    pub client_id: &'a str,
    /// The key that has been proved; a refresh token that is bound to a key needs this one.
    pub key: Option<&'a Thumbprint>,
    /// Whether the refresh token is bound to that key, if it is bound to none yet.
    pub binds: bool,
    /// Whether another generation follows this one; otherwise the token stays what it is.
    pub rotates: bool,
    /// How long the previous generation gets the same successor again, in seconds.
    pub reuse_interval: i64,
    /// When the next generation expires unless it is used.
    pub expires_at: Timestamp,
    /// When the access token of this refresh expires.
    pub access_expires_at: Timestamp,
}

/// What became of a presented refresh token.
#[derive(Debug)]
pub enum Rotation {
    /// The client goes on with this generation.
    Rotated {
        /// The grant.
        grant: Box<Grant>,
        /// The generation of the successor.
        generation: u32,
    },
    /// A generation that was replaced long ago: somebody has a copy. The grant has been revoked by this very act.
    Reused,
    /// Nothing live matches. Nothing has changed.
    Unknown,
}

/// A refresh token that somebody asks about.
#[derive(Debug)]
pub struct RefreshTokenOfGrant<'a> {
    /// The grant that the token names.
    pub grant: Id,
    /// The generation of the token.
    pub generation: u32,
    /// SHA-256 of the token's secret.
    pub secret_hash: SecretHash,
    /// Whose it must be.
    pub client_id: &'a str,
}

/// What there is to say of a refresh token that can be used.
#[derive(Debug)]
pub struct LiveRefreshToken {
    /// The user whom it stands for.
    pub user: User,
    /// When it expires unless it is used.
    pub expires_at: Timestamp,
}

/// Whom an access token stands for.
#[derive(Debug)]
pub struct TokenOwner {
    /// The user.
    pub user: User,
    /// The client that holds the token.
    pub client: Client,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: String,
    /// By which methods, separated by spaces.
    pub amr: String,
    /// The claims beside those of the scope.
    pub claims: AskedClaims,
}

/// All that an exchanged token hangs on: it is as dead as any of it.
#[derive(Debug)]
pub struct Lineage {
    /// Itself, the tokens that were exchanged for it, and those of who acts.
    pub tokens: Vec<Id>,
    /// The grant that all began with, and those of users who act.
    pub grants: Vec<Id>,
    /// The clients that exchanged, the one that holds it last.
    pub clients: Vec<String>,
}

/// Why a grant has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationReason {
    /// The client revoked its token.
    Client,
    /// The code was presented again.
    CodeReplay,
    /// A replaced refresh token was presented.
    RefreshReuse,
}

impl RevocationReason {
    /// The name in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::CodeReplay => "code_replay",
            Self::RefreshReuse => "refresh_reuse",
        }
    }
}

/// Storage of grants. Each method is one act: of any number of parallel calls, one wins.
pub trait Grants {
    /// Starts a grant with its code. Where the session has ended or the client was deleted in this moment the code is
    /// worth nothing.
    async fn start_grant(&self, grant: &NewGrant<'_>, now: Timestamp) -> Result<(), StorageError>;

    /// Redeems a code and starts the refresh token. [`Redeemed::Unknown`] where anything but the resources does not
    /// match, the code was redeemed before or has expired, or the user may not sign in any more.
    async fn redeem_code(&self, redemption: &Redemption<'_>, now: Timestamp) -> Result<Redeemed, StorageError>;

    /// Revokes the grant of a code that this client presents although it was redeemed before; whether that was so.
    async fn revoke_replayed_code(&self, code: &Code, client_id: &str, now: Timestamp) -> Result<bool, StorageError>;

    /// Rotates a refresh token, or finds that it was stolen.
    async fn rotate_refresh_token(
        &self,
        presentation: &Presentation<'_>,
        now: Timestamp,
    ) -> Result<Rotation, StorageError>;

    /// This refresh token, where it is the client's and of the current generation; `None` where it was replaced, has
    /// expired or been revoked, or the user is gone or suspended. Nothing changes: to ask is not to use.
    async fn live_refresh_token(
        &self,
        token: &RefreshTokenOfGrant<'_>,
        now: Timestamp,
    ) -> Result<Option<LiveRefreshToken>, StorageError>;

    /// Revokes a grant of this client, if it is live.
    async fn revoke_grant(
        &self,
        id: Id,
        client_id: &str,
        reason: RevocationReason,
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// Revokes one access token of this client until it expires; one that stands for a user, only where its grant is
    /// the client's.
    async fn revoke_access_token(
        &self,
        token: Id,
        grant: Option<Id>,
        client_id: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// Whom this access token of this grant stands for; `None` where the token or the grant has been revoked, or the
    /// user or the client is gone or suspended.
    async fn owner_of_user_token(&self, token: Id, grant: Id) -> Result<Option<TokenOwner>, StorageError>;

    /// Whom this exchanged token stands for, and the client that holds it: not that of the grant, and none of the claims
    /// that were asked for there by name. `None` where anything that it hangs on has been revoked or is gone, or a user
    /// of one of its grants is suspended.
    async fn owner_of_exchanged_token(&self, lineage: &Lineage) -> Result<Option<TokenOwner>, StorageError>;

    /// Whether this access token of this client, which stands for the client itself, is live.
    async fn is_client_token_live(&self, token: Id, client_id: &str) -> Result<bool, StorageError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_another_shape_are_no_codes() {
        let good = format!("sac_{}", base64url(&[7; 48]));
        assert!(Code::parse(&good, CodeKind::Authorization).is_some());
        for bad in ["", "sac_", "sac_AAAA", &good[4..], &format!("{good}AAAA"), &good.replace("sac_", "sdc_")] {
            assert!(Code::parse(bad, CodeKind::Authorization).is_none(), "{bad}");
        }
        assert!(Code::parse(&good, CodeKind::Device).is_none());
    }
}
