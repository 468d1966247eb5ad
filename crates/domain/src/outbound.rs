//! The way out: everything that this server asks or tells other servers goes through one component, `outbound`, which
//! alone may reach them. `docs/security.md` says what stops it from reaching what it should not.

use protocol::{Timestamp, outbound_url::OutboundUrl, time::Seconds};
use serde::{Deserialize, Serialize};

use crate::{
    Failure, Settings,
    mail::{Hook, Mail, Signed},
    throttle::{self, Counters},
};

/// The greatest document that anybody may ask for, in octets.
pub const MAX_DOCUMENT: usize = 64 * 1024;
/// How many documents a minute are fetched from one host. Whoever can name a URL, such as the `client_id` of an
/// authorization request, must not be able to turn this server against a third one.
const FETCHES_A_MINUTE: u32 = 30;

/// The way to other servers.
pub trait Outbound {
    /// Fetches a JSON document by GET. Anything but a 200 with a JSON media type and at most so many octets, within a
    /// few seconds and without a redirect, is an error.
    async fn fetch(&self, url: &OutboundUrl, max_octets: usize) -> Result<Fetched, OutboundError>;

    /// Posts `application/x-www-form-urlencoded`. Anything but a 2xx within a few seconds is an error.
    async fn post(&self, url: &OutboundUrl, form: &str) -> Result<(), OutboundError>;
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its octets.
    pub body: Vec<u8>,
    /// How long it may be kept (`Cache-Control`); `None` where the server does not say, 0 where it forbids that.
    pub max_age: Option<Seconds>,
}

/// Why nothing came back: a constant for the operator, which says nothing of what the other server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundError(pub String);

impl OutboundError {
    /// The other server has refused what it was told, and would again.
    pub const REFUSED: &str = "the status is 4xx";

    /// Whether it is of no use to try again.
    pub fn is_refusal(&self) -> bool {
        self.0 == Self::REFUSED
    }
}

impl From<&str> for OutboundError {
    fn from(reason: &str) -> Self {
        Self(reason.to_owned())
    }
}

/// What a component wants done outside, as it says so to the component `outbound`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// [`Outbound::fetch`]
    Fetch {
        /// Where the document is.
        url: OutboundUrl,
        /// How long it may be.
        max_octets: usize,
    },
    /// [`Outbound::post`]
    Post {
        /// To where.
        url: OutboundUrl,
        /// What.
        form: String,
    },
    /// [`Mailer::send`](crate::mail::Mailer::send)
    Mail(Mail),
}

