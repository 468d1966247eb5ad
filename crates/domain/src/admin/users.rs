//! Users, as administrators see and change them.

use protocol::{
    Error, Secret, Timestamp,
    secret::base64url,
    standard_claims::{ClaimsPatch, StandardClaims},
};

use super::{Administrator, Asked, Page};
use crate::{
    Env, Failure, Id, StorageError,
    signup::name,
    user::{AccessLevel, Email, PasswordHash, User, Users, user_id},
};

/// How often a taken user ID is replaced by another before giving up.
const MAX_ATTEMPTS: u32 = 24;

/// A user and what only administrators see of it.
#[derive(Debug)]
pub struct Account {
    /// The user.
    pub user: User,
    /// When they last signed in.
    pub last_login_at: Option<Timestamp>,
    /// Whether they must choose another password at the next sign-in.
    pub password_is_temporary: bool,
}

/// Which user is meant.
#[derive(Debug, Clone)]
pub enum Who {
    /// The one of this `sub`.
    Id(Id),
    /// The one of this email address.
    Email(Email),
}

impl Who {
    /// Reads a `sub` or an email address.
    pub fn parse(text: &str) -> Option<Self> {
        Id::parse(text).map(Self::Id).or_else(|| Email::parse(text).map(Self::Email))
    }
}

/// What a list of users is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserOrder {
    /// When they were made.
    CreatedAt,
    /// Email address.
    Email,
    /// Family name, then given name.
    Name,
    /// User ID.
    UserId,
}

/// Which users are asked for.
#[derive(Debug, Clone)]
pub struct UserQuery {
    /// What email address, user ID, or name begins with, family name first or last. Then they come by what matched, and
    /// `order` says nothing.
    pub search: Option<String>,
    /// Only those of this access level.
    pub access_level: Option<AccessLevel>,
    /// By what they are sorted.
    pub order: UserOrder,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// How many, and from where.
    pub asked: Asked,
}

/// A user to be made.
#[derive(Debug)]
pub struct NewAccount {
    /// Email address.
    pub email: String,
    /// First name.
    pub given_name: String,
    /// Last name; may be empty.
    pub family_name: String,
    /// What the user may do.
    pub access_level: AccessLevel,
}

/// What is to change; `None` stays.
#[derive(Debug, Default)]
pub struct Change {
    /// Email address. A new one is not verified unless that is said.
    pub email: Option<String>,
    /// Whether mail to the address reaches the user.
    pub email_verified: Option<bool>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// What the user may do; `suspended` ends all their access with the next request.
    pub access_level: Option<AccessLevel>,
    /// Standard claims to set and to take away.
    pub claims: Option<ClaimsPatch>,
}

/// Storage of users, as administrators reach it. Each act is written to the audit log by the statement that does it.
pub trait Accounts {
    /// Some users of a list.
    async fn accounts(&self, query: &UserQuery) -> Result<Page<Account>, StorageError>;

    /// The user who is meant.
    async fn account(&self, who: &Who) -> Result<Option<Account>, StorageError>;

    /// Changes a user. `false`, and nothing has changed, where there is none, the new email address is another's, or
    /// whoever is signed in would take its last administrator from this server.
    async fn change_account(&self, by: &Administrator, id: Id, change: &Change) -> Result<bool, StorageError>;

    /// Gives a user a temporary password and ends their sessions; whether there is such a user.
    async fn replace_password(&self, by: &Administrator, id: Id, password: &PasswordHash)
    -> Result<bool, StorageError>;

    /// Removes all second factors of a user and their recovery codes; whether there is such a user.
    async fn remove_factors_of(&self, by: &Administrator, id: Id) -> Result<bool, StorageError>;

    /// Deletes a user with everything that belongs to them. `false` as for [`Accounts::change_account`].
    async fn delete_account(&self, by: &Administrator, id: Id) -> Result<bool, StorageError>;
}

const NOT_A_NAME: Error = Error::invalid_request("A name is missing, or longer than 100 characters.");
const NOT_AN_ADDRESS: Error = Error::invalid_request("email is no email address.");
const TAKEN: Error = Error::invalid_request("There is a user of this email address.");
const LAST_ADMIN: Error =
    Error::invalid_request("This is the last administrator: only the holder of the admin token may do that.");

/// Some users of a list.
pub async fn list_accounts<S: Accounts>(env: &Env<'_, S>, query: &UserQuery) -> Result<Page<Account>, Failure> {
    Ok(env.store.accounts(query).await?)
}

