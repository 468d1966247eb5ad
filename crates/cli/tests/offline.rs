//! What needs no server.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop and say why")]

use std::process::{Command, Output};

/// The tool, in a folder where no server has left its token.
fn spin_auth(arguments: &[&str]) -> Output {
    let folder = std::env::temp_dir();
    let mut command = Command::new(env!("CARGO_BIN_EXE_spin-auth"));
    command.args(arguments).current_dir(folder).env_remove("SPIN_AUTH_ADMIN_TOKEN").output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn each_shell_gets_completions_that_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = spin_auth(&["completions", shell]);
        assert!(output.status.success());
        assert!(text(&output.stdout).contains("rotate-secret"), "{shell}");
    }
}

#[test]
fn the_long_help_has_examples_and_what_the_environment_and_the_status_mean() {
    let output = spin_auth(&["--help"]);
    for said in ["Examples:", "SPIN_AUTH_ADMIN_TOKEN", "Exit status:", "export --with-hashes"] {
        assert!(text(&output.stdout).contains(said), "{said}");
    }
    for command in [&["users", "import"][..], &["clients", "export"], &["keys", "rotate"], &["audit"], &["purge"]] {
        let output = spin_auth(&[command, &["--help"]].concat());
        assert!(output.status.success() && text(&output.stdout).contains("--json"), "{command:?}");
    }
}

#[test]
fn without_a_token_nothing_is_asked_and_it_says_what_to_do() {
    let output = spin_auth(&["users", "list"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("SPIN_AUTH_ADMIN_TOKEN"), "{}", text(&output.stderr));
}

#[test]
fn a_change_that_changes_nothing_and_an_unknown_command_are_errors() {
    assert_eq!(spin_auth(&["users", "edit", "jane@example.org"]).status.code(), Some(1));
    assert_eq!(spin_auth(&["users", "promote"]).status.code(), Some(2));
}
