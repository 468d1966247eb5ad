//! `cargo xtask demo`: the server and the sample application beside it, ready to sign in.

use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cmd::Progress;
use crate::host::{self, Host};
use crate::up::{self, Server, client, hints, secrets};
use crate::wasm;
use crate::workspace::Workspace;

/// The package of the sample application.
pub(crate) const CONSUMER: &str = "consumer";

/// How to serve both.
#[derive(Args)]
#[group(skip)]
pub(crate) struct Options {
    #[command(flatten)]
    server: up::Options,
    /// Address and port of the sample application; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3001")]
    consumer_listen: String,
}

/// Builds and starts both, and stays until it is told to stop.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let progress = Progress::new(7, options.server.quiet);
    let server = up::serve(&options.server, &workspace, &progress)?;
    wasm::compile(&workspace, &progress, &[CONSUMER])?;
    progress.step("Starting the sample application");
    let consumer = start(options, &workspace, &server)?;
    host::relay(&page(&consumer.address, &server.address));
    let code = server.wait()?;
    consumer.wait()?;
    Ok(code)
}

/// Registers the sample application, unless an earlier start has, and starts it.
fn start(options: &Options, workspace: &Workspace, server: &Server) -> Result<Host> {
    let listen = host::settle_port(&options.consumer_listen)?;
    let base_url = format!("http://{}", hints::reachable(listen));
    let folder = server.state_dir.join(CONSUMER);
    secrets::make_private_dir(&folder)?;
    let metadata = json!({
        "client_name": "Sample application",
        "client_uri": base_url,
        "redirect_uris": [format!("{base_url}/callback")],
        "post_logout_redirect_uris": [format!("{base_url}/")],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile email offline_access",
        "id_token_signed_response_alg": "ES256",
        "launchpad": true,
    });
    // By its port: at another one it has another redirect URI, and is another client.
    let file = folder.join(format!("client-{}", listen.port()));
    let client = client::kept(&server.address, &server.admin_token, file, &metadata)?;
    let mut command = Command::new(&server.binary);
    command.arg("--from").arg(workspace.root.join("examples/consumer/spin.toml"));
    command.args(["--listen", &listen.to_string(), "--state-dir"]).arg(&folder);
    // In the environment: a command line is there for every user of the machine to read.
    command.env("SPIN_VARIABLE_BASE_URL", base_url).env("SPIN_VARIABLE_ISSUER", format!("http://{}", server.address));
    command.env("SPIN_VARIABLE_CLIENT_ID", &client.id).env("SPIN_VARIABLE_CLIENT_SECRET", &client.secret);
    let cookie_secret = secrets::kept(&folder.join("cookie-secret"), secrets::random)?;
    command.env("SPIN_VARIABLE_COOKIE_SECRET", cookie_secret);
    if options.server.quiet {
        command.arg("--quiet");
    }
    Host::start(&mut command, Some(host::catch_signals()?))
}

fn page(consumer: &str, server: &str) -> String {
    format!(
        r"
  Open          http://{consumer}/       the sample application: sign in, and create an account on the way
  Server        http://{server}/       your applications, your account

  Ctrl-C stops both; their state stays.
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_to_open() {
        let page = page("127.0.0.1:3001", "127.0.0.1:3000");
        assert!(page.contains("Open          http://127.0.0.1:3001/ "), "{page}");
    }
}
