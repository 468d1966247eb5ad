//! Subjects: what a client knows a user by, [OIDC Core §8](https://openid.net/specs/openid-connect-core-1_0.html#SubjectIDTypes).

use protocol::{client_metadata::SubjectType, secret::base64url};

use crate::{Env, Failure, Id, client::Client, keys::Keys};

const PURPOSE: &str = "pairwise subject";

/// The `sub` of this user for this client: the user's identifier, or one of the client's sector alone, in 43 characters.
///
/// > The Subject Identifier value MUST NOT be reversible by any party other than the OpenID Provider. (§8.1)
///
/// The oldest MAC key makes it, so that it stays what it is whatever keys come later.
pub async fn subject_of<S: Keys>(env: &Env<'_, S>, client: &Client, user: Id) -> Result<String, Failure> {
    match client.metadata.subject_type {
        SubjectType::Public => Ok(user.to_string()),
        SubjectType::Pairwise => {
            // Without a host of its own, a client is a sector by itself.
            let sector = client.metadata.sector().unwrap_or_else(|| client.id.clone());
            let length = (sector.len() as u64).to_be_bytes();
            let key = env.key_ring().await?.oldest_mac(PURPOSE);
            Ok(base64url(&key.tag(&[&length, sector.as_bytes(), user.as_bytes()])))
        }
    }
}
