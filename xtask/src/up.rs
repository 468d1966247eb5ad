//! `cargo xtask up`: from a fresh clone to a server that answers, and a page of how to use it.

pub(crate) mod client;
pub(crate) mod hints;
mod http;
pub(crate) mod secrets;
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
    pub(crate) quiet: bool,
}

/// A server that answers.
pub(crate) struct Server {
    host: Host,
    /// The program that serves it.
    pub(crate) binary: PathBuf,
    /// Where it is reached from this machine, as HOST:PORT.
    pub(crate) address: String,
    /// The token of its admin API.
    pub(crate) admin_token: String,
    /// What stands for that token in a shell command.
    admin_token_source: String,
    /// Where its state is.
    pub(crate) state_dir: PathBuf,
}

impl Server {
    /// Stays until it has stopped.
    pub(crate) fn wait(self) -> Result<ExitCode> {
        let status = self.host.wait()?;
        Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
    }
}

/// Sets up, builds, serves, explains, and stays until it is told to stop.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let progress = Progress::new(5, options.quiet);
    let server = serve(options, &workspace, &progress)?;
    progress.step("Preparing the ready client; the first answer makes the database and the keys");
    match client::ready(&server.address, &server.admin_token, &server.state_dir) {
        Ok(client) => {
            let base_url = format!("http://{}", server.address);
            host::relay(&hints::page(&base_url, &client, &server.admin_token_source));
        }
        // The server runs: somebody who closed registration wants it nevertheless.
        Err(error) => eprintln!("There is no ready client: {error:#}"),
    }
    server.wait()
}

/// Builds and starts the server. Four steps of progress.
pub(crate) fn serve(options: &Options, workspace: &Workspace, progress: &Progress) -> Result<Server> {
    wasm::build(workspace, progress)?;
    let binary = host::build(workspace, progress)?;
    progress.step("Starting the server");
    let state_dir = state_dir(options, workspace);
    secrets::make_private_dir(&state_dir)?;
    let listen = host::settle_port(&options.listen)?;
    let settings = Settings::new(&options.variables, &state_dir, &format!("http://{}", hints::reachable(listen)))?;
    let mut command = Command::new(&binary);
    command.arg("--from").arg(workspace.root.join("spin.toml")).args(["--listen", &listen.to_string()]);
    command.arg("--state-dir").arg(&state_dir);
    settings.apply(&mut command);
    if options.quiet {
        command.arg("--quiet");
    }
    let host = Host::start(&mut command, Some(host::catch_signals()?))?;
    let address = hints::reachable(host.address.parse().unwrap_or(listen)).to_string();
    let Settings { admin_token, admin_token_source, .. } = settings;
    Ok(Server { host, binary, address, admin_token, admin_token_source, state_dir })
}

/// The folder of the state, in the short form that the hints show.
fn state_dir(options: &Options, workspace: &Workspace) -> PathBuf {
    let folder = options.state_dir.clone().unwrap_or_else(|| workspace.root.join(".spin"));
    let here = std::env::current_dir().unwrap_or_default();
    folder.strip_prefix(here).map(Path::to_owned).unwrap_or(folder)
}
