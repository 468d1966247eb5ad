//! `spin-auth`: administration on the command line, over the admin API of a running server.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its standard streams")]

mod api;
mod command;
mod members;
mod output;
mod transfer;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use api::Api;
use clap::{CommandFactory, Parser};
use command::{Command, Plan};

/// What the long help says at its end.
const MORE: &str = "\
Examples:
  spin-auth users list --query jane
  spin-auth users create --email jane@example.org --given-name Jane --family-name Doe
  spin-auth clients create --name Tour --redirect-uri http://127.0.0.1:8080/callback --launchpad true
  spin-auth users list --all --json | jq -r '.items[] | select(.last_login_at == null) | .email'
  spin-auth users export --with-hashes > users.jsonl
  spin-auth audit --subject JD-7392

Environment:
  SPIN_AUTH_SERVER       where the server is, as --server
  SPIN_AUTH_ADMIN_TOKEN  the admin token, where --admin-token-file names no file

Exit status:
  0  it is done
  1  the server refused it or did not answer; for an import: lines were refused
  2  the command line is wrong";

/// Administers a spin-auth server over its admin API.
#[derive(Parser)]
#[command(name = "spin-auth", version, after_long_help = MORE)]
struct Cli {
    /// Where the server is
    #[arg(long, global = true, env = "SPIN_AUTH_SERVER", default_value = "http://127.0.0.1:3000", value_name = "URL")]
    server: String,
    /// The file that has the admin token; the token itself may be in SPIN_AUTH_ADMIN_TOKEN [default: .spin/admin-token]
    // There is no option for the token: a command line is there for every user of the machine to read.
    #[arg(long, global = true, value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
    /// Print JSON as the server answers it, for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let api = |token_file| Ok::<_, anyhow::Error>(Api::new(&cli.server, &admin_token(token_file)?));
    match cli.command.plan()? {
        Plan::Call(call) => output::print(&api(cli.admin_token_file)?.call(&call)?, &call, cli.json),
        Plan::Import { what, file } => transfer::import(&api(cli.admin_token_file)?, what, &file, cli.json),
        Plan::Export { what, with_hashes } => transfer::export(&api(cli.admin_token_file)?, what, with_hashes),
        Plan::Complete(shell) => {
            clap_complete::generate(shell, &mut Cli::command(), "spin-auth", &mut std::io::stdout());
            Ok(())
        }
    }
}

/// The token, from the file that is named, else from the environment, else from where `cargo xtask up` keeps it.
fn admin_token(file: Option<PathBuf>) -> Result<String> {
    let made = PathBuf::from(".spin/admin-token");
    let file = match (file, std::env::var("SPIN_AUTH_ADMIN_TOKEN")) {
        (Some(file), _) => file,
        (None, Ok(token)) if !token.is_empty() => return Ok(token),
        (None, _) if made.exists() => made,
        (None, _) => bail!("there is no admin token: set SPIN_AUTH_ADMIN_TOKEN, or name a file by --admin-token-file"),
    };
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
