//! The commands, and which request each is.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use clap_complete::Shell;
use jiff::Timestamp;
use serde_json::json;

use crate::{
    api::{Call, Method},
    members::{AccessLevel, Details, Metadata, read},
};

/// What a command leads to.
pub(crate) enum Plan {
    /// A request to the server.
    Call(Box<Call>),
    /// Lines that are brought from a file.
    Import { what: &'static str, file: PathBuf },
    /// All lines that a list has.
    Export { what: &'static str, with_hashes: bool },
    /// The completions of a shell.
    Complete(Shell),
}

/// What there is to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// People who can sign in; USER is a sub or an email address
    #[command(subcommand)]
    Users(Users),
    /// Applications
    #[command(subcommand)]
    Clients(Clients),
    /// End one session of a user; `users sessions` lists them
    EndSession { id: String },
    /// Revoke one grant with its tokens; `users grants` and `clients grants` list them
    RevokeGrant { id: String },
    /// The keys that sign
    #[command(subcommand)]
    Keys(Keys),
    /// Who did what, to whom, when and from where
    Audit {
        /// Only about this user, client or key
        #[arg(long)]
        subject: Option<String>,
        /// Only this action
        #[arg(long)]
        action: Option<String>,
        /// Only from here on: a date or a time in UTC, such as 2026-11-26 or 2026-11-26T08:00:00Z
        #[arg(long, value_name = "TIME", value_parser = time)]
        since: Option<i64>,
        /// Only before this
        #[arg(long, value_name = "TIME", value_parser = time)]
        until: Option<i64>,
        #[command(flatten)]
        page: Page,
    },
    /// Remove expired rows, a bounded number
    Purge,
    /// Tell applications of sign-outs that they could not be told of before
    DeliverLogouts,
    /// The settings in force; of a secret, whether it is set
    Settings,
    /// Bring the schema of the database up to date
    Migrate,
    /// Print the completions of a shell
    Completions { shell: Shell },
}

#[derive(Subcommand)]
pub(crate) enum Users {
    /// List users
    List {
        /// What email address, user ID or a name begins with
        #[arg(long, short)]
        query: Option<String>,
        #[arg(long)]
        access_level: Option<AccessLevel>,
        /// created_at, email, name or user_id; with - in front the greatest first
        #[arg(long, allow_hyphen_values = true)]
        sort: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a user
    Show { user: String },
    /// Make a user, and print a temporary password
    Create {
        #[arg(long)]
        email: String,
        #[command(flatten)]
        details: Details,
    },
    /// Change a user
    Edit {
        user: String,
        #[arg(long)]
        email: Option<String>,
        /// Whether mail to the address reaches the user
        #[arg(long, value_name = "BOOL")]
        email_verified: Option<bool>,
        /// A file with standard claims of OpenID Connect in JSON; null takes one away
        #[arg(long, value_name = "FILE")]
        claims: Option<PathBuf>,
        #[command(flatten)]
        details: Details,
    },
    /// End all access of a user, from the next request on; `edit --access-level user` gives it back
    Suspend { user: String },
    /// Delete a user with everything that belongs to them
    Delete { user: String },
    /// Print another temporary password, and end the user's sessions
    ResetPassword { user: String },
    /// Remove all second factors of a user who has lost them; the password alone signs in then
    RemoveFactors { user: String },
    /// Print a link with which the user chooses another password; it is good once, for a day
    ResetLink { user: String },
    /// List a user's sessions
    Sessions {
        user: String,
        #[command(flatten)]
        page: Page,
    },
    /// End all sessions of a user
    EndSessions { user: String },
    /// List what a user has allowed applications
    Grants {
        user: String,
        #[command(flatten)]
        page: Page,
    },
    /// Bring users from a file of JSON Lines (docs/import.md); who is there already stays as they are
    Import(Import),
    /// Print all users as JSON Lines. Second factors, sessions and consents are not among it
    Export(Export),
}

/// Where lines come from.
#[derive(Args)]
pub(crate) struct Import {
    /// A file with one JSON object a line, or - for standard input
    file: PathBuf,
}

/// What goes out.
#[derive(Args)]
pub(crate) struct Export {
    /// With the hashes of passwords and secrets: keep the output as you keep the database
    #[arg(long)]
    with_hashes: bool,
}

#[derive(Subcommand)]
pub(crate) enum Clients {
    /// List applications
    List {
        /// What name or client_id begins with
        #[arg(long, short)]
        query: Option<String>,
        /// name or created_at; with - in front the greatest first
        #[arg(long, allow_hyphen_values = true)]
        sort: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show an application
    Show { client_id: String },
    /// Register an application, and print its secret
    Create(Metadata),
    /// Change an application; what is not named stays
    Edit {
        client_id: String,
        #[command(flatten)]
        metadata: Metadata,
    },
    /// Print another secret; the old one is worth nothing from then on
    RotateSecret { client_id: String },
    /// Delete an application with everything that belongs to it
    Delete { client_id: String },
    /// List what users have allowed an application
    Grants {
        client_id: String,
        #[command(flatten)]
        page: Page,
    },
    /// Bring applications from a file of JSON Lines (docs/import.md); those that are there already stay as they are
    Import(Import),
    /// Print all registered applications as JSON Lines
    Export(Export),
}

#[derive(Subcommand)]
pub(crate) enum Keys {
    /// List the signing keys
    List,
    /// Publish new ones, which sign some time later
    Rotate,
    /// Seal anew what `key_encryption_key_previous` has sealed, so that it is needed no more
    Reseal,
}

/// Which part of a list.
#[derive(Args)]
pub(crate) struct Page {
    /// How many, at most 200
    #[arg(long)]
    limit: Option<u8>,
    /// Where an earlier page ended
    #[arg(long)]
    cursor: Option<String>,
    /// All of them
    #[arg(long, conflicts_with = "cursor")]
    all: bool,
}

/// Reads a time, or a date, at whose beginning in UTC it is.
fn time(typed: &str) -> Result<i64, String> {
    let midnight = format!("{typed}T00:00:00Z");
    let time = typed.parse::<Timestamp>().or_else(|error| midnight.parse().map_err(|_| error));
    time.map(|time| time.as_second()).map_err(|error| error.to_string())
}

const USERS: &[&str] = &["user_id", "email", "given_name", "family_name", "access_level", "last_login_at", "sub"];
const CLIENTS: &[&str] =
    &["client_id", "client_name", "token_endpoint_auth_method", "scope", "launchpad", "client_id_issued_at"];
const SESSIONS: &[&str] = &["id", "auth_time", "expires_at", "amr"];
const GRANTS: &[&str] = &["id", "client_id", "sub", "scope", "created_at", "last_used_at", "expires_at"];
const KEYS: &[&str] = &["alg", "kid", "state", "activates_at"];
const AUDIT: &[&str] = &["at", "actor", "action", "subject", "detail", "address"];
const SETTINGS: &[&str] = &["name", "value"];

impl Command {
    /// What this command leads to.
    pub(crate) fn plan(self) -> Result<Plan> {
        let call = match self {
            Self::Users(users) => return users.plan(),
            Self::Clients(clients) => return clients.plan(),
            Self::EndSession { id } => Call::new(Method::Delete, &["sessions", &id]),
            Self::RevokeGrant { id } => Call::new(Method::Delete, &["grants", &id]),
            Self::Keys(Keys::List) => Call::new(Method::Get, &["keys"]).columns(KEYS),
            Self::Keys(Keys::Rotate) => Call::new(Method::Post, &["keys", "rotate"]),
            Self::Keys(Keys::Reseal) => Call { all: true, ..Call::new(Method::Post, &["keys", "reseal"]) },
            Self::Audit { subject, action, since, until, page } => page.of(&["audit"], AUDIT).query([
                ("subject", subject),
                ("action", action),
                ("since", since.map(|time| time.to_string())),
                ("until", until.map(|time| time.to_string())),
            ]),
            Self::Purge => Call::new(Method::Post, &["purge"]),
            Self::DeliverLogouts => Call::new(Method::Post, &["logouts", "deliver"]),
            Self::Settings => Call::new(Method::Get, &["settings"]).columns(SETTINGS),
            Self::Migrate => Call::new(Method::Post, &["migrate"]),
            Self::Completions { shell } => return Ok(Plan::Complete(shell)),
        };
        Ok(Plan::Call(Box::new(call)))
    }
}

impl Users {
    fn plan(self) -> Result<Plan> {
        let call = match self {
            Self::List { query, access_level, sort, page } => page.of(&["users"], USERS).query([
                ("q", query),
                ("access_level", access_level.map(AccessLevel::name)),
                ("sort", sort),
            ]),
            Self::Show { user } => Call::new(Method::Get, &["users", &user]),
            Self::Create { email, details } => Call::new(Method::Post, &["users"]).body(details.members(Some(email))),
            Self::Edit { user, email, email_verified, claims, details } => {
                let mut change = details.members(email);
                change.extend(email_verified.map(|is_verified| ("email_verified".to_owned(), is_verified.into())));
                let claims = claims.as_deref().map(read).transpose()?;
                change.extend(claims.map(|claims| ("claims".to_owned(), claims.into())));
                if change.is_empty() {
                    bail!("nothing is to be changed: name what");
                }
                Call::new(Method::Patch, &["users", &user]).body(change)
            }
            Self::Suspend { user } => {
                Call::new(Method::Patch, &["users", &user]).body(json!({"access_level": "suspended"}))
            }
            Self::Delete { user } => Call::new(Method::Delete, &["users", &user]),
            Self::ResetPassword { user } => Call::new(Method::Post, &["users", &user, "reset-password"]),
            Self::RemoveFactors { user } => Call::new(Method::Delete, &["users", &user, "factors"]),
            Self::ResetLink { user } => Call::new(Method::Post, &["users", &user, "reset-link"]),
            Self::Sessions { user, page } => page.of(&["users", &user, "sessions"], SESSIONS),
            Self::EndSessions { user } => Call::new(Method::Delete, &["users", &user, "sessions"]),
            Self::Grants { user, page } => page.of(&["users", &user, "grants"], GRANTS),
            Self::Import(Import { file }) => return Ok(Plan::Import { what: "users", file }),
            Self::Export(Export { with_hashes }) => return Ok(Plan::Export { what: "users", with_hashes }),
        };
        Ok(Plan::Call(Box::new(call)))
    }
}

impl Clients {
    fn plan(self) -> Result<Plan> {
        let call = match self {
            Self::List { query, sort, page } => page.of(&["clients"], CLIENTS).query([("q", query), ("sort", sort)]),
            Self::Show { client_id } => Call::new(Method::Get, &["clients", &client_id]),
            Self::Create(metadata) => Call::new(Method::Post, &["clients"]).body(metadata.members()?),
            Self::Edit { client_id, metadata } => {
                Call::new(Method::Patch, &["clients", &client_id]).body(metadata.members()?)
            }
            Self::RotateSecret { client_id } => Call::new(Method::Post, &["clients", &client_id, "rotate-secret"]),
            Self::Delete { client_id } => Call::new(Method::Delete, &["clients", &client_id]),
            Self::Grants { client_id, page } => page.of(&["clients", &client_id, "grants"], GRANTS),
            Self::Import(Import { file }) => return Ok(Plan::Import { what: "clients", file }),
            Self::Export(Export { with_hashes }) => return Ok(Plan::Export { what: "clients", with_hashes }),
        };
        Ok(Plan::Call(Box::new(call)))
    }
}

impl Page {
    fn of(self, path: &[&str], columns: &'static [&'static str]) -> Call {
        let limit = self.limit.or(self.all.then_some(200)).map(|limit| limit.to_string());
        let call = Call::new(Method::Get, path).columns(columns).query([("limit", limit), ("cursor", self.cursor)]);
        Call { all: self.all, ..call }
    }
}
