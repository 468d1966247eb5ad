//! The variables that the host gets: what the user sets, and an admin token and an issuer where they set none.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{hints, secrets};

const ADMIN_TOKEN: &str = "admin_token";
const ISSUER: &str = "issuer";

/// What the host is told.
pub(crate) struct Settings {
    /// Environment variables: a command line is there for every user of the machine to read.
    env: Vec<(String, String)>,
    /// `NAME=@FILE` and `@FILE`, which only the host's command line understands.
    files: Vec<String>,
    /// The token of the admin API.
    pub(crate) admin_token: String,
    /// What stands for the token in a shell command.
    pub(crate) admin_token_source: String,
}

impl Settings {
    /// Adds to the user's variables what is missing; a made token is kept in the folder of the state.
    pub(crate) fn new(variables: &[String], state_dir: &Path, base_url: &str) -> Result<Self> {
        let (mut env, mut files) = (Vec::new(), Vec::new());
        for variable in variables {
            match variable.split_once('=') {
                Some((name, value)) if !value.starts_with('@') => env.push((key(name), value.to_owned())),
                Some(_) => files.push(variable.clone()),
                None if variable.starts_with('@') => files.push(variable.clone()),
                None => anyhow::bail!("--variable {variable}: write NAME=VALUE or NAME=@FILE"),
            }
        }
        let mut settings =
            Self { env, files, admin_token: String::new(), admin_token_source: "THE_ADMIN_TOKEN_YOU_GAVE".into() };
        if let Some(token) = settings.given(ADMIN_TOKEN)? {
            settings.admin_token = token;
        } else {
            let file = state_dir.join("admin-token");
            settings.admin_token = secrets::kept(&file, secrets::random)?;
            settings.admin_token_source = format!("$(cat {})", hints::shell_word(&file));
            settings.env.push((key(ADMIN_TOKEN), settings.admin_token.clone()));
        }
        if settings.given(ISSUER)?.is_none() {
            settings.env.push((key(ISSUER), base_url.to_owned()));
        }
        Ok(settings)
    }

    /// Hands them to the host.
    pub(crate) fn apply(&self, command: &mut Command) {
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.args(self.files.iter().flat_map(|file| ["--variable", file]));
    }

    /// What the user set the variable to, in any of the ways.
    fn given(&self, name: &str) -> Result<Option<String>> {
        let prefix = format!("{name}=@");
        if let Some(file) = self.files.iter().rev().find_map(|variable| variable.strip_prefix(&prefix)) {
            return std::fs::read_to_string(file).map(Some).with_context(|| format!("--variable {prefix}{file}"));
        }
        let key = key(name);
        let listed = self.env.iter().rev().find(|(listed, _)| *listed == key).map(|(_, value)| value.clone());
        Ok(listed.or_else(|| std::env::var(key).ok()))
    }
}

/// The environment variable of a Spin variable.
fn key(variable: &str) -> String {
    format!("SPIN_VARIABLE_{}", variable.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(state_dir: &Path, variables: &[&str]) -> Settings {
        let variables: Vec<_> = variables.iter().map(|text| (*text).to_owned()).collect();
        Settings::new(&variables, state_dir, "http://127.0.0.1:4000").unwrap()
    }

    #[test]
    fn without_an_admin_token_one_is_made_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (settings(folder.path(), &[]), settings(folder.path(), &[]));
        assert_eq!(first.admin_token.len(), 64);
        assert_eq!(first.admin_token, second.admin_token);
    }

    #[test]
    fn a_given_admin_token_is_used_and_never_written() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(settings(folder.path(), &["admin_token=mine"]).admin_token, "mine");
        assert!(!folder.path().join("admin-token").exists());
    }

    #[test]
    fn an_admin_token_may_be_given_as_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine");
        std::fs::write(&file, "filed").unwrap();
        let settings = settings(folder.path(), &[&format!("admin_token=@{}", file.display())]);
        assert_eq!(settings.admin_token, "filed");
    }

    #[test]
    fn the_issuer_is_the_address_unless_it_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let issuer = |variables: &[&str]| settings(folder.path(), variables).given(ISSUER).unwrap().unwrap();
        assert_eq!(issuer(&[]), "http://127.0.0.1:4000");
        assert_eq!(issuer(&["issuer=https://id.example"]), "https://id.example");
    }

    #[test]
    fn no_secret_is_on_the_hosts_command_line() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), &["key_encryption_key=mine", "invite_code=@file"]);
        let mut command = Command::new("host");
        settings.apply(&mut command);
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        assert_eq!(words, ["--variable", "invite_code=@file"]);
    }

    #[test]
    fn a_variable_without_value_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Settings::new(&["issuer".into()], folder.path(), "http://localhost").is_err());
    }
}
