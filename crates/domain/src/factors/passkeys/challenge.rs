//! Challenges, which authenticators sign. They are not kept: each says itself what it is for, under a MAC.

use protocol::{Timestamp, params::Params, secret::base64url, time::Seconds};

use crate::{Env, Failure, keys::Keys, replay::ReplayMarks, sealed};

/// How long somebody may take.
const LIFETIME: Seconds = Seconds(600);

/// What a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// To add a passkey.
    Registration,
    /// To sign in, or to show a further factor.
    SignIn,
}

/// A challenge that this server made.
pub(super) struct Opened {
    text: String,
    expires_at: Timestamp,
}

impl Challenge {
    fn purpose(self) -> &'static str {
        match self {
            Self::Registration => "passkey registration",
            Self::SignIn => "passkey sign-in",
        }
    }

    /// A new challenge, in base64url, for whoever has a form with this token: the token is of this browser, of this form and
    /// of whoever is signed in.
    ///
    /// > In order to prevent replay attacks, the challenges MUST contain enough entropy to make guessing them infeasible.
    /// > Challenges SHOULD therefore be at least 16 bytes long. (§13.4.3)
    pub async fn issue<S: Keys>(self, env: &Env<'_, S>, form: &str) -> Result<String, Failure> {
        let nonce = base64url(&env.random_bytes::<16>());
        let params = Params::from_iter([("nonce", nonce.as_str()), ("form", form)]);
        sealed::seal(env, self.purpose(), env.now, &params).await
    }

    /// > Verify that the value of C.challenge equals the base64url encoding of pkOptions.challenge. (§7.1 step 8, §7.2
    /// > step 11)
    ///
    /// `None` for any that was not made for this, for this form and within the last ten minutes.
    pub(super) async fn open<S: Keys>(
        self,
        env: &Env<'_, S>,
        text: &str,
        form: &str,
    ) -> Result<Option<Opened>, Failure> {
        let Some((made_at, params)) = sealed::open(env, self.purpose(), text).await? else { return Ok(None) };
        let expires_at = made_at.plus(LIFETIME);
        let is_good = env.now <= expires_at && params.get("form")? == Some(form);
        Ok(is_good.then(|| Opened { text: text.to_owned(), expires_at }))
    }
}

impl Opened {
    /// Whether it is answered for the first time; it is marked with this call.
    pub(super) async fn is_first_use<S: ReplayMarks>(&self, env: &Env<'_, S>) -> Result<bool, Failure> {
        env.is_first_use("passkey challenge", "", &self.text, Timestamp(self.expires_at.0 + 1)).await
    }
}
