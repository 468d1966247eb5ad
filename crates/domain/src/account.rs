//! The pages of a user's own account.

use protocol::params::Params;

use crate::{Env, Failure, keys::Keys, sealed};

const PURPOSE: &str = "account page";

/// A page of the account. It waits, signed, until somebody has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountPage {
    /// What the user has: devices and applications.
    Overview,
    /// Where the password is changed.
    Password,
    /// Where the email address is confirmed and changed.
    Email,
}

impl AccountPage {
    /// Its path below that of the issuer.
    pub fn path(self) -> &'static str {
        match self {
            Self::Overview => "/account",
            Self::Password => "/account/password",
            Self::Email => "/account/email",
        }
    }

    /// The signed text that travels with the pages of the sign-in.
    pub async fn seal<S: Keys>(self, env: &Env<'_, S>) -> Result<String, Failure> {
        sealed::seal(env, PURPOSE, env.now, &Params::from_iter([("page", self.path().to_owned())])).await
    }

    /// The page that such a text names.
    pub async fn open<S: Keys>(env: &Env<'_, S>, text: &str) -> Result<Option<Self>, Failure> {
        let Some((_, params)) = sealed::open(env, PURPOSE, text).await? else { return Ok(None) };
        let path = params.get("page")?;
        Ok([Self::Overview, Self::Password, Self::Email].into_iter().find(|page| path == Some(page.path())))
    }
}
