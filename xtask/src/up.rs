//! `cargo xtask up`: from a fresh clone to a server that answers, and a page of how to use it.

mod client;
mod hints;
mod http;
mod secrets;
mod settings;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::Args;

use self::settings::Settings;
use crate::cmd::Progress;
use crate::host::{self, Host};
use crate::wasm;
use crate::workspace::Workspace;

/// How to serve.
#[derive(Args)]
pub(crate) struct Options {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3000")]
    listen: String,
    /// Folder of the database, the key-value store and the made secrets [default: .spin beside spin.toml]
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// A setting, see the README; SPIN_VARIABLE_NAME in the environment does the same
    #[arg(long = "variable", value_name = "NAME=VALUE | NAME=@FILE")]
    variables: Vec<String>,
    /// Print no progress
    #[arg(long)]
    quiet: bool,
}

/// Sets up, builds, serves, explains, and stays until it is told to stop.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let progress = Progress::new(5, options.quiet);
    wasm::build(&workspace, &progress)?;
    let binary = host::build(&workspace, &progress)?;

    progress.step("Starting the server");
    let state_dir = state_dir(options, &workspace);
    secrets::make_private_dir(&state_dir)?;
    let listen = host::settle_port(&options.listen)?;
    let settings = Settings::new(&options.variables, &state_dir, &format!("http://{}", hints::reachable(listen)))?;
    let mut command = Command::new(binary);
    command.arg("--from").arg(workspace.root.join("spin.toml")).args(["--listen", &listen.to_string()]);
    command.arg("--state-dir").arg(&state_dir);
    settings.apply(&mut command);
    if options.quiet {
        command.arg("--quiet");
    }
    let host = Host::start(&mut command, Some(host::catch_signals()?))?;

    progress.step("Preparing the ready client; the first answer makes the database and the keys");
    let address = hints::reachable(host.address.parse().unwrap_or(listen)).to_string();
    match client::ready(&address, &settings.admin_token, &state_dir) {
        Ok(client) => host::relay(&hints::page(&format!("http://{address}"), &client, &settings.admin_token_source)),
        // The server runs: somebody who closed registration wants it nevertheless.
        Err(error) => eprintln!("There is no ready client: {error:#}"),
    }
    let status = host.wait()?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

/// The folder of the state, in the short form that the hints show.
fn state_dir(options: &Options, workspace: &Workspace) -> PathBuf {
    let folder = options.state_dir.clone().unwrap_or_else(|| workspace.root.join(".spin"));
    let here = std::env::current_dir().unwrap_or_default();
    folder.strip_prefix(here).map(Path::to_owned).unwrap_or(folder)
}
