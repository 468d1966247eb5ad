//! Interactions: a pending authorization request on its way through login, sign-up and consent.
//!
//! It travels with the pages, in a signed field, and not in a cookie or a row: two tabs do not overwrite each other,
//! the back button works, and nothing is left behind by those who give up.

use protocol::{
    Error, Timestamp,
    params::Params,
    secret::{base64url, from_base64url},
};

use crate::{Env, Failure, keys::Keys};

const PURPOSE: &str = "interaction";
const MAC_LENGTH: usize = 32;
/// How long somebody may take to sign in, in seconds.
const LIFETIME: i64 = 3600;

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
        let mut bytes = self.started_at.0.to_be_bytes().to_vec();
        bytes.extend(self.params.encode().as_bytes());
        let tag = env.key_ring().await?.mac(PURPOSE).tag(&[&bytes]);
        bytes.extend(tag);
        Ok(base64url(&bytes))
    }

    /// Reads the text; anything that this server did not sign within the last hour is refused.
    pub async fn open<S: Keys>(env: &Env<'_, S>, text: &str) -> Result<Self, Failure> {
        const REFUSED: Error =
            Error::invalid_request("This sign-in has expired. Go back to the application and start again.");
        let bytes = from_base64url(text).ok_or(REFUSED)?;
        let (body, tag) = bytes.split_at_checked(bytes.len().saturating_sub(MAC_LENGTH)).ok_or(REFUSED)?;
        if !env.key_ring().await?.mac(PURPOSE).verifies(&[body], tag) {
            return Err(REFUSED.into());
        }
        let (started_at, query) = body.split_first_chunk::<8>().ok_or(REFUSED)?;
        let started_at = Timestamp(i64::from_be_bytes(*started_at));
        if env.now.0 - started_at.0 > LIFETIME {
            return Err(REFUSED.into());
        }
        Ok(Self { params: Params::parse(query)?, started_at })
    }
}