/// Does the errand of another component, where its URL may be used at all. A form and a mail have no answer. Where mails go is
/// the operator's choice, so that need not be a public host.
pub async fn run(
    errand: Errand,
    settings: &Settings,
    outside: &(impl Outbound + Hook),
    counters: &impl Counters,
    now: Timestamp,
) -> Result<Result<Option<Fetched>, OutboundError>, Failure> {
    match &errand {
        Errand::Fetch { url, .. } | Errand::Post { url, .. }
            if !settings.outbound_private_addresses()? && !url.is_public() =>
        {
            Ok(Err("the URL is not https on a public host".into()))
        }
        Errand::Fetch { url, max_octets } => {
            throttle::limit(counters, "outbound", || url.host(), Some(FETCHES_A_MINUTE), now).await?;
            Ok(outside.fetch(url, (*max_octets).min(MAX_DOCUMENT)).await.map(Some))
        }
        Errand::Post { url, form } => Ok(outside.post(url, form).await.map(|()| None)),
        Errand::Mail(mail) => match settings.mail_hook_url()? {
            Some(url) => Ok(outside.post_signed(&url, &Signed::new(mail, settings, now)?).await.map(|()| None)),
            None => Ok(Err("there is no mail hook".into())),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_lite::future::block_on;

    use super::*;
    use crate::{StorageError, mail::Template, throttle::Counter};

    /// Answers everything, and remembers what it was asked.
    #[derive(Default)]
    struct Everything {
        asked: RefCell<Vec<String>>,
        counter: RefCell<Option<Counter>>,
    }

    impl Outbound for Everything {
        async fn fetch(&self, url: &OutboundUrl, max_octets: usize) -> Result<Fetched, OutboundError> {
            self.asked.borrow_mut().push(format!("{} {max_octets}", url.as_str()));
            Ok(Fetched { body: b"{}".to_vec(), max_age: None })
        }

        async fn post(&self, url: &OutboundUrl, form: &str) -> Result<(), OutboundError> {
            self.asked.borrow_mut().push(format!("{} {form}", url.as_str()));
            Ok(())
        }
    }

    impl Hook for Everything {
        async fn post_signed(&self, url: &OutboundUrl, signed: &Signed) -> Result<(), OutboundError> {
            self.asked.borrow_mut().push(format!("{} {}", url.as_str(), signed.body));
            Ok(())
        }
    }

    impl Counters for Everything {
        async fn update_counter(
            &self,
            _: &str,
            next: &dyn Fn(Option<Counter>) -> Counter,
        ) -> Result<Counter, StorageError> {
            let counter = next(*self.counter.borrow());
            self.counter.replace(Some(counter));
            Ok(counter)
        }
    }

    fn send(everything: &Everything, private: &str, errand: Errand) -> Result<Result<(), OutboundError>, Failure> {
        let settings = Settings::new([("outbound_private_addresses", private.to_owned())]);
        let outcome = block_on(run(errand, &settings, everything, everything, Timestamp(1_700_000_000)))?;
        Ok(outcome.map(drop))
    }

    fn fetch(url: &str) -> Errand {
        Errand::Fetch { url: OutboundUrl::parse(url).unwrap(), max_octets: usize::MAX }
    }

    fn post(url: &str) -> Errand {
        Errand::Post { url: OutboundUrl::parse(url).unwrap(), form: "a=b".to_owned() }
    }

    #[test]
    fn a_private_url_is_not_used_unless_the_setting_allows_it() {
        let everything = Everything::default();
        for url in ["https://127.0.0.1/", "http://client.example.com/", "https://localhost/", "https://[::1]/"] {
            assert!(send(&everything, "off", fetch(url)).unwrap().is_err(), "{url}");
            assert!(send(&everything, "off", post(url)).unwrap().is_err(), "{url}");
        }
        assert!(everything.asked.borrow().is_empty());
        assert!(send(&everything, "on", post("http://127.0.0.1:4711/")).unwrap().is_ok());
        assert_eq!(*everything.asked.borrow(), ["http://127.0.0.1:4711/ a=b"]);
    }

    #[test]
    fn a_mail_goes_to_its_hook_wherever_that_is_and_nowhere_without_one() {
        let mail = || Mail {
            id: "msg_1".to_owned(),
            template: Template::ResetPassword,
            to: "ada@example.org".to_owned(),
            name: "Ada Lovelace".to_owned(),
            language: "en".to_owned(),
            link: Some("https://id.example/reset?token=t".to_owned()),
            expires_at: Some(Timestamp(1_700_003_600)),
        };
        let ask = |url: &str| {
            let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
            let settings = [("mail_hook_url", url), ("mail_hook_secret", secret), ("brand_name", "Brand")];
            let settings = Settings::new(settings.map(|(name, value)| (name, value.to_owned())));
            let everything = Everything::default();
            let errand = Errand::Mail(mail());
            let outcome = block_on(run(errand, &settings, &everything, &everything, Timestamp(1_700_000_000)));
            (outcome.unwrap().is_ok(), everything.asked.take())
        };
        let body =
            r#"{"type":"reset_password","timestamp":1700000000,"data":{"to":"ada@example.org","name":"Ada Lovelace","#
                .to_owned()
                + r#""language":"en","brand_name":"Brand","link":"https://id.example/reset?token=t","expires_at":1700003600}}"#;
        assert_eq!(ask("http://127.0.0.1:8025/hook"), (true, vec![format!("http://127.0.0.1:8025/hook {body}")]));
        assert_eq!(ask(""), (false, vec![]));
    }

    #[test]
    fn no_document_is_longer_than_all_may_be() {
        let everything = Everything::default();
        assert!(send(&everything, "off", fetch("https://client.example.com/jwks")).unwrap().is_ok());
        assert_eq!(*everything.asked.borrow(), ["https://client.example.com/jwks 65536"]);
    }

    #[test]
    fn the_documents_of_a_host_are_counted_and_forms_are_not() {
        let everything = Everything::default();
        for _ in 0..FETCHES_A_MINUTE {
            assert!(send(&everything, "off", fetch("https://client.example.com/")).is_ok());
        }
        let refused = send(&everything, "off", fetch("https://client.example.com/other"));
        assert!(matches!(refused, Err(Failure::TooManyRequests { .. })));
        assert!(send(&everything, "off", post("https://client.example.com/logout")).unwrap().is_ok());
    }
}
