//! Parameters that travel with a page, in a signed field: nobody can change them on their way, and nothing is kept
//! here for those who give up.

use protocol::{
    Timestamp,
    params::Params,
    secret::{base64url, from_base64url},
    time::Seconds,
};

use crate::{Env, Failure, keys::Keys};

const MAC_LENGTH: usize = 32;
/// How long somebody may take over a page.
pub(crate) const LIFETIME: Seconds = Seconds(3600);

/// The signed text of these parameters, which began their way at this time. What is sealed for one purpose does not open
/// for another.
pub(crate) async fn seal<S: Keys>(
    env: &Env<'_, S>,
    purpose: &'static str,
    started_at: Timestamp,
    params: &Params,
) -> Result<String, Failure> {
    let mut bytes = started_at.0.to_be_bytes().to_vec();
    bytes.extend(params.encode().as_bytes());
    let tag = env.key_ring().await?.mac(purpose).tag(&[&bytes]);
    bytes.extend(tag);
    Ok(base64url(&bytes))
}

/// What [`seal`] sealed; `None` for anything that this server did not sign for this purpose within the last hour.
pub(crate) async fn open<S: Keys>(
    env: &Env<'_, S>,
    purpose: &'static str,
    text: &str,
) -> Result<Option<(Timestamp, Params)>, Failure> {
    let Some(bytes) = from_base64url(text) else { return Ok(None) };
    let Some((body, tag)) = bytes.split_at_checked(bytes.len().saturating_sub(MAC_LENGTH)) else { return Ok(None) };
    if !env.key_ring().await?.mac(purpose).verifies(&[body], tag) {
        return Ok(None);
    }
    let Some((started_at, query)) = body.split_first_chunk::<8>() else { return Ok(None) };
    let started_at = Timestamp(i64::from_be_bytes(*started_at));
    if env.now.0 - started_at.0 > LIFETIME.0 {
        return Ok(None);
    }
    Ok(Some((started_at, Params::parse(query)?)))
}

/// What such a text says, whoever wrote it and whenever: only for what needs no trust, such as the language of a page.
pub fn unverified(text: &str) -> Option<Params> {
    let bytes = from_base64url(text)?;
    let (body, _) = bytes.split_at_checked(bytes.len().checked_sub(MAC_LENGTH)?)?;
    let (_, query) = body.split_first_chunk::<8>()?;
    Params::parse(query).ok()
}
