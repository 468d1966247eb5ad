//! The members of what is made and changed, as options.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum AccessLevel {
    Admin,
    User,
    Suspended,
}

#[derive(Args)]
pub(crate) struct Details {
    #[arg(long)]
    given_name: Option<String>,
    #[arg(long)]
    family_name: Option<String>,
    #[arg(long)]
    access_level: Option<AccessLevel>,
}

/// The metadata of an application (RFC 7591); what has no option of its own goes by --metadata.
#[derive(Args)]
pub(crate) struct Metadata {
    /// A file with client metadata in JSON; options replace what it says
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    #[arg(long)]
    name: Option<String>,
    /// What it is for, in a few words that people see
    #[arg(long)]
    description: Option<String>,
    /// May be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// May be repeated
    #[arg(long = "grant-type", value_name = "GRANT_TYPE")]
    grant_types: Vec<String>,
    /// The scopes that it may ask for, separated by spaces
    #[arg(long)]
    scope: Option<String>,
    /// The URL of its home page, where the launchpad leads
    #[arg(long, value_name = "URL")]
    home: Option<String>,
    /// The URL of its logo
    #[arg(long, value_name = "URL")]
    logo: Option<String>,
    /// Whether every user's launchpad shows it
    #[arg(long, value_name = "BOOL")]
    launchpad: Option<bool>,
    /// The client has no secret, and must use PKCE
    #[arg(long)]
    public: bool,
}

impl AccessLevel {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
            Self::Suspended => "suspended",
        }
        .to_owned()
    }
}

impl Details {
    pub(crate) fn members(self, email: Option<String>) -> Map<String, Value> {
        let level = self.access_level.map(AccessLevel::name);
        let members = [
            ("email", email),
            ("given_name", self.given_name),
            ("family_name", self.family_name),
            ("access_level", level),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    }
}

impl Metadata {
    pub(crate) fn members(self) -> Result<Map<String, Value>> {
        let mut members = self.metadata.as_deref().map(read).transpose()?.unwrap_or_default();
        let lists = [("redirect_uris", self.redirect_uris), ("grant_types", self.grant_types)];
        let lists = lists.into_iter().filter(|(_, values)| !values.is_empty());
        members.extend(lists.map(|(name, values)| (name.to_owned(), values.into())));
        let texts = [
            ("client_name", self.name),
            ("description", self.description),
            ("client_uri", self.home),
            ("logo_uri", self.logo),
            ("scope", self.scope),
            ("token_endpoint_auth_method", self.public.then(|| "none".to_owned())),
        ];
        members.extend(texts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
        members.extend(self.launchpad.map(|launchpad| ("launchpad".to_owned(), launchpad.into())));
        if members.is_empty() {
            bail!("there is no metadata: name some, or a file by --metadata");
        }
        Ok(members)
    }
}

/// The JSON object that a file has.
pub(crate) fn read(file: &Path) -> Result<Map<String, Value>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a JSON object", file.display()))
}
