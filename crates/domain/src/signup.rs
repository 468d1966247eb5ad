//! Sign-up: a user makes an account.

use protocol::{Secret, secret::SecretHash, standard_claims::StandardClaims};

use crate::{
    By, Env, Failure, Id,
    keys::Keys,
    password::{NewPassword, PasswordHash, PasswordProblem},
    session::{self, Sessions},
    settings::Signup,
    sign_in::{Method, Shown},
    user::{AccessLevel, Email, User, Users, user_id},
};

/// The greatest length of a name, in characters.
const MAX_NAME: usize = 100;
/// How often a taken user ID is replaced by another before giving up.
pub(crate) const MAX_ATTEMPTS: u32 = 24;

/// What somebody typed to sign up.
#[derive(Debug)]
pub struct Application {
    /// First name.
    pub given_name: String,
    /// Last name; may be empty.
    pub family_name: String,
    /// Email address.
    pub email: String,
    /// Chosen password.
    pub password: Secret,
    /// The invite code, where sign-up needs one.
    pub invite_code: Option<Secret>,
    /// The address of the client, as the host tells it.
    pub client_address: String,
}

/// Why an application is refused: one for each field that the page can point at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Sign-up is closed.
    Closed,
    /// The invite code is missing or wrong.
    Invite,
    /// A name is missing or too long.
    Name,
    /// That is no email address.
    Email,
    /// The password cannot be chosen.
    Password(PasswordProblem),
    /// There is an account of this email address.
    Taken,
}

/// An application that can be accepted, unless there is an account of its address.
#[derive(Debug)]
pub struct Candidate {
    /// First name.
    pub given_name: String,
    /// Last name; may be empty.
    pub family_name: String,
    /// Email address.
    pub email: Email,
    /// The hash of the chosen password.
    pub password: PasswordHash,
}

/// Checks an application as far as that needs no look at the accounts that there are.
pub fn examine<S>(env: &Env<'_, S>, application: &Application) -> Result<Result<Candidate, Problem>, Failure> {
    match env.settings.signup()? {
        Signup::Open => {}
        Signup::Closed => return Ok(Err(Problem::Closed)),
        Signup::Invite => {
            let expected = env.settings.invite_code()?.map(|code| code.hash());
            let given = application.invite_code.as_ref().map(Secret::hash);
            if !expected.zip(given).is_some_and(|(expected, given): (SecretHash, SecretHash)| expected.matches(&given))
            {
                return Ok(Err(Problem::Invite));
            }
        }
    }
    let (Some(given_name), Some(family_name)) = (name(&application.given_name), name(&application.family_name)) else {
        return Ok(Err(Problem::Name));
    };
    if given_name.is_empty() {
        return Ok(Err(Problem::Name));
    }
    let Some(email) = Email::parse(&application.email) else { return Ok(Err(Problem::Email)) };
    let password = match NewPassword::choose(&application.password, email.as_str(), &given_name, &family_name) {
        Ok(password) => password,
        Err(problem) => return Ok(Err(Problem::Password(problem))),
    };
    Ok(Ok(Candidate { given_name, family_name, email, password: password.hash(env)? }))
}

/// Makes an account and signs its user in; answers the value of the session cookie.
pub async fn signup<S: Users + Sessions + Keys>(
    env: &Env<'_, S>,
    application: Application,
) -> Result<Result<Secret, Problem>, Failure> {
    let candidate = match examine(env, &application)? {
        Ok(candidate) => candidate,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut user = User {
        id: Id::v4(env.random_bytes()),
        user_id: String::new(),
        email: candidate.email.to_string(),
        email_verified: false,
        given_name: candidate.given_name,
        family_name: candidate.family_name,
        access_level: AccessLevel::User,
        created_at: env.now,
        updated_at: env.now,
        claims: StandardClaims::default(),
    };
    let by = By::user(env, &application.client_address)?;
    for attempt in 0..MAX_ATTEMPTS {
        user.user_id = user_id(&user.given_name, &user.family_name, attempt, env.random_bytes());
        if env.store.add_user(&by, &user, &candidate.password).await? {
            return Ok(Ok(session::start(env, &user, &candidate.password, &Shown::by(Method::Password)).await?));
        }
        if env.store.user_by_email(&candidate.email).await?.is_some() {
            return Ok(Err(Problem::Taken));
        }
    }
    Err(Failure::Internal("no free user ID was found".to_owned()))
}

/// A name as it is kept: on one line, and not too long.
pub(crate) fn name(typed: &str) -> Option<String> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    (name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control)).then_some(name)
}
