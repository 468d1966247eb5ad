//! Users. Their passwords come as bcrypt hashes; second factors, sessions and consents stay where they are.

use std::collections::BTreeSet;

use protocol::{
    Error, Timestamp,
    standard_claims::{ClaimsPatch, StandardClaims},
};
use serde_json::{Map, Value};

use super::{Line, Outcome, Report, accept};
use crate::{
    By, Env, Failure, Id, StorageError,
    admin::{Account, Administrator, Asked, AuditLog, Page},
    signup::name,
    user::{AccessLevel, Email, PasswordHash, User, user_id},
};

/// How often a taken user ID is replaced by another before giving up.
const MAX_ATTEMPTS: u32 = 24;
/// The end of the year 9999.
const LAST_SECOND: Timestamp = Timestamp(253_402_300_799);

/// What a line says of a user.
#[derive(Debug, Default)]
pub struct UserLine {
    /// The identifier, a UUID; a new one is made where there is none.
    pub sub: Option<String>,
    /// The short identifier for people; a new one is made where there is none.
    pub user_id: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Whether it has been verified.
    pub email_verified: bool,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// What the user may do, `user` where nothing is said.
    pub access_level: Option<String>,
    /// The bcrypt hash of the password; without one nobody knows the password.
    pub password_hash: Option<String>,
    /// Whether another password must be chosen at the next sign-in.
    pub password_is_temporary: bool,
    /// When the account was made, in seconds since 1970.
    pub created_at: Option<i64>,
    /// When it last changed.
    pub updated_at: Option<i64>,
    /// When the user last signed in.
    pub last_login_at: Option<i64>,
    /// Further standard claims.
    pub claims: Option<Map<String, Value>>,
}

/// A user who can be taken.
#[derive(Debug)]
pub struct ImportedUser {
    /// The line that says so.
    pub line: usize,
    /// The user.
    pub user: User,
    /// Whether the line has an identifier.
    pub has_sub: bool,
    /// Whether the line has a user ID.
    pub has_user_id: bool,
    /// The hash of the password.
    pub password: PasswordHash,
    /// When they last signed in.
    pub last_login_at: Option<Timestamp>,
}

/// By what somebody has been found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TakenBy {
    /// The identifier.
    Id,
    /// The email address.
    Email,
    /// The user ID.
    UserId,
}

/// A user who is there already.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// Which of those who were asked for has something of them.
    pub index: usize,
    /// What.
    pub by: TakenBy,
    /// Their identifier.
    pub id: Id,
}

/// A user as they are exported.
#[derive(Debug)]
pub struct ExportedUser {
    /// The user.
    pub account: Account,
    /// The hash of the password.
    pub password: PasswordHash,
}

/// Storage of users, as they are brought and taken away.
pub trait UserTransfer {
    /// Who of those that are there has the identifier, the email address or the user ID of one of these.
    async fn taken(&self, users: &[ImportedUser]) -> Result<Vec<Taken>, StorageError>;

    /// Adds those of these, who differ from each other, of whom nothing is taken, and writes each to the audit log, in one
    /// act; answers who was added.
    async fn add_users(&self, by: &By, users: &[ImportedUser]) -> Result<Vec<Id>, StorageError>;

    /// Some users, by their identifiers.
    async fn exported_users(&self, asked: &Asked) -> Result<Page<ExportedUser>, StorageError>;
}

