//! A mail hook, and what it was handed for each address.

use std::{sync::OnceLock, time::Duration};

use super::{
    Server, Value,
    site::{Received, Reply, Site},
};

/// What signs the requests to the hook.
pub const HOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PATH: &str = "/hook";

/// The hook.
pub struct Mailbox {
    site: Site,
    variables: &'static [(&'static str, &'static str)],
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
        Self { site, variables: variables.leak() }
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
        self.site.received(PATH).into_iter().filter(is_for).collect()
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
    let path = link.strip_prefix(&server.issuer).unwrap_or_else(|| panic!("{link} is not of {}", server.issuer));
    path.to_owned()
}
