//! The configuration: Spin variables, each with its default in `spin.toml`.
//!
//! A component is given the variables that it reads and no others. A missing or wrong value is an error that names
//! the variable when it is used; there are no silent defaults.

mod mail;
mod pages;
mod users;

use std::{cell::OnceCell, collections::BTreeMap, fmt};

use protocol::{Secret, issuer::Issuer, pkce::CodeChallengeMethod, resource::Resources, scope::Scope, time::Seconds};
pub use users::Signup;

/// Every variable that some component reads.
pub const NAMES: [&str; 43] = [
    "issuer",
    "access_token_expires_in",
    "refresh_token_expires_in",
    "refresh_reuse_interval",
    "auth_code_expires_in",
    "par_expires_in",
    "require_pushed_authorization_requests",
    "device_code_expires_in",
    "session_expires_in",
    "bcrypt_rounds",
    "allowed_origins",
    "pkce_methods",
    "protected_resources",
    "dpop_nonce",
    "signup",
    "invite_code",
    "registration",
    "registration_scopes",
    "unused_client_expires_in",
    "admin_token",
    "audit_log_expires_in",
    "key_encryption_key",
    "key_encryption_key_previous",
    "signing_keys",
    "key_rotation_interval",
    "key_publish_delay",
    "login_throttle",
    "token_rate_limit",
    "authorize_rate_limit",
    "userinfo_rate_limit",
    "client_id_metadata_documents",
    "outbound_private_addresses",
    "mail_hook_url",
    "mail_hook_secret",
    "auto_migrate",
    "access_log",
    "default_language",
    "brand_name",
    "brand_logo_uri",
    "brand_color",
    "support_uri",
    "terms_uri",
    "privacy_uri",
];

/// Those that are never shown; `spin.toml` marks them.
pub const SECRETS: [&str; 6] = [
    "invite_code",
    "admin_token",
    "key_encryption_key",
    "key_encryption_key_previous",
    "signing_keys",
    "mail_hook_secret",
];

/// The values that this component was given.
pub struct Settings {
    values: BTreeMap<&'static str, String>,
    /// What each request asks for several times, parsed once.
    issuer: OnceCell<Result<Issuer, SettingError>>,
}

/// A setting that is missing or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingError {
    /// The name of the variable.
    pub name: &'static str,
    /// What is wrong; never the value, which may be a secret.
    pub problem: &'static str,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "setting {}: {}", self.name, self.problem)
    }
}

/// Who may register clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Whoever holds the admin token, as initial access token ([RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)).
    Token,
    /// Nobody.
    Closed,
}

/// Which origins may read answers across origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// Any (`*`). Credentials are never allowed, so this gives a page nothing that its server could not have.
    Any,
    /// These only; none where the list is empty.
    These(Vec<String>),
}

/// The key-encryption key that another one replaces.
pub enum PreviousKey {
    /// The one that the server made and keeps beside the database.
    Kept,
    /// One that was given.
    Given(Secret),
}

