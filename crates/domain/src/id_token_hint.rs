//! `id_token_hint`: an ID token that comes back, [OIDC Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
//! and [RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout).

use protocol::{
    Timestamp,
    jwt::{Audience, RegisteredClaims},
};
use serde::Deserialize;

use crate::{
    Env, Failure,
    client::Client,
    keys::{Keys, Verified},
    session::SignedIn,
};

/// The claims that a hint is used for. `auth_time` is in every ID token and in nothing else that this server signs.
#[derive(Deserialize)]
struct Claims {
    #[serde(rename = "auth_time")]
    _auth_time: Timestamp,
    sid: Option<String>,
    #[serde(flatten)]
    registered: RegisteredClaims,
}

/// An ID token of this server. Whether it is good for a client is for [`Self::for_client`] to say.
pub struct SignedHint {
    token: Verified<Claims>,
    client_id: String,
    subject: String,
}

/// An ID token that this server issued to a client that is still registered. Nothing but [`SignedHint::for_client`]
/// makes one.
#[derive(Debug)]
pub struct IdTokenHint {
    subject: String,
    session: Option<String>,
}

impl SignedHint {
    /// Reads a hint; `None` for one that this server did not sign as an ID token. No algorithm but those of the
    /// published keys counts, so that neither `none` nor a public key taken for a shared secret gets through.
    ///
    /// > When an id_token_hint parameter is present, the OP MUST validate that it was the issuer of the ID Token.
    /// > (RP-Initiated Logout §2)
    pub async fn read<S: Keys>(env: &Env<'_, S>, text: &str) -> Result<Option<Self>, Failure> {
        let Some(token) = env.verify::<Claims>(text, "JWT").await? else { return Ok(None) };
        let issuer = env.settings.issuer()?;
        let claims = &token.claims.registered;
        // "The OP SHOULD accept ID Tokens when the RP […] has a current session or had a recent session at the OP, even
        // when the exp time has passed." (RP-Initiated Logout §2) A hint proves what once was, so the clock is left out of
        // it.
        if claims.iss.as_deref() != Some(issuer.as_str()) || claims.exp.is_none() {
            return Ok(None);
        }
        let client_id = claims.aud.as_ref().and_then(Audience::single);
        let (Some(client_id), Some(subject)) = (client_id, &claims.sub) else { return Ok(None) };
        let (client_id, subject) = (client_id.to_owned(), subject.clone());
        Ok(Some(Self { token, client_id, subject }))
    }

    /// The client it was issued to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The hint, where it was issued to this client and signed as this client registered.
    pub fn for_client(self, client: &Client) -> Option<IdTokenHint> {
        let is_its_own =
            self.client_id == client.id && self.token.algorithm == client.metadata.id_token_signed_response_alg;
        is_its_own.then_some(IdTokenHint { subject: self.subject, session: self.token.claims.sid })
    }
}

impl IdTokenHint {
    /// Whether it was issued to the user whom its client knows by this subject.
    pub fn is_of_subject(&self, subject: &str) -> bool {
        self.subject == subject
    }

    /// Whether it was issued in this session.
    pub fn is_of_session(&self, signed_in: &SignedIn) -> bool {
        self.session.as_deref() == Some(signed_in.session.id.to_string().as_str())
    }
}
