//! Interactions: a pending authorization request on its way through login, sign-up and consent.
//!
//! It travels with the pages, in a signed field, and not in a cookie or a row: two tabs do not overwrite each other,
//! the back button works, and nothing is left behind by those who give up.

use protocol::{Error, Timestamp, params::Params, secret::base64url};

use crate::{
    Env, Failure,
    keys::Keys,
    sealed::{LIFETIME, open, seal},
};

const PURPOSE: &str = "interaction";
/// The name of the identifier among the parameters. No request has such a parameter: one that had would be an interaction.
const ID: &str = "interaction";

/// A pending authorization request.
#[derive(Debug, Clone)]
pub struct Interaction {
    /// The parameters of the request. They are checked again when it goes on.
    pub params: Params,
    /// Which it is, among those of the same request.
    pub id: String,
    /// When it began: a sign-in after this satisfies `prompt=login`.
    pub started_at: Timestamp,
}

impl Interaction {
    /// An interaction that begins now.
    pub fn begin<S>(env: &Env<'_, S>, params: Params) -> Self {
        Self { params: params.without(&[ID]), id: base64url(&env.random_bytes::<16>()), started_at: env.now }
    }

    /// The signed text that travels with the pages.
    pub async fn seal<S: Keys>(&self, env: &Env<'_, S>) -> Result<String, Failure> {
        seal(env, PURPOSE, self.started_at, &self.params.clone().with(ID, &self.id)).await
    }

    /// After this the signed text is refused.
    pub fn expires_at(&self) -> Timestamp {
        self.started_at.plus(LIFETIME)
    }

    /// Reads the text; anything that this server did not sign within the last hour is refused.
    pub async fn open<S: Keys>(env: &Env<'_, S>, text: &str) -> Result<Self, Failure> {
        const REFUSED: Error =
            Error::invalid_request("This sign-in has expired. Go back to the application and start again.");
        let (started_at, params) = open(env, PURPOSE, text).await?.ok_or(REFUSED)?;
        let id = params.get(ID)?.ok_or(REFUSED)?.to_owned();
        Ok(Self { params: params.without(&[ID]), id, started_at })
    }
}
