//! Where mail goes out.

use protocol::{outbound_url::OutboundUrl, secret::from_base64};

use super::{SettingError, Settings};
use crate::mail::HookSecret;

impl Settings {
    /// Where this server hands over the mails that it wants sent; `None` by default: then it sends none. The operator chooses
    /// it, so it may be in a private network.
    pub fn mail_hook_url(&self) -> Result<Option<OutboundUrl>, SettingError> {
        let name = "mail_hook_url";
        let url = Some(self.text(name)?).filter(|url| !url.is_empty()).map(OutboundUrl::parse).transpose();
        url.map_err(|_| SettingError { name, problem: "must be an https or http URL" })
    }

    /// Whether this server can have mails sent.
    pub fn can_mail(&self) -> Result<bool, SettingError> {
        Ok(self.mail_hook_url()?.is_some())
    }

    /// What signs the requests to the mail hook: `whsec_` and 24 to 64 octets in base64, as Standard Webhooks has it.
    pub fn mail_hook_secret(&self) -> Result<HookSecret, SettingError> {
        let name = "mail_hook_secret";
        let octets = self.text(name)?.strip_prefix("whsec_").and_then(from_base64);
        let octets = octets.filter(|octets| (24..=64).contains(&octets.len()));
        octets
            .map(HookSecret::new)
            .ok_or(SettingError { name, problem: "must be whsec_ and 24 to 64 octets in base64" })
    }
}
