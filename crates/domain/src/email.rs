//! The email address of a user: confirmed by a link that is mailed to it, and changed to another one.

use futures_util::future::join;
use protocol::{Secret, Timestamp, language::Language, secret::SecretHash};

use crate::{
    By, Env, Failure, Id, StorageError,
    link::{Links, NewLink, Purpose},
    mail::{self, Mail, Mailer, Template},
    throttle::{Counters, PasswordAttempt},
    user::{Email, User, Users},
};

/// Another address that was typed, with the password so far.
#[derive(Debug)]
pub struct Typed {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Secret,
    /// The address of the client, as the host tells it.
    pub client_address: String,
}

/// Why an address is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The password is not right.
    Wrong,
    /// Too many that were wrong: to be tried again after so many seconds.
    Throttled {
        /// Seconds to wait.
        retry_after: i64,
    },
    /// That is no email address, or the one that the user has.
    Email,
}

/// Storage of addresses.
pub trait Emails {
    /// Changes the address of a user to one that nobody has confirmed; `false` where it is another's. Written to the audit log.
    async fn change_email(&self, by: &By, user: Id, email: &Email) -> Result<bool, StorageError>;

    /// The address that the link of this token confirms.
    async fn email_link(&self, token: &SecretHash, now: Timestamp) -> Result<Option<String>, StorageError>;

    /// Makes the address of the link of this token that of its user, confirmed; whether the link was good, and the address is
    /// not another's by now. In the same act the links of the user are worth nothing, and it is written to the audit log.
    async fn confirm_email(&self, by: &By, token: &SecretHash) -> Result<bool, StorageError>;
}

/// Checks what was typed. The password is asked for as at sign-in, so that a browser that was left open is not enough.
pub async fn check<S: Users>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    user: &User,
    typed: &Typed,
) -> Result<Result<Email, Refusal>, Failure> {
    let counted = match PasswordAttempt::begin(env, counters, &user.email, &typed.client_address).await? {
        Ok(counted) => counted,
        Err(retry_after) => return Ok(Err(Refusal::Throttled { retry_after })),
    };
    let known = env.store.user_by_id(user.id).await?;
    if !known.is_some_and(|(_, password)| password.matches(&typed.password)) {
        return Ok(Err(Refusal::Wrong));
    }
    counted.succeeded().await?;
    Ok(Email::parse(&typed.email).filter(|email| email.as_str() != user.email).ok_or(Refusal::Email))
}

/// Has a link mailed with which the user confirms this address, and tells the one so far of another. The owner of an account
/// that has it is told instead; the caller answers alike, and sees to it that both take the same time.
pub async fn ask_to_confirm<S: Users + Links>(
    env: &Env<'_, S>,
    mailer: &impl Mailer,
    user: &User,
    email: &Email,
    language: Language,
) -> Result<(), Failure> {
    let is_new = email.as_str() != user.email;
    let owner = env.store.user_by_email(email).await?.filter(|_| is_new);
    let mail = match owner {
        Some((owner, _)) => Mail::to(env, &owner, Template::AddressTaken, language, None),
        None => {
            let link = NewLink::make(env, Purpose::Email, Purpose::Email.lifetime())?;
            env.store.add_link(&link, user.id, email.as_str(), None, env.now).await?;
            let told = Some((link.url.expose().to_owned(), link.expires_at));
            Mail::to_address(env, email.as_str(), Template::ConfirmEmail, language, told)
        }
    };
    let notice = Mail::to(env, user, Template::EmailChange, language, None);
    let tell = async {
        if is_new {
            mail::send(env, mailer, &notice).await;
        }
    };
    join(mail::send(env, mailer, &mail), tell).await;
    Ok(())
}