/// Takes users. Who is there already stays as they are, so that the same lines may be brought again.
pub async fn import_users<S: UserTransfer>(
    env: &Env<'_, S>,
    by: &Administrator,
    lines: Vec<Line<UserLine>>,
) -> Result<Vec<Report>, Failure> {
    let mut reports = Vec::new();
    let lacks_password = |line: &Line<UserLine>| line.content.as_ref().is_ok_and(|line| line.password_hash.is_none());
    let unknown = if lines.iter().any(lacks_password) { Some(unknown_password(env)?) } else { None };
    let mut waiting = accept(lines, &mut reports, |number, line| read(env, number, line, unknown.as_ref()))?;
    for attempt in 0..MAX_ATTEMPTS {
        if waiting.is_empty() {
            break;
        }
        for ImportedUser { user, .. } in waiting.iter_mut().filter(|user| !user.has_user_id) {
            user.user_id = user_id(&user.given_name, &user.family_name, attempt, env.random_bytes());
        }
        let taken = env.store.taken(&waiting).await?;
        let (mut free, mut later, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (index, user) in waiting.into_iter().enumerate() {
            let of_others = taken.iter().filter(|taken| taken.index == index);
            match outcome(&user, &of_others.copied().collect::<Vec<_>>()) {
                Some(outcome) => reports.push(Report { line: user.line, outcome }),
                // Of lines that are about the same user the first is taken, and the others meet that one.
                None if is_new(&user.user, &mut seen) => free.push(user),
                None => later.push(user),
            }
        }
        let added = if free.is_empty() { Vec::new() } else { env.store.add_users(by, &free).await? };
        let (created, again): (Vec<_>, Vec<_>) = free.into_iter().partition(|user| added.contains(&user.user.id));
        reports.extend(
            created
                .into_iter()
                .map(|ImportedUser { line, user, .. }| Report { line, outcome: Outcome::Created(user.id.to_string()) }),
        );
        waiting = later;
        waiting.extend(again);
    }
    const NO_USER_ID: &str = "No user_id is free for this name: give one.";
    reports.extend(
        waiting.into_iter().map(|user| Report { line: user.line, outcome: Outcome::Refused(NO_USER_ID.into()) }),
    );
    reports.sort_by_key(|report| report.line);
    Ok(reports)
}

/// What becomes of a user of whom others have this; `None` where they can be added, perhaps by another user ID.
fn outcome(user: &ImportedUser, of_others: &[Taken]) -> Option<Outcome> {
    const EMAIL: &str = "The email address is that of a user with another sub.";
    const USER_ID: &str = "The user_id is that of another user.";
    let by = |by| of_others.iter().find(|taken| taken.by == by).map(|taken| taken.id);
    if let Some(same) = by(TakenBy::Id) {
        return Some(Outcome::Exists(same.to_string()));
    }
    if let Some(other) = by(TakenBy::Email) {
        return Some(if user.has_sub { Outcome::Refused(EMAIL.into()) } else { Outcome::Exists(other.to_string()) });
    }
    by(TakenBy::UserId).filter(|_| user.has_user_id).map(|_| Outcome::Refused(USER_ID.into()))
}

/// Whether nobody before had any of what is unique.
fn is_new(user: &User, seen: &mut BTreeSet<(TakenBy, String)>) -> bool {
    let unique = [
        (TakenBy::Id, user.id.to_string()),
        (TakenBy::Email, user.email.clone()),
        (TakenBy::UserId, user.user_id.clone()),
    ];
    let is_new = !unique.iter().any(|one| seen.contains(one));
    seen.extend(unique.into_iter().filter(|_| is_new));
    is_new
}

/// Checks what a line says of a user.
fn read<S>(
    env: &Env<'_, S>,
    number: usize,
    line: UserLine,
    unknown_password: Option<&PasswordHash>,
) -> Result<ImportedUser, Failure> {
    const SUB: Error = Error::invalid_request("sub must be a UUID: leave others out, and a new one is made.");
    const USER_ID: Error = Error::invalid_request("user_id must be capital letters, digits and hyphens, at most 32.");
    const EMAIL: Error = Error::invalid_request("email is missing, or no email address.");
    const NAME: Error = Error::invalid_request("given_name is missing, or a name is longer than 100 characters.");
    const LEVEL: Error = Error::invalid_request("access_level must be admin, user or suspended.");
    const HASH: Error =
        Error::invalid_request("password_hash must be a bcrypt hash ($2a$, $2b$ or $2y$) of cost 4 to 16.");
    const TIME: Error = Error::invalid_request("created_at, updated_at and last_login_at are seconds since 1970.");
    let time = |seconds: Option<i64>| match seconds.map(Timestamp) {
        Some(time) if !(Timestamp(0)..=LAST_SECOND).contains(&time) => Err(TIME),
        time => Ok(time),
    };
    let has_sub = line.sub.is_some();
    let id = line.sub.map_or_else(|| Some(Id::v4(env.random_bytes())), |sub| Id::parse(&sub)).ok_or(SUB)?;
    let has_user_id = line.user_id.is_some();
    let is_fitting = |id: &String| {
        (1..=32).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let user_id = line.user_id.map_or_else(|| Some(String::new()), |id| Some(id).filter(is_fitting)).ok_or(USER_ID)?;
    let given_name = line.given_name.as_deref().and_then(name).filter(|name| !name.is_empty()).ok_or(NAME)?;
    let family_name = name(line.family_name.as_deref().unwrap_or_default()).ok_or(NAME)?;
    let email = line.email.as_deref().and_then(Email::parse).ok_or(EMAIL)?;
    let level = line.access_level.as_deref().map_or(Some(AccessLevel::User), AccessLevel::parse);
    let password = match (line.password_hash, unknown_password) {
        (Some(hash), _) => PasswordHash::import(hash).ok_or(HASH)?,
        (None, unknown) => unknown.ok_or(HASH)?.clone(),
    };
    let created_at = time(line.created_at)?.unwrap_or(env.now);
    let user = User {
        id,
        user_id,
        email: email.to_string(),
        email_verified: line.email_verified,
        given_name,
        family_name,
        access_level: level.ok_or(LEVEL)?,
        created_at,
        updated_at: time(line.updated_at)?.unwrap_or(created_at),
        claims: line.claims.map(ClaimsPatch::parse).transpose()?.map(StandardClaims::from).unwrap_or_default(),
    };
    let password = password.temporary(line.password_is_temporary);
    Ok(ImportedUser { line: number, user, has_sub, has_user_id, password, last_login_at: time(line.last_login_at)? })
}

/// The hash of a password that nobody knows, for all users of a request who come without one. It costs what other
/// passwords do, so that the time of a refused sign-in says nothing.
fn unknown_password<S>(env: &Env<'_, S>) -> Result<PasswordHash, Failure> {
    PasswordHash::new(&env.new_secret(""), env.settings.bcrypt_rounds()?, env.random_bytes())
}

/// Some users, with the hashes of their passwords where they are asked for. It is written to the audit log first.
pub async fn export_users<S: UserTransfer + AuditLog>(
    env: &Env<'_, S>,
    by: &Administrator,
    asked: &Asked,
    with_hashes: bool,
) -> Result<Page<ExportedUser>, Failure> {
    let action = if with_hashes { "user.export_with_hashes" } else { "user.export" };
    env.store.note(by, action, "users").await?;
    Ok(env.store.exported_users(asked).await?)
}
