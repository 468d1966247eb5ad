//! One-time links: whoever has one may do one thing, once. Only the hash of its token is stored.

use protocol::{Secret, Timestamp, secret::SecretHash, time::Seconds};

use crate::{
    By, Env, Failure, Id, StorageError,
    user::{PasswordHash, User},
};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To choose a new password.
    Reset,
    /// To confirm the address of a sign-up.
    SignUp,
    /// To confirm an address of somebody who has an account: the one they have, or another one.
    Email,
}

impl Purpose {
    /// The name in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::SignUp => "sign_up",
            Self::Email => "email",
        }
    }

    /// The page that the link opens.
    fn path(self) -> &'static str {
        match self {
            Self::Reset => "/reset",
            Self::SignUp | Self::Email => "/verify",
        }
    }

    /// How long the link is good. One that goes by mail is used at once or never.
    pub fn lifetime(self) -> Seconds {
        match self {
            Self::Reset => Seconds(3600),
            Self::SignUp | Self::Email => Seconds(86_400),
        }
    }
}

/// A link that was made just now, with its token, which nobody has a second time.
pub struct NewLink {
    /// What it is for.
    pub purpose: Purpose,
    /// The hash of its token.
    pub token_hash: SecretHash,
    /// The link.
    pub url: Secret,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl NewLink {
    /// Makes one, which is good so long.
    pub fn make<S>(env: &Env<'_, S>, purpose: Purpose, lifetime: Seconds) -> Result<Self, Failure> {
        let token = env.new_secret("");
        let url = format!("{}{}?token={}", env.settings.issuer()?.as_str(), purpose.path(), token.expose());
        Ok(Self { purpose, token_hash: token.hash(), url: Secret::new(url), expires_at: env.now.plus(lifetime) })
    }
}

/// Storage of one-time links. Nothing here tells a link that was used, or replaced, or has expired from one that never was.
pub trait Links {
    /// Keeps a link that was mailed to an address of a user, instead of an older one for the same purpose. `interaction` is
    /// what waits for the user meanwhile. Nothing where the user is gone in this moment.
    async fn add_link(
        &self,
        link: &NewLink,
        user: Id,
        address: &str,
        interaction: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// Whose password the link of this token resets, and what waits for them.
    async fn reset_link(
        &self,
        token: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(User, Option<String>)>, StorageError>;

    /// Replaces the password of the user whose link this is; whether it was good. In the same act the link and all others of
    /// the user are worth nothing, all of their sessions end, and it is written to the audit log. An address that the link was
    /// mailed to is verified by that.
    async fn reset_password(&self, token: &SecretHash, password: &PasswordHash, by: &By) -> Result<bool, StorageError>;
}
