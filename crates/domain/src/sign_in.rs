//! Sign-in in steps: what a user has shown so far, and the sign-in that waits for the next step.
//!
//! There is no session before the last step. What waits travels with the page, in a signed field.

use protocol::{Secret, Timestamp, params::Params, secret::base64url, time::Seconds};

use crate::{
    Env, Failure, Id, SettingError, Settings,
    factors::relying_party,
    keys::Keys,
    sealed::{open, seal},
    session::{self, Sessions},
    user::{AccessLevel, PasswordHash, User, Users},
};

const PURPOSE: &str = "pending sign-in";
/// How long somebody may take over the steps together.
const LIFETIME: Seconds = Seconds(600);

/// How strongly a user has proved who they are, weakest first: the values of the `acr` claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acr {
    /// By a password alone.
    Password,
    /// By two factors.
    MultiFactor,
    /// By two factors of which at least one cannot be given away to a page that looks like ours
    /// ([EAP ACR values](https://openid.net/specs/openid-connect-eap-acr-values-1_0-final.html)).
    PhishingResistant,
}

impl Acr {
    /// All of them, weakest first.
    pub const ALL: [Self; 3] = [Self::Password, Self::MultiFactor, Self::PhishingResistant];

    /// Those that some factor here reaches.
    pub fn offered(settings: &Settings) -> Result<&'static [Self], SettingError> {
        const WITHOUT_PASSKEYS: [Acr; 2] = [Acr::Password, Acr::MultiFactor];
        Ok(if relying_party(settings)?.is_some() { &Self::ALL } else { &WITHOUT_PASSKEYS })
    }

    /// The value of the claim.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "urn:spin-auth:acr:password",
            Self::MultiFactor => "urn:spin-auth:acr:mfa",
            Self::PhishingResistant => "phr",
        }
    }

    /// The one of this value.
    pub fn parse(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == value)
    }
}

/// A way to prove who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// The password.
    Password,
    /// A code of an authenticator app, or one for recovery: each is good once.
    OneTimeCode,
    /// A passkey that stays on its device. Its owner has been verified there.
    DevicePasskey,
    /// A passkey that may be copied between the devices of its owner, who has been verified.
    SyncedPasskey,
}

impl Method {
    const ALL: [Self; 4] = [Self::Password, Self::OneTimeCode, Self::DevicePasskey, Self::SyncedPasskey];

    /// The value in `amr` ([RFC 8176 §2](https://www.rfc-editor.org/rfc/rfc8176#section-2)).
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::OneTimeCode => "otp",
            Self::DevicePasskey => "hwk",
            Self::SyncedPasskey => "swk",
        }
    }

    fn is_passkey(self) -> bool {
        matches!(self, Self::DevicePasskey | Self::SyncedPasskey)
    }
}

/// By which methods a user has proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown(Vec<Method>);

impl Shown {
    /// One method so far.
    pub fn by(method: Method) -> Self {
        Self(vec![method])
    }

    /// What an `amr` that [`Self::amr`] made says.
    pub fn of_amr(amr: &str) -> Self {
        Self(Method::ALL.into_iter().filter(|method| amr.split(' ').any(|word| word == method.as_str())).collect())
    }

    /// And now by this one, too.
    pub fn and(mut self, method: Method) -> Self {
        self.0.push(method);
        self.0.sort_unstable();
        self.0.dedup();
        self
    }

    /// How strong that is together. A passkey is two factors: what holds it, and what unlocks it.
    pub fn acr(&self) -> Acr {
        match &self.0[..] {
            methods if methods.iter().any(|method| method.is_passkey()) => Acr::PhishingResistant,
            [_, _, ..] => Acr::MultiFactor,
            _ => Acr::Password,
        }
    }

    /// The methods for the `amr` claim, separated by spaces. `user` is that somebody was there, `mfa` that these were
    /// several factors.
    pub fn amr(&self) -> String {
        let methods = self.0.iter().map(|method| method.as_str());
        let user = self.0.iter().any(|method| method.is_passkey()).then_some("user");
        let several = (self.acr() > Acr::Password).then_some("mfa");
        methods.chain(user).chain(several).collect::<Vec<_>>().join(" ")
    }
}

/// A sign-in that waits for its next step.
#[derive(Debug)]
pub struct PendingSignIn {
    /// Who signs in, never a suspended user.
    pub user: User,
    /// The hash of their password.
    pub password: PasswordHash,
    /// What they have shown so far.
    pub shown: Shown,
    /// When they began.
    pub started_at: Timestamp,
}

