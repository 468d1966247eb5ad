//! A mail hook, and what it was handed for each address.

use std::{
    collections::BTreeMap,
    sync::{Mutex, OnceLock},
    time::Duration,
};

use super::{
    Browser, Person, Server, Value, record,
    site::{Received, Reply, Site},
};

/// What signs the requests to the hook.
pub const HOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PATH: &str = "/hook";

/// The hook.
pub struct Mailbox {
    site: Site,
    variables: &'static [(&'static str, &'static str)],
    skipped: Mutex<BTreeMap<String, usize>>,
}

impl Mailbox {
    /// A server with a mail hook, which several tests share; `None`, with a note, where the suite is aimed at a server that
    /// runs already.
    pub fn shared() -> Option<(&'static Server, &'static Self)> {
        static SHARED: OnceLock<Mailbox> = OnceLock::new();
        let mailbox = SHARED.get_or_init(|| Self::open(&[("login_throttle", "off")]));
        Some((Server::with(mailbox.variables)?, mailbox))
    }

    /// A hook and the settings of a server that uses it.
    pub fn open(more: &[(&'static str, &'static str)]) -> Self {
        let site = Site::start();
        site.serve(PATH, Reply::empty(204));
        let url: &'static str = site.url(PATH).leak();
        let variables = [&[("mail_hook_url", url), ("mail_hook_secret", HOOK_SECRET)], more].concat();
        Self { site, variables: variables.leak(), skipped: Mutex::default() }
    }

    /// Signs a new person up at a server that uses it, by the link in the mail.
    pub async fn sign_up(&self, browser: &mut Browser<'_>) -> Person {
        let person = Person::new();
        let page = browser.get("/signup").await.expect(200);
        browser.submit(&page, "/signup/mail", &person.application()).await.expect(200);
        let link = link(browser.server, &self.mail(&person.email, 1, "confirm_sign_up").await);
        self.forget(&person.email);
        let page = browser.get(&link).await.expect(200);
        browser.submit(&page, "/verify", &[("password", &person.password)]).await.location();
        assert!(browser.session().is_some(), "the last step signs in");
        person
    }

    /// Leaves the mails to this address so far out of all counts.
    fn forget(&self, address: &str) {
        let count = self.requests_for(address).len();
        self.skipped.lock().unwrap().insert(address.to_owned(), count);
    }

    /// The settings of a server that uses it.
    pub fn variables(&self) -> &'static [(&'static str, &'static str)] {
        self.variables
    }

    /// From now on the hook answers this.
    pub fn answer(&self, reply: Reply) {
        self.site.serve(PATH, reply);
    }

    /// The requests with mails to this address so far.
    pub fn requests_for(&self, address: &str) -> Vec<Received> {
        let is_for = |request: &Received| payload(request)["data"]["to"] == address;
        let skipped = self.skipped.lock().unwrap().get(address).copied().unwrap_or_default();
        self.site.received(PATH).into_iter().filter(is_for).skip(skipped).collect()
    }

    /// The mails to this address so far.
    pub fn mails_to(&self, address: &str) -> Vec<Value> {
        self.requests_for(address).iter().map(payload).collect()
    }

    /// The newest mail to this address, which must be of this kind, once so many have come.
    pub async fn mail(&self, address: &str, count: usize, kind: &str) -> Value {
        for _ in 0..50 {
            if self.mails_to(address).len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mails = self.mails_to(address);
        assert_eq!(mails.len(), count, "{mails:?}");
        let newest = mails.into_iter().next_back().unwrap();
        assert_eq!(newest["type"], kind);
        newest["data"].clone()
    }
}

fn payload(request: &Received) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

/// The path and query of the link in a mail.
pub fn link(server: &Server, mail: &Value) -> String {
    let link = mail["link"].as_str().unwrap();
    record::secret("link", link.split_once("token=").expect("a token").1);
    let path = link.strip_prefix(&server.issuer).unwrap_or_else(|| panic!("{link} is not of {}", server.issuer));
    path.to_owned()
}
