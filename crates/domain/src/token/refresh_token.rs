//! Refresh tokens: `srt_…`, the grant, a generation, a secret, the scope and the resources, closed by a MAC.
//!
//! Nothing of a generation is stored but its number, so every generation is recognised for ever. The secret is the
//! same in each; its hash is in the row, so that neither the MAC key nor a copy of the database suffices to forge one.
//!
//! ```text
//! version 1 · key generation 4 · grant id 16 · generation 4 · secret 32 · length 2 · scope · length 2 · resources · MAC 32
//! ```

use protocol::{
    Error, ErrorCode, Secret,
    client_metadata::GrantType,
    dpop::Thumbprint,
    resource::Resources,
    scope::Scope,
    secret::{SecretHash, base64url, from_base64url},
    token::{REFRESH_TOKEN_PREFIX, TokenResponse},
};

use super::{
    Issue, WRONG_TARGET, issue,
    wire::{Reader, put},
};
use crate::{
    Env, Failure, Id, audience,
    client::AuthenticatedClient,
    grant::{Grants, Presentation, Rotation},
    keys::{KeyRing, Keys},
};

const PURPOSE: &str = "refresh token";
const VERSION: u8 = 1;
const MAC_LENGTH: usize = 32;

/// What a refresh token says.
pub struct RefreshToken {
    /// The grant.
    pub grant: Id,
    /// Which in the row of successors.
    pub generation: u32,
    /// The secret that every generation of the grant carries.
    pub secret: [u8; 32],
    /// What was granted.
    pub scope: Scope,
    /// The resources that were granted; empty where none was asked for.
    pub resource: Resources,
}

impl RefreshToken {
    /// The token as the client gets it.
    pub fn seal(&self, ring: &KeyRing) -> Secret {
        let (scope, resource) = (self.scope.to_string(), self.resource.to_string());
        let mut bytes = vec![VERSION];
        bytes.extend(ring.mac_generation().to_be_bytes());
        bytes.extend(self.grant.as_bytes());
        bytes.extend(self.generation.to_be_bytes());
        bytes.extend(self.secret);
        for part in [&scope, &resource] {
            put(&mut bytes, part.as_bytes());
        }
        let tag = ring.mac(PURPOSE).tag(&[&bytes]);
        bytes.extend(tag);
        Secret::new(format!("{REFRESH_TOKEN_PREFIX}{}", base64url(&bytes)))
    }

    /// Reads a token; `None` where this server did not make it.
    pub fn open(text: &str, ring: &KeyRing) -> Option<Self> {
        let bytes = from_base64url(text.strip_prefix(REFRESH_TOKEN_PREFIX)?)?;
        let (body, tag) = bytes.split_at_checked(bytes.len().checked_sub(MAC_LENGTH)?)?;
        let mut reader = Reader(body);
        let version = reader.u8()?;
        let key_generation = reader.u32()?;
        if version != VERSION || !ring.mac_of_generation(key_generation, PURPOSE)?.verifies(&[body], tag) {
            return None;
        }
        let token = Self {
            grant: reader.id()?,
            generation: reader.u32()?,
            secret: reader.bytes()?,
            scope: reader.scope()?,
            resource: reader.resources()?,
        };
        reader.end()?;
        Some(token)
    }
}

/// A refresh request ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
#[derive(Debug)]
pub struct RefreshRequest {
    /// The presented token.
    pub refresh_token: Secret,
    /// A narrower scope for the new access token; the whole one where absent.
    pub scope: Option<Scope>,
    /// The resources that the new access token is to be for, of those that were granted; empty for all of them.
    pub resource: Resources,
}

