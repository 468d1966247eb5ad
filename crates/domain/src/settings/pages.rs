//! What the pages look like and link to.

use protocol::language::Language;

use super::{SettingError, Settings};

impl Settings {
    /// The language of the pages where neither the request nor the browser asks for one that there is, default `en`.
    pub fn default_language(&self) -> Result<Language, SettingError> {
        let name = "default_language";
        Language::parse(self.text(name)?).ok_or(SettingError { name, problem: "must be en, de or ar" })
    }

    /// The name that the pages show, default `spin-auth`.
    pub fn brand_name(&self) -> Result<&str, SettingError> {
        self.text("brand_name")
    }

    /// The logo that the pages show; `None` by default.
    pub fn brand_logo_uri(&self) -> Result<Option<&str>, SettingError> {
        let name = "brand_logo_uri";
        let logo = Some(self.text(name)?).filter(|uri| !uri.is_empty());
        if logo.is_some_and(|uri| !uri.starts_with("https://") || uri.contains([';', ',', ' ', '"', '\''])) {
            return Err(SettingError { name, problem: "must be an https URL" });
        }
        Ok(logo)
    }

    /// The colour of buttons and links as `#rrggbb`.
    pub fn brand_color(&self) -> Result<&str, SettingError> {
        let name = "brand_color";
        let color = self.text(name)?;
        let is_hex =
            color.len() == 7 && color.starts_with('#') && color.chars().skip(1).all(|digit| digit.is_ascii_hexdigit());
        if is_hex { Ok(color) } else { Err(SettingError { name, problem: "must be a colour such as #1d4ed8" }) }
    }

    /// Where a user who is stuck finds help; `None` by default.
    pub fn support_uri(&self) -> Result<Option<&str>, SettingError> {
        self.link("support_uri", &["https://", "mailto:"], "must be an https or mailto URL")
    }

    /// The terms of service of this server; `None` by default.
    pub fn terms_uri(&self) -> Result<Option<&str>, SettingError> {
        self.link("terms_uri", &["https://"], "must be an https URL")
    }

    /// The privacy policy of this server; `None` by default.
    pub fn privacy_uri(&self) -> Result<Option<&str>, SettingError> {
        self.link("privacy_uri", &["https://"], "must be an https URL")
    }

    fn link(&self, name: &'static str, starts: &[&str], problem: &'static str) -> Result<Option<&str>, SettingError> {
        let uri = Some(self.text(name)?).filter(|uri| !uri.is_empty());
        let is_link = |uri: &str| starts.iter().any(|start| uri.starts_with(start));
        if uri.is_none_or(is_link) { Ok(uri) } else { Err(SettingError { name, problem }) }
    }
}