impl Settings {
    /// Takes the values; empty ones count as not set, and of two of one name the last one counts.
    pub fn new(values: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name, value.trim().to_owned())).collect();
        Self { values, issuer: OnceCell::new() }
    }

    /// The issuer identifier, default `http://127.0.0.1:3000`.
    pub fn issuer(&self) -> Result<&Issuer, SettingError> {
        let parse = || Issuer::parse(self.text("issuer")?).map_err(|problem| SettingError { name: "issuer", problem });
        self.issuer.get_or_init(parse).as_ref().map_err(|error| *error)
    }

    /// The life of access tokens and ID tokens, default 900 s.
    pub fn access_token_expires_in(&self) -> Result<Seconds, SettingError> {
        self.seconds("access_token_expires_in", 1)
    }

    /// The life of a refresh token from its last use, default 2 592 000 s.
    pub fn refresh_token_expires_in(&self) -> Result<Seconds, SettingError> {
        self.seconds("refresh_token_expires_in", 1)
    }

    /// How long the previous refresh token gets the same successor again, default 30 s.
    pub fn refresh_reuse_interval(&self) -> Result<Seconds, SettingError> {
        self.seconds("refresh_reuse_interval", 0)
    }

    /// The life of authorization codes, default 600 s.
    pub fn auth_code_expires_in(&self) -> Result<Seconds, SettingError> {
        self.seconds("auth_code_expires_in", 1)
    }

    /// How long an authorization may begin with a pushed request, default 60 s; 600 s at most.
    pub fn par_expires_in(&self) -> Result<Seconds, SettingError> {
        let name = "par_expires_in";
        let seconds = self.seconds(name, 5)?;
        // "a relatively short lifetime, typically between 5 and 600 seconds" (RFC 9126 §2.2)
        if seconds.0 <= 600 { Ok(seconds) } else { Err(SettingError { name, problem: "must be 5 to 600 seconds" }) }
    }

    /// Whether every authorization begins with a pushed request, default off.
    pub fn require_pushed_authorization_requests(&self) -> Result<bool, SettingError> {
        self.switch("require_pushed_authorization_requests")
    }

    /// The life of device codes and user codes, default 600 s.
    pub fn device_code_expires_in(&self) -> Result<Seconds, SettingError> {
        self.seconds("device_code_expires_in", 1)
    }

    /// The origins of browser applications, default none.
    pub fn allowed_origins(&self) -> Result<AllowedOrigins, SettingError> {
        let origins: Vec<String> = self
            .text("allowed_origins")?
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        if origins.iter().any(|origin| origin == "*") {
            return Ok(AllowedOrigins::Any);
        }
        if origins.iter().any(|origin| !origin.contains("://") || origin.ends_with('/')) {
            return Err(SettingError {
                name: "allowed_origins",
                problem: "must be origins such as https://app.example, without a path",
            });
        }
        Ok(AllowedOrigins::These(origins))
    }

    /// The PKCE methods, default `S256 plain`; `S256` is the setting of OAuth 2.1.
    pub fn pkce_methods(&self) -> Result<Vec<CodeChallengeMethod>, SettingError> {
        let methods: Option<Vec<_>> =
            self.text("pkce_methods")?.split_whitespace().map(CodeChallengeMethod::parse).collect();
        methods
            .filter(|methods| !methods.is_empty())
            .ok_or(SettingError { name: "pkce_methods", problem: "must be `S256` or `S256 plain`" })
    }

    /// The resources that tokens may be asked for beside this server's own, default none listed: any.
    pub fn protected_resources(&self) -> Result<Resources, SettingError> {
        let name = "protected_resources";
        let problem = "must be absolute URIs without fragment, separated by spaces";
        Resources::parse(self.text(name)?).ok_or(SettingError { name, problem })
    }

    /// Whether DPoP proofs must have a nonce of this server, default off.
    pub fn dpop_nonce(&self) -> Result<bool, SettingError> {
        self.switch("dpop_nonce")
    }

    /// Who may register clients, default `token`.
    pub fn registration(&self) -> Result<Registration, SettingError> {
        match self.text("registration")? {
            "open" => Ok(Registration::Open),
            "token" => Ok(Registration::Token),
            "closed" => Ok(Registration::Closed),
            _ => Err(SettingError { name: "registration", problem: "must be token, open or closed" }),
        }
    }

    /// The scopes that clients may register without the admin token, default `openid profile email address phone offline_access`.
    pub fn registration_scopes(&self) -> Result<Scope, SettingError> {
        let name = "registration_scopes";
        let scopes = self.text(name)?.to_owned();
        Scope::try_from(scopes).map_err(|_| SettingError { name, problem: "must be scopes, separated by spaces" })
    }

    /// How long a client that was registered without the admin token stays unless it is used, default 604 800 s (7 days);
    /// `None` (0) for ever.
    pub fn unused_client_expires_in(&self) -> Result<Option<Seconds>, SettingError> {
        Ok(Some(self.seconds("unused_client_expires_in", 0)?).filter(|lifetime| lifetime.0 > 0))
    }

    /// The token of the administrator; without one the admin API refuses everybody.
    pub fn admin_token(&self) -> Result<Option<Secret>, SettingError> {
        let token = self.secret("admin_token")?;
        if token.as_ref().is_some_and(|token| token.expose().len() < 16) {
            return Err(SettingError { name: "admin_token", problem: "must have at least 16 characters" });
        }
        Ok(token)
    }

    /// How long the audit log keeps a line, default 31 536 000 s (a year).
    pub fn audit_log_expires_in(&self) -> Result<Seconds, SettingError> {
        self.seconds("audit_log_expires_in", 1)
    }

    /// Every setting that this component was given, with its value; a secret says only whether it is set.
    pub fn in_force(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values.iter().map(|(name, value)| match (SECRETS.contains(name), value.as_str()) {
            (true, "") => (*name, "not set"),
            (true, _) => (*name, "set"),
            (false, value) => (*name, value),
        })
    }

    /// The secret that seals the private keys; without one, a secret made here is kept beside the database.
    pub fn key_encryption_key(&self) -> Result<Option<Secret>, SettingError> {
        self.long_secret("key_encryption_key")
    }

    /// The key-encryption key that the current one replaces; `kept` for the one that was made here.
    pub fn key_encryption_key_previous(&self) -> Result<Option<PreviousKey>, SettingError> {
        let name = "key_encryption_key_previous";
        match self.text(name)? {
            "kept" if self.key_encryption_key()?.is_none() => {
                Err(SettingError { name, problem: "may be `kept` where key_encryption_key is set" })
            }
            "kept" => Ok(Some(PreviousKey::Kept)),
            _ => Ok(self.long_secret(name)?.map(PreviousKey::Given)),
        }
    }

    fn long_secret(&self, name: &'static str) -> Result<Option<Secret>, SettingError> {
        let secret = self.secret(name)?;
        if secret.as_ref().is_some_and(|secret| secret.expose().len() < 32) {
            return Err(SettingError { name, problem: "must have at least 32 random characters" });
        }
        Ok(secret)
    }

    /// The signing keys as a JWK Set of private keys; without one, they are made here, sealed and rotated.
    pub fn signing_keys(&self) -> Result<Option<Secret>, SettingError> {
        self.secret("signing_keys")
    }

    /// The age at which a signing key gets a successor, default 7 776 000 s (90 days); `None` (0) rotates by hand only.
    pub fn key_rotation_interval(&self) -> Result<Option<Seconds>, SettingError> {
        Ok(Some(self.seconds("key_rotation_interval", 0)?).filter(|interval| interval.0 > 0))
    }

    /// How long a new key is published before it signs, default 3600 s.
    pub fn key_publish_delay(&self) -> Result<Seconds, SettingError> {
        self.seconds("key_publish_delay", 0)
    }

    /// Token requests a minute per client; `None` (0) where unlimited, the default.
    pub fn token_rate_limit(&self) -> Result<Option<u32>, SettingError> {
        self.limit("token_rate_limit")
    }

    /// Authorization requests a minute per address; `None` (0) where unlimited, the default.
    pub fn authorize_rate_limit(&self) -> Result<Option<u32>, SettingError> {
        self.limit("authorize_rate_limit")
    }

    /// Userinfo requests a minute per token; `None` (0) where unlimited, the default.
    pub fn userinfo_rate_limit(&self) -> Result<Option<u32>, SettingError> {
        self.limit("userinfo_rate_limit")
    }

    /// Whether a `client_id` may be the URL of the client's metadata, default off: then nobody who is not registered can
    /// make this server ask another one.
    pub fn client_id_metadata_documents(&self) -> Result<bool, SettingError> {
        self.switch("client_id_metadata_documents")
    }

    /// Whether requests to other servers may go to private networks, and by plain http; default off.
    pub fn outbound_private_addresses(&self) -> Result<bool, SettingError> {
        self.switch("outbound_private_addresses")
    }

    /// Whether an instance brings the schema up to date by itself, default on.
    pub fn auto_migrate(&self) -> Result<bool, SettingError> {
        self.switch("auto_migrate")
    }

    /// Whether each request gets a line in the log, default off.
    pub fn access_log(&self) -> Result<bool, SettingError> {
        self.switch("access_log")
    }

    fn text(&self, name: &'static str) -> Result<&str, SettingError> {
        self.values
            .get(name)
            .map(String::as_str)
            .ok_or(SettingError { name, problem: "is not given to this component in spin.toml" })
    }

    fn secret(&self, name: &'static str) -> Result<Option<Secret>, SettingError> {
        Ok(Some(self.text(name)?).filter(|value| !value.is_empty()).map(Secret::new))
    }

    fn seconds(&self, name: &'static str, least: i64) -> Result<Seconds, SettingError> {
        const CENTURY: i64 = 100 * 365 * 86_400;
        let seconds = self.text(name)?.parse().ok().filter(|seconds| (least..=CENTURY).contains(seconds));
        seconds.map(Seconds).ok_or(SettingError { name, problem: "must be a whole number of seconds" })
    }

    fn limit(&self, name: &'static str) -> Result<Option<u32>, SettingError> {
        let limit = self
            .text(name)?
            .parse::<u32>()
            .map_err(|_| SettingError { name, problem: "must be a number, 0 for no limit" })?;
        Ok(Some(limit).filter(|limit| *limit > 0))
    }

    fn switch(&self, name: &'static str) -> Result<bool, SettingError> {
        match self.text(name)? {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(SettingError { name, problem: "must be on or off" }),
        }
    }
}

#[cfg(test)]
mod tests;
