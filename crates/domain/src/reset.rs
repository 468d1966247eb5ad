//! A new password by a one-time link. Nobody is signed in by that: a second factor is asked for as ever.

use protocol::Secret;

use crate::{
    By, Env, Failure,
    link::Links,
    password::{NewPassword, PasswordProblem},
    user::User,
};

/// A link that is good.
#[derive(Debug)]
pub struct Reset {
    /// Who chooses.
    pub user: User,
    /// What waits until they have signed in.
    pub interaction: Option<String>,
    token: Secret,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The password is the new one, and every session has ended.
    Changed,
    /// The new password cannot be chosen.
    Problem(PasswordProblem),
    /// The link is not good any more.
    Expired,
}

/// Looks at a link, which stays good: whoever opens links before their reader does, such as a scanner of mails, uses nothing
/// up. `None` where it is not good, or not any more.
pub async fn open<S: Links>(env: &Env<'_, S>, token: &str) -> Result<Option<Reset>, Failure> {
    let token = Secret::new(token);
    let known = env.store.reset_link(&token.hash(), env.now).await?;
    Ok(known.map(|(user, interaction)| Reset { user, interaction, token }))
}

/// Sets the new password.
pub async fn reset<S: Links>(env: &Env<'_, S>, reset: &Reset, typed: &Secret, by: &By) -> Result<Outcome, Failure> {
    let Reset { user, token, .. } = reset;
    let new = match NewPassword::choose(typed, &user.email, &user.given_name, &user.family_name) {
        Ok(new) => new.hash(env)?,
        Err(problem) => return Ok(Outcome::Problem(problem)),
    };
    Ok(match env.store.reset_password(&token.hash(), &new, by).await? {
        true => Outcome::Changed,
        false => Outcome::Expired,
    })
}
