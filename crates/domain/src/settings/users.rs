//! How people get an account, and how they sign in.

use protocol::{Secret, time::Seconds};

use super::{SettingError, Settings};

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signup {
    /// Everybody.
    Open,
    /// Whoever knows the invite code.
    Invite,
    /// Nobody: administrators make the accounts.
    Closed,
}

impl Settings {
    /// Who may sign up, default `open`.
    pub fn signup(&self) -> Result<Signup, SettingError> {
        match self.text("signup")? {
            "open" => Ok(Signup::Open),
            "invite" => Ok(Signup::Invite),
            "closed" => Ok(Signup::Closed),
            _ => Err(SettingError { name: "signup", problem: "must be open, invite or closed" }),
        }
    }

    /// The code that opens sign-up where `signup` is `invite`.
    pub fn invite_code(&self) -> Result<Option<Secret>, SettingError> {
        self.secret("invite_code")
    }

    /// The life of a session, default 86 400 s.
    pub fn session_expires_in(&self) -> Result<Seconds, SettingError> {
        self.seconds("session_expires_in", 1)
    }

    /// The cost of bcrypt, default 10.
    pub fn bcrypt_rounds(&self) -> Result<u32, SettingError> {
        let name = "bcrypt_rounds";
        let rounds = self.text(name)?.parse().ok().filter(|rounds| (4..=16).contains(rounds));
        rounds.ok_or(SettingError { name, problem: "must be a number from 4 to 16" })
    }

    /// Whether failed logins, and user codes that are not there, slow the next ones down; default on.
    pub fn login_throttle(&self) -> Result<bool, SettingError> {
        self.switch("login_throttle")
    }
}
