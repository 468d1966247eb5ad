//! Access tokens: `sat_…`, opaque to everyone else and self-authenticating to this server, unless the client wants JWTs.
//!
//! A token says what it is and is closed by a MAC, so that junk is refused without a read and issuing one writes
//! nothing. Whether it has been revoked, one read tells.
//!
//! ```text
//! version 1 · key generation 4 · kind 1 · expiry 8 · token id 16 · length 2 · grant id or client id · length 2 · scope ·
//! length 2 · audience · length 2 · thumbprint of the key that it is bound to · the exchanges that it comes from · MAC 32
//! ```

use protocol::{
    Secret, Timestamp,
    dpop::Thumbprint,
    resource::Resources,
    scope::Scope,
    secret::{base64url, from_base64url},
    token::ACCESS_TOKEN_PREFIX,
    token_exchange::Act,
};

use super::{
    jwt_access_token::{self, TokenUser},
    lineage::{self, Exchange},
    wire::{Reader, put},
};
use crate::{
    Env, Failure, Id,
    client::Client,
    grant::Lineage,
    keys::{KeyRing, Keys},
};

const PURPOSE: &str = "access token";
const VERSION: u8 = 1;
const MAC_LENGTH: usize = 32;

/// Whom an access token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The user of this grant.
    Grant(Id),
    /// The client of this identifier itself.
    Client(String),
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Its identifier, by which it is revoked.
    pub id: Id,
    /// Whom it stands for.
    pub subject: Subject,
    /// What it is good for.
    pub scope: Scope,
    /// The resources that it is for; empty where none was asked for.
    pub audience: Resources,
    /// The key that whoever uses it must have.
    pub key: Option<Thumbprint>,
    /// When it expires.
    pub expires_at: Timestamp,
    /// The exchanges that it comes from, the last one last. The client of that one holds it.
    pub exchanges: Vec<Exchange>,
}

impl AccessToken {
    /// The token as this client gets it: `sat_…`, or a JWT where it registered for that. `user` is that of a user's token.
    pub(super) async fn issue<S: Keys>(
        &self,
        env: &Env<'_, S>,
        client: &Client,
        user: Option<TokenUser<'_>>,
    ) -> Result<Secret, Failure> {
        match client.metadata.access_token_signed_response_alg {
            Some(algorithm) => jwt_access_token::sign(env, self, client, user, algorithm).await,
            None => Ok(self.seal(env.key_ring().await?.as_ref())),
        }
    }