/// What follows when everything that was asked for has been shown.
#[derive(Debug)]
pub enum Next {
    /// Signed in: the value of the session cookie.
    SignedIn(Secret),
    /// The password is one that somebody else has made: the user must choose another first.
    NewPassword(Box<PendingSignIn>),
}

impl PendingSignIn {
    /// A sign-in that has got so far by now.
    pub fn begin<S>(env: &Env<'_, S>, user: User, password: PasswordHash, shown: Shown) -> Self {
        Self { user, password, shown, started_at: env.now }
    }

    /// The signed text that travels with the page of the next step.
    pub async fn seal<S: Keys>(&self, env: &Env<'_, S>) -> Result<String, Failure> {
        let params = Params::from_iter([
            ("user", self.user.id.to_string()),
            ("shown", self.shown.amr()),
            ("password", fingerprint(env, &self.password).await?),
        ]);
        seal(env, PURPOSE, self.started_at, &params).await
    }

    /// Reads the text. `None` for anything that this server did not sign for this within the last ten minutes, and where
    /// the user is gone or suspended or has another password by now.
    pub async fn open<S: Users + Keys>(env: &Env<'_, S>, text: &str) -> Result<Option<Self>, Failure> {
        let Some((started_at, params)) = open(env, PURPOSE, text).await? else { return Ok(None) };
        let Some(id) = params.get("user")?.and_then(Id::parse).filter(|_| env.now.0 - started_at.0 <= LIFETIME.0)
        else {
            return Ok(None);
        };
        let known = env.store.user_by_id(id).await?;
        let Some((user, password)) = known.filter(|(user, _)| user.access_level != AccessLevel::Suspended) else {
            return Ok(None);
        };
        if params.get("password")? != Some(&*fingerprint(env, &password).await?) {
            return Ok(None);
        }
        let shown = Shown::of_amr(params.get("shown")?.unwrap_or_default());
        Ok(Some(Self { user, password, shown, started_at }))
    }

    /// Signs in, now that everything that was asked for has been shown, unless a new password must be chosen before.
    pub(crate) async fn finish<S: Sessions + Keys>(self, env: &Env<'_, S>) -> Result<Next, Failure> {
        if self.password.is_temporary() {
            return Ok(Next::NewPassword(Box::new(self)));
        }
        session::start(env, &self.user, &self.password, &self.shown).await.map(Next::SignedIn)
    }
}

/// Says which password it was, to nobody but this server.
async fn fingerprint<S: Keys>(env: &Env<'_, S>, password: &PasswordHash) -> Result<String, Failure> {
    Ok(base64url(&env.key_ring().await?.mac("password fingerprint").tag(&[password.as_str().as_bytes()])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_makes_acr_and_amr() {
        let password = Shown::by(Method::Password);
        assert_eq!((password.acr(), password.amr().as_str()), (Acr::Password, "pwd"));
        let code = password.clone().and(Method::OneTimeCode);
        assert_eq!((code.acr(), code.amr().as_str()), (Acr::MultiFactor, "pwd otp mfa"));
        let passkey = Shown::by(Method::SyncedPasskey);
        assert_eq!((passkey.acr(), passkey.amr().as_str()), (Acr::PhishingResistant, "swk user mfa"));
        let both = password.and(Method::DevicePasskey);
        assert_eq!((both.acr(), both.amr().as_str()), (Acr::PhishingResistant, "pwd hwk user mfa"));
    }

    #[test]
    fn amr_is_read_as_it_was_written_and_one_method_twice_is_one_factor() {
        for shown in [Shown::by(Method::Password), Shown::by(Method::DevicePasskey).and(Method::OneTimeCode)] {
            assert_eq!(Shown::of_amr(&shown.amr()), shown);
        }
        assert_eq!(Shown::by(Method::OneTimeCode).and(Method::OneTimeCode).acr(), Acr::Password);
    }

    #[test]
    fn stronger_is_greater_and_every_value_is_known() {
        assert!(Acr::Password < Acr::MultiFactor && Acr::MultiFactor < Acr::PhishingResistant);
        assert!(Acr::ALL.into_iter().all(|acr| Acr::parse(acr.as_str()) == Some(acr)));
        assert_eq!(Acr::parse("urn:example:gold"), None);
    }
}
