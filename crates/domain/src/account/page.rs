//! Which page somebody goes back to, once signed in.

use protocol::params::Params;

use crate::{Env, Failure, keys::Keys, sealed};

const PURPOSE: &str = "account page";

/// A page of the account. It waits, signed, until somebody has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountPage {
    /// What the user has: devices and applications.
    Overview,
    /// What the user says of themselves.
    Profile,
    /// Where the password is changed.
    Password,
    /// Where the email address is confirmed and changed.
    Email,
    /// Where the account is deleted.
    Deletion,
}

impl AccountPage {
    /// Its path below that of the issuer.
    pub fn path(self) -> &'static str {
        match self {
            Self::Overview => "/account",
            Self::Profile => "/account/profile",
            Self::Password => "/account/password",
            Self::Email => "/account/email",
            Self::Deletion => "/account/delete",
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
        let all = [Self::Overview, Self::Profile, Self::Password, Self::Email, Self::Deletion];
        Ok(all.into_iter().find(|page| path == Some(page.path())))
    }
}