/// The user who is meant.
pub async fn account<S: Accounts>(env: &Env<'_, S>, who: &Who) -> Result<Option<Account>, Failure> {
    Ok(env.store.account(who).await?)
}

/// Makes a user with a temporary password, which is shown this once.
pub async fn create_account<S: Accounts + Users>(
    env: &Env<'_, S>,
    by: &Administrator,
    new: NewAccount,
) -> Result<(Account, Secret), Failure> {
    let given_name = name(&new.given_name).filter(|name| !name.is_empty()).ok_or(NOT_A_NAME)?;
    let family_name = name(&new.family_name).ok_or(NOT_A_NAME)?;
    let email = Email::parse(&new.email).ok_or(NOT_AN_ADDRESS)?;
    let (password, hash) = temporary_password(env)?;
    let mut user = User {
        id: Id::v4(env.random_bytes()),
        user_id: String::new(),
        email: email.to_string(),
        email_verified: false,
        given_name,
        family_name,
        access_level: new.access_level,
        created_at: env.now,
        updated_at: env.now,
        claims: StandardClaims::default(),
    };
    for attempt in 0..MAX_ATTEMPTS {
        user.user_id = user_id(&user.given_name, &user.family_name, attempt, env.random_bytes());
        if env.store.add_user(by, &user, &hash).await? {
            return Ok((Account { user, last_login_at: None, password_is_temporary: true }, password));
        }
        if env.store.account(&Who::Email(email.clone())).await?.is_some() {
            return Err(TAKEN.into());
        }
    }
    Err(Failure::Internal("no free user ID was found".to_owned()))
}

/// Changes a user and answers them as they are now; `None` where there is none.
pub async fn change_account<S: Accounts>(
    env: &Env<'_, S>,
    by: &Administrator,
    who: &Who,
    mut change: Change,
) -> Result<Option<Account>, Failure> {
    let Some(known) = env.store.account(who).await? else { return Ok(None) };
    if let Some(email) = &mut change.email {
        *email = Email::parse(email).ok_or(NOT_AN_ADDRESS)?.to_string();
    }
    for text in [&mut change.given_name, &mut change.family_name].into_iter().flatten() {
        *text = name(text).ok_or(NOT_A_NAME)?;
    }
    if change.given_name.as_ref().is_some_and(String::is_empty) {
        return Err(NOT_A_NAME.into());
    }
    let id = known.user.id;
    if env.store.change_account(by, id, &change).await? {
        return Ok(env.store.account(&Who::Id(id)).await?);
    }
    if env.store.account(&Who::Id(id)).await?.is_none() {
        return Ok(None);
    }
    if change.email.is_some_and(|email| email != known.user.email) {
        return Err(TAKEN.into());
    }
    Err(LAST_ADMIN.into())
}

/// Gives a user a temporary password, which is shown this once, and signs them out; `None` where there is none.
pub async fn reset_password<S: Accounts>(
    env: &Env<'_, S>,
    by: &Administrator,
    who: &Who,
) -> Result<Option<Secret>, Failure> {
    let Some(known) = env.store.account(who).await? else { return Ok(None) };
    let (password, hash) = temporary_password(env)?;
    Ok(env.store.replace_password(by, known.user.id, &hash).await?.then_some(password))
}

/// Removes all second factors of a user, who has lost them: the password alone signs in from then on. Whether there is
/// such a user.
pub async fn remove_factors<S: Accounts>(env: &Env<'_, S>, by: &Administrator, who: &Who) -> Result<bool, Failure> {
    match env.store.account(who).await? {
        Some(known) => Ok(env.store.remove_factors_of(by, known.user.id).await?),
        None => Ok(false),
    }
}

/// Deletes a user with everything that belongs to them; whether there was one.
pub async fn delete_account<S: Accounts>(env: &Env<'_, S>, by: &Administrator, who: &Who) -> Result<bool, Failure> {
    let Some(known) = env.store.account(who).await? else { return Ok(false) };
    if env.store.delete_account(by, known.user.id).await? {
        return Ok(true);
    }
    match env.store.account(&Who::Id(known.user.id)).await? {
        Some(_) => Err(LAST_ADMIN.into()),
        None => Ok(false),
    }
}

/// 96 random bits: short enough to be read out, and nothing that anybody guesses.
fn temporary_password<S>(env: &Env<'_, S>) -> Result<(Secret, PasswordHash), Failure> {
    let password = Secret::new(base64url(&env.random_bytes::<12>()));
    let hash = PasswordHash::new(&password, env.settings.bcrypt_rounds()?, env.random_bytes())?;
    Ok((password, hash.temporary(true)))
}
