//! An address is confirmed by a one-time link.

use protocol::Secret;

use crate::{
    By, Env, Failure, Id,
    email::Emails,
    keys::Keys,
    session::{self, Sessions},
    sign_in::{Method, Shown},
    signup::MAX_ATTEMPTS,
    signup_mail::{SignUp, SignUps},
    user::{Users, user_id},
};

/// A link that is good.
#[derive(Debug)]
pub struct Confirmation {
    /// What it confirms.
    pub subject: Subject,
    token: Secret,
}

/// What a link confirms.
#[derive(Debug)]
pub enum Subject {
    /// The address of a sign-up, which it finishes.
    SignUp(Box<SignUp>),
    /// This address, of somebody who has an account.
    Email(String),
}

impl Subject {
    /// The address.
    pub fn email(&self) -> &str {
        match self {
            Self::SignUp(sign_up) => sign_up.email.as_str(),
            Self::Email(email) => email,
        }
    }
}

/// What became of it.
#[derive(Debug)]
pub enum Outcome {
    /// The account is there and its user signed in: the value of the session cookie.
    SignedIn(Secret),
    /// The address is confirmed.
    Confirmed,
    /// That is not the password that was chosen.
    Wrong,
    /// The link is not good any more.
    Expired,
}

/// Looks at a link, which stays good. `None` where it is not good, or not any more.
pub async fn open<S: SignUps + Emails>(env: &Env<'_, S>, token: &str) -> Result<Option<Confirmation>, Failure> {
    let token = Secret::new(token);
    if let Some(sign_up) = env.store.sign_up(&token.hash(), env.now).await? {
        return Ok(Some(Confirmation { subject: Subject::SignUp(Box::new(sign_up)), token }));
    }
    let known = env.store.email_link(&token.hash(), env.now).await?;
    Ok(known.map(|email| Confirmation { subject: Subject::Email(email), token }))
}

/// Confirms the address; where it is that of a sign-up, makes the account, and signs its user in. Whoever reads the mail may be somebody else than who has signed up, and chose the
/// password: it is asked for again, so that nobody is talked into an account to which another has the key.
pub async fn confirm<S: Users + SignUps + Emails + Sessions + Keys>(
    env: &Env<'_, S>,
    confirmation: &Confirmation,
    password: &Secret,
    by: &By,
) -> Result<Outcome, Failure> {
    let Confirmation { subject, token } = confirmation;
    let sign_up = match subject {
        Subject::SignUp(sign_up) => sign_up,
        Subject::Email(_) if env.store.confirm_email(by, &token.hash()).await? => return Ok(Outcome::Confirmed),
        Subject::Email(_) => return Ok(Outcome::Expired),
    };
    if !sign_up.password.matches(password) {
        return Ok(Outcome::Wrong);
    }
    let id = Id::v4(env.random_bytes());
    for attempt in 0..MAX_ATTEMPTS {
        let user_id = user_id(&sign_up.given_name, &sign_up.family_name, attempt, env.random_bytes());
        if env.store.finish_sign_up(by, &token.hash(), id, &user_id).await? {
            let Some((user, _)) = env.store.user_by_id(id).await? else { return Ok(Outcome::Expired) };
            return Ok(Outcome::SignedIn(
                session::start(env, &user, &sign_up.password, &Shown::by(Method::Password)).await?,
            ));
        }
        if env.store.sign_up(&token.hash(), env.now).await?.is_none()
            || env.store.user_by_email(&sign_up.email).await?.is_some()
        {
            return Ok(Outcome::Expired);
        }
    }
    Err(Failure::Internal("no free user ID was found".to_owned()))
}