/// Rotates a refresh token and issues what goes with it.
pub async fn refresh<S: Grants + Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    request: RefreshRequest,
    key: Option<Thumbprint>,
) -> Result<TokenResponse, Failure> {
    const REFUSED: Error =
        Error::new(ErrorCode::InvalidGrant, "The refresh token is invalid, expired, revoked or another client's.");
    client.ensure_allowed(GrantType::RefreshToken)?;
    let ring = env.key_ring().await?;
    let token = RefreshToken::open(request.refresh_token.expose(), &ring).ok_or(REFUSED)?;
    // "The requested scope MUST NOT include any scope not originally granted by the resource owner" (§6). Nothing has
    // changed yet, so the client can repeat the request with a scope that it has.
    let scope = request.scope.unwrap_or_else(|| token.scope.clone());
    if !scope.is_within(&token.scope) {
        return Err(Error::new(ErrorCode::InvalidScope, "The scope goes beyond what was granted.").into());
    }
    // "such policy may limit the acceptable resources to those that were originally granted by the resource owner or a
    // subset thereof" (RFC 8707 §2.2). Nothing has changed here either.
    let asked = audience::permitted(env.settings, request.resource)?;
    if !asked.is_within(&token.resource) {
        return Err(WRONG_TARGET.into());
    }
    let audience = if asked.is_empty() { token.resource.clone() } else { asked };
    let presentation = Presentation {
        grant: token.grant,
        generation: token.generation,
        secret_hash: SecretHash::of(&token.secret),
        // "The authorization server MUST maintain the binding between a refresh token and the client to whom it was issued." (§10.4)
        client_id: &client.id,
        key: key.as_ref(),
        binds: client.metadata.is_public(),
        // "shall not use refresh token rotation except in extraordinary circumstances" (FAPI 2.0 §5.3.2.1)
        rotates: !client.metadata.is_fapi2(),
        reuse_interval: env.settings.refresh_reuse_interval()?.0,
        expires_at: env.now.plus(env.settings.refresh_token_expires_in()?),
        access_expires_at: env.now.plus(env.settings.access_token_expires_in()?),
    };
    match env.store.rotate_refresh_token(&presentation, env.now).await? {
        Rotation::Rotated { mut grant, generation } => {
            // "it SHOULD NOT have a nonce Claim" (OIDC Core §12.2)
            grant.nonce = None;
            let successor = RefreshToken { generation, ..token };
            issue(
                env,
                client,
                Issue { grant: &grant, scope, audience, key, refresh_token: Some(successor.seal(&ring)) },
            )
            .await
        }
        Rotation::Reused => {
            env.log.warn(&format!(
                "client {} presented a replaced refresh token: grant {} is revoked",
                client.id, token.grant
            ));
            Err(REFUSED.into())
        }
        Rotation::Unknown => Err(REFUSED.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::testing::ring;

    #[test]
    fn a_token_is_read_back_by_the_server_that_made_it() {
        let token = RefreshToken {
            grant: Id::v4([1; 16]),
            generation: 7,
            secret: [3; 32],
            scope: Scope::parse("openid").unwrap(),
            resource: Resources::parse("https://rs.example urn:b").unwrap(),
        };
        let sealed = token.seal(&ring(1));
        let read = RefreshToken::open(sealed.expose(), &ring(1)).unwrap();
        assert_eq!(
            (read.grant, read.generation, read.secret, read.scope.to_string().as_str()),
            (token.grant, 7, [3; 32], "openid")
        );
        assert_eq!(read.resource, token.resource);
        assert!(RefreshToken::open(sealed.expose(), &ring(2)).is_none());
    }

    #[test]
    fn an_access_token_does_not_pass_for_a_refresh_token() {
        let access = super::super::AccessToken {
            id: Id::v4([1; 16]),
            subject: super::super::Subject::Grant(Id::v4([2; 16])),
            scope: Scope::default(),
            audience: Resources::default(),
            key: None,
            expires_at: protocol::Timestamp(0),
            exchanges: Vec::new(),
        };
        let disguised = access.seal(&ring(1)).expose().replace("sat_", "srt_");
        assert!(RefreshToken::open(&disguised, &ring(1)).is_none());
    }
}
