//! A forgotten password: a mail with a link to choose a new one.

use protocol::language::Language;

use crate::{
    Env, Failure,
    link::{Links, NewLink, Purpose},
    mail::{self, Mail, Mailer, Template},
    signup_mail::MAX_INTERACTION,
    throttle::{ADDRESS_TOLERANCE, Counters, bucket, count_attempt},
    user::{AccessLevel, Email, Users},
};

/// Somebody has forgotten a password.
#[derive(Debug)]
pub struct Forgotten {
    /// The email address as it was typed.
    pub email: String,
    /// What waits until they have signed in.
    pub interaction: Option<String>,
    /// The language of the page.
    pub language: Language,
}

/// Counts a request for a mail, for who gets it and for the address that it comes from, whether or not there is an account:
/// nobody's mailbox is flooded. Answers how many seconds to wait, where there were too many.
pub async fn count_mail<S>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    email: &str,
    client_address: &str,
) -> Result<Option<i64>, Failure> {
    if !env.settings.login_throttle()? {
        return Ok(None);
    }
    let mailbox = bucket("mail", &email.trim().to_lowercase());
    for (bucket, tolerance) in [(mailbox, 1), (bucket("mail_address", client_address), ADDRESS_TOLERANCE)] {
        if let Some(retry_after) = count_attempt(counters, &bucket, tolerance, env.now).await? {
            return Ok(Some(retry_after));
        }
    }
    Ok(None)
}

/// Has a link mailed to who has an account of this address, and does nothing where nobody has. The caller sees to it that
/// both take the same time.
pub async fn send_link<S: Users + Links>(
    env: &Env<'_, S>,
    mailer: &impl Mailer,
    forgotten: &Forgotten,
) -> Result<(), Failure> {
    let Some(email) = Email::parse(&forgotten.email) else { return Ok(()) };
    let known = env.store.user_by_email(&email).await?;
    let Some((user, _)) = known.filter(|(user, _)| user.access_level != AccessLevel::Suspended) else { return Ok(()) };
    let link = NewLink::make(env, Purpose::Reset, Purpose::Reset.lifetime())?;
    let interaction = forgotten.interaction.as_deref().filter(|text| text.len() <= MAX_INTERACTION);
    env.store.add_link(&link, user.id, &user.email, interaction, env.now).await?;
    let told = Some((link.url.expose().to_owned(), link.expires_at));
    mail::send(env, mailer, &Mail::to(env, &user, Template::ResetPassword, forgotten.language, told)).await;
    Ok(())
}