    /// `token_type`: how it is used.
    pub fn token_type(&self) -> &'static str {
        if self.key.is_some() { "DPoP" } else { "Bearer" }
    }

    /// Who acts for whom it stands for.
    pub fn act(&self) -> Option<Act> {
        lineage::act(&self.exchanges)
    }

    /// All that must be live for it, where it was exchanged.
    pub(super) fn lineage(&self, grant: Id) -> Lineage {
        lineage::lineage(self.id, grant, &self.exchanges)
    }

    /// Reads a token of either form; `None` where this server did not make it. Whether it has expired, the caller decides.
    pub async fn read<S: Keys>(env: &Env<'_, S>, token: &Secret) -> Result<Option<Self>, Failure> {
        match Self::is_opaque(token) {
            true => Ok(Self::open(token.expose(), env.key_ring().await?.as_ref())),
            false => jwt_access_token::open(env, token.expose()).await,
        }
    }

    /// Whether this would be a token in its opaque form, and not a JWT.
    pub(super) fn is_opaque(token: &Secret) -> bool {
        token.expose().starts_with(ACCESS_TOKEN_PREFIX)
    }

    /// The token in its opaque form.
    pub fn seal(&self, ring: &KeyRing) -> Secret {
        let (kind, subject): (u8, &[u8]) = match &self.subject {
            Subject::Grant(id) => (1, id.as_bytes()),
            Subject::Client(id) => (2, id.as_bytes()),
        };
        let (scope, audience) = (self.scope.to_string(), self.audience.to_string());
        // What a token of a few scopes has.
        let mut bytes = Vec::with_capacity(256);
        bytes.push(VERSION);
        bytes.extend(ring.mac_generation().to_be_bytes());
        bytes.push(kind);
        bytes.extend(self.expires_at.0.to_be_bytes());
        bytes.extend(self.id.as_bytes());
        let key = self.key.as_ref().map(Thumbprint::as_str).unwrap_or_default();
        for part in [subject, scope.as_bytes(), audience.as_bytes(), key.as_bytes()] {
            put(&mut bytes, part);
        }
        lineage::write(&mut bytes, &self.exchanges);
        let tag = ring.mac(PURPOSE).tag(&[&bytes]);
        bytes.extend(tag);
        Secret::new(format!("{ACCESS_TOKEN_PREFIX}{}", base64url(&bytes)))
    }

    /// Reads a token in its opaque form.
    pub fn open(text: &str, ring: &KeyRing) -> Option<Self> {
        let bytes = from_base64url(text.strip_prefix(ACCESS_TOKEN_PREFIX)?)?;
        let (body, tag) = bytes.split_at_checked(bytes.len().checked_sub(MAC_LENGTH)?)?;
        let mut reader = Reader(body);
        let version = reader.u8()?;
        let generation = reader.u32()?;
        if version != VERSION || !ring.mac_of_generation(generation, PURPOSE)?.verifies(&[body], tag) {
            return None;
        }
        let kind = reader.u8()?;
        let expires_at = Timestamp(reader.i64()?);
        let id = reader.id()?;
        let subject = match kind {
            1 => Subject::Grant(Id::from_bytes(reader.part()?)?),
            2 => Subject::Client(reader.text()?),
            _ => return None,
        };
        let (scope, audience) = (reader.scope()?, reader.resources()?);
        let key = Some(reader.text()?).filter(|key| !key.is_empty());
        let key = key.map(|key| Thumbprint::parse(&key).ok_or(())).transpose().ok()?;
        let exchanges = lineage::read(&mut reader)?;
        reader.end()?;
        Some(Self { id, subject, scope, audience, key, expires_at, exchanges })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::testing::ring, token::lineage::tests::exchanges};

    fn token(subject: Subject) -> AccessToken {
        AccessToken {
            id: Id::v4([1; 16]),
            subject,
            scope: Scope::parse("openid api:read").unwrap(),
            audience: Resources::parse("https://rs.example urn:b").unwrap(),
            key: Thumbprint::parse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"),
            expires_at: Timestamp(42),
            exchanges: Vec::new(),
        }
    }

    #[test]
    fn a_token_is_read_back() {
        for subject in [Subject::Grant(Id::v4([2; 16])), Subject::Client("client".to_owned())] {
            let sealed = token(subject.clone()).seal(&ring(1));
            assert!(sealed.expose().starts_with("sat_"));
            assert_eq!(AccessToken::open(sealed.expose(), &ring(1)), Some(token(subject)));
        }
        let exchanged = AccessToken { exchanges: exchanges(), ..token(Subject::Grant(Id::v4([2; 16]))) };
        assert_eq!(AccessToken::open(exchanged.seal(&ring(1)).expose(), &ring(1)), Some(exchanged));
    }

    #[test]
    fn a_token_that_was_changed_anywhere_is_refused() {
        let sealed = token(Subject::Client("client".to_owned())).seal(&ring(1));
        let bytes = from_base64url(&sealed.expose()[4..]).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(AccessToken::open(&format!("sat_{}", base64url(&changed)), &ring(1)), None, "octet {at}");
        }
        assert_eq!(AccessToken::open(sealed.expose(), &ring(2)), None, "another server's token");
    }

    #[test]
    fn junk_is_refused() {
        for junk in ["", "sat_", "sat_AAAA", "sat_!", "srt_AAAA", "eyJhbGciOiJub25lIn0.e30."] {
            assert_eq!(AccessToken::open(junk, &ring(1)), None, "{junk}");
        }
    }
}
