//! Mail: what this server wants sent, and the hook to which it hands it over. `docs/mail.md` describes both.

use hmac::{Hmac, KeyInit, Mac};
use protocol::{
    Timestamp,
    language::Language,
    outbound_url::OutboundUrl,
    secret::{base64, base64url},
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{Env, Failure, Settings, outbound::OutboundError, user::User};

/// What a mail is about: the hook has the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// The link with which a new password is chosen.
    ResetPassword,
    /// The link with which a sign-up is finished.
    ConfirmSignUp,
    /// The link with which a user confirms an address.
    ConfirmEmail,
    /// The address of an account is to be another one.
    EmailChange,
    /// Somebody wanted to use an address that has an account already.
    AddressTaken,
}

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Its identifier: the same one twice is the same mail.
    pub id: String,
    /// What it is about.
    pub template: Template,
    /// The address that it goes to.
    pub to: String,
    /// What its reader is called; empty where nobody knows.
    pub name: String,
    /// The language of its reader, as far as that is known.
    pub language: String,
    /// The link in it, with which something can be done once.
    pub link: Option<String>,
    /// How long the link is good.
    pub expires_at: Option<Timestamp>,
}

impl Mail {
    /// A mail to this user, with a link that is good so long, or without one.
    pub fn to<S>(
        env: &Env<'_, S>,
        user: &User,
        template: Template,
        language: Language,
        link: Option<(String, Timestamp)>,
    ) -> Self {
        Self { name: user.name(), ..Self::to_address(env, &user.email, template, language, link) }
    }

    /// The same to an address of nobody, or of nobody who has shown that it is theirs: then the mail says nothing that they
    /// have typed.
    pub fn to_address<S>(
        env: &Env<'_, S>,
        address: &str,
        template: Template,
        language: Language,
        link: Option<(String, Timestamp)>,
    ) -> Self {
        let (link, expires_at) = link.unzip();
        Self {
            id: format!("msg_{}", base64url(&env.random_bytes::<16>())),
            template,
            to: address.to_owned(),
            name: String::new(),
            language: language.tag().to_owned(),
            link,
            expires_at,
        }
    }
}

/// The way to have a mail sent.
pub trait Mailer {
    /// Hands a mail over to the hook. Anything but a 2xx within a few seconds is an error.
    async fn send(&self, mail: &Mail) -> Result<(), OutboundError>;
}

/// The way to the hook itself, which only the component `outbound` has.
pub trait Hook {
    /// Posts what is signed. Anything but a 2xx within a few seconds is an error.
    async fn post_signed(&self, url: &OutboundUrl, signed: &Signed) -> Result<(), OutboundError>;
}

/// Hands a mail over; where that fails it is lost, and the operator is told. Whoever waits for it is told nothing: they can
/// ask for another one.
pub async fn send<S>(env: &Env<'_, S>, mailer: &impl Mailer, mail: &Mail) {
    if let Err(OutboundError(reason)) = mailer.send(mail).await {
        env.log.warn(&format!("a mail was not taken by the hook: {reason}"));
    }
}

/// What signs the requests to the hook.
pub struct HookSecret(Vec<u8>);

impl HookSecret {
    /// Takes its octets.
    pub fn new(octets: Vec<u8>) -> Self {
        Self(octets)
    }
}

impl std::fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HookSecret(…)")
    }
}

/// A request to the hook, signed as
/// [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md) has it.
#[derive(Debug)]
pub struct Signed {
    /// The header fields.
    pub headers: [(&'static str, String); 3],
    /// The body, JSON.
    pub body: String,
}

impl Signed {
    /// Signs a mail.
    pub fn new(mail: &Mail, settings: &Settings, now: Timestamp) -> Result<Self, Failure> {
        #[derive(Serialize)]
        struct Payload<'a> {
            r#type: Template,
            timestamp: Timestamp,
            data: Data<'a>,
        }
        #[derive(Serialize)]
        struct Data<'a> {
            to: &'a str,
            name: &'a str,
            language: &'a str,
            brand_name: &'a str,
            link: Option<&'a str>,
            expires_at: Option<Timestamp>,
        }
        let Mail { id, template, to, name, language, link, expires_at } = mail;
        let brand_name = settings.brand_name()?;
        let data = Data { to, name, language, brand_name, link: link.as_deref(), expires_at: *expires_at };
        let body = serde_json::to_string(&Payload { r#type: *template, timestamp: now, data })
            .map_err(|error| Failure::Internal(error.to_string()))?;
        let signature = signature(&settings.mail_hook_secret()?, &format!("{id}.{}.{body}", now.0));
        let headers = [
            ("webhook-id", id.clone()),
            ("webhook-timestamp", now.0.to_string()),
            ("webhook-signature", format!("v1,{signature}")),
        ];
        Ok(Self { headers, body })
    }
}

fn signature(secret: &HookSecret, content: &str) -> String {
    // HMAC takes keys of every length, so this cannot fail.
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&secret.0);
    mac.map_or_else(|_| String::new(), |mac| base64(&mac.chain_update(content).finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_example_of_standard_webhooks() {
        let settings = Settings::new([("mail_hook_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned())]);
        let content = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
        let signature = signature(&settings.mail_hook_secret().unwrap(), content);
        assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn the_secret_must_be_one_of_standard_webhooks_and_does_not_show_itself() {
        for text in ["", "whsec_", "whsec_dG9vIHNob3J0", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64"] {
            let settings = Settings::new([("mail_hook_secret", text.to_owned())]);
            assert!(settings.mail_hook_secret().is_err(), "{text}");
        }
        assert_eq!(format!("{:?}", HookSecret::new(b"secret".to_vec())), "HookSecret(…)");
    }
}
