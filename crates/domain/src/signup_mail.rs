//! Sign-up where this server can have mails sent: there is an account when its address has been confirmed, and nobody
//! learns who has one before.

use protocol::{Timestamp, language::Language, secret::SecretHash};

use crate::{
    By, Env, Failure, Id, StorageError,
    link::{NewLink, Purpose},
    mail::{self, Mail, Mailer, Template},
    signup::Candidate,
    user::{Email, PasswordHash, Users},
};

/// The greatest interaction that waits for the link, in octets.
pub(crate) const MAX_INTERACTION: usize = 8 * 1024;

/// A sign-up that waits for its address to be confirmed.
#[derive(Debug)]
pub struct SignUp {
    /// The address.
    pub email: Email,
    /// First name, from which the user ID begins.
    pub given_name: String,
    /// Last name; may be empty.
    pub family_name: String,
    /// The hash of the chosen password.
    pub password: PasswordHash,
    /// What waits until the user is signed in.
    pub interaction: Option<String>,
}

/// Storage of sign-ups.
pub trait SignUps {
    /// Keeps a sign-up with its link, instead of an older one of the same address.
    async fn add_sign_up(&self, link: &NewLink, sign_up: &SignUp, now: Timestamp) -> Result<(), StorageError>;

    /// The sign-up of this token.
    async fn sign_up(&self, token: &SecretHash, now: Timestamp) -> Result<Option<SignUp>, StorageError>;

    /// Makes the user of a sign-up, whose address is verified by that, with this identifier and user ID; the sign-up goes, and
    /// it is written to the audit log, in the same act. `false` where there is no such sign-up, or the address or the user ID is
    /// taken; then nothing has changed.
    async fn finish_sign_up(&self, by: &By, token: &SecretHash, id: Id, user_id: &str) -> Result<bool, StorageError>;
}

/// Keeps a sign-up and has its link mailed; or tells the owner of an account of this address that there is one. The caller
/// answers alike, and sees to it that both take the same time.
pub async fn ask_to_confirm<S: Users + SignUps>(
    env: &Env<'_, S>,
    mailer: &impl Mailer,
    candidate: Candidate,
    interaction: Option<String>,
    language: Language,
) -> Result<(), Failure> {
    if let Some((user, _)) = env.store.user_by_email(&candidate.email).await? {
        mail::send(env, mailer, &Mail::to(env, &user, Template::AddressTaken, language, None)).await;
        return Ok(());
    }
    let link = NewLink::make(env, Purpose::SignUp, Purpose::SignUp.lifetime())?;
    let Candidate { given_name, family_name, email, password } = candidate;
    let interaction = interaction.filter(|text| text.len() <= MAX_INTERACTION);
    let sign_up = SignUp { email, given_name, family_name, password, interaction };
    env.store.add_sign_up(&link, &sign_up, env.now).await?;
    let told = Some((link.url.expose().to_owned(), link.expires_at));
    let mail = Mail::to_address(env, sign_up.email.as_str(), Template::ConfirmSignUp, language, told);
    mail::send(env, mailer, &mail).await;
    Ok(())
}
