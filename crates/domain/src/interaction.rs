//! Interactions: a pending authorization request on its way through login, sign-up and consent.
//!
//! It travels with the pages, in a signed field, and not in a cookie or a row: two tabs do not overwrite each other,
//! the back button works, and nothing is left behind by those who give up.

use protocol::{Error, Timestamp, params::Params};

use crate::{
    Env, Failure,
    keys::Keys,
    sealed::{open, seal},
};

const PURPOSE: &str = "interaction";

/// A pending authorization request.
#[derive(Debug, Clone)]
pub struct Interaction {
    /// The parameters of the request. They are checked again when it goes on.
    pub params: Params,
    /// When it began: a sign-in after this satisfies `prompt=login`.
    pub started_at: Timestamp,
}

impl Interaction {
    /// An interaction that begins now.
    pub fn begin<S>(env: &Env<'_, S>, params: Params) -> Self {
        Self { params, started_at: env.now }
    }

    /// The signed text that travels with the pages.
    pub async fn seal<S: Keys>(&self, env: &Env<'_, S>) -> Result<String, Failure> {
        seal(env, PURPOSE, self.started_at, &self.params).await
    }

    /// Reads the text; anything that this server did not sign within the last hour is refused.
    pub async fn open<S: Keys>(env: &Env<'_, S>, text: &str) -> Result<Self, Failure> {
        const REFUSED: Error =
            Error::invalid_request("This sign-in has expired. Go back to the application and start again.");
        let (started_at, params) = open(env, PURPOSE, text).await?.ok_or(REFUSED)?;
        Ok(Self { params, started_at })
    }
}
