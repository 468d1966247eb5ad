//! The built-in host: building it, starting it, stopping it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};
use clap::Args;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::cmd::{self, Progress};
use crate::workspace::Workspace;

/// The package, and its binary.
pub(crate) const HOST: &str = "spin-auth-host";
/// What the host prints before its address once it answers requests.
const READY: &str = "Serving http://";
/// Names another host binary to use instead of building ours.
const BINARY: &str = "SPIN_AUTH_HOST_BIN";

/// Builds the host, unless the environment names one, and gives the path of its binary. One step of progress.
pub(crate) fn build(workspace: &Workspace, progress: &Progress) -> Result<PathBuf> {
    progress.step("Building the host; the first time takes minutes");
    if let Some(binary) = std::env::var_os(BINARY) {
        progress.note(&format!("{BINARY} names one already"));
        return Ok(binary.into());
    }
    let mut cargo = cmd::cargo();
    cargo.current_dir(&workspace.root).args(["build", "--profile", "host", "--package", HOST]);
    if progress.quiet() {
        cargo.arg("--quiet");
    }
    cmd::run(&mut cargo)?;
    Ok(workspace.target.join("host").join(HOST))
}

/// What is passed on to such a program.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What `--help` lists
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
}

/// Builds a program of ours that starts hosts, in the profile with this name and folder, and says how to run it.
pub(crate) fn tool(workspace: &Workspace, package: &str, profile: (&str, &str), host: &Path) -> Result<Command> {
    let mut cargo = cmd::cargo();
    cargo.current_dir(&workspace.root).args(["build", "--quiet", "--profile", profile.0, "--package", package]);
    cmd::run(&mut cargo)?;
    let mut tool = Command::new(workspace.target.join(profile.1).join(package));
    tool.arg("--root").arg(&workspace.root).arg("--host-binary").arg(host);
    Ok(tool)
}

/// A host that serves.
pub(crate) struct Host {
    child: Child,
    /// Where it said that it listens.
    pub(crate) address: String,
}

/// Catches the signals that ask us to stop, from now on.
pub(crate) fn catch_signals() -> Result<Signals> {
    Ok(Signals::new([SIGINT, SIGTERM, SIGHUP])?)
}

impl Host {
    /// Starts a host and waits until it says that it serves.
    ///
    /// It gets a process group of its own: Ctrl-C then reaches it once, from us, and not twice. Caught signals are
    /// handed to it; [`Host::wait`] then sees its end.
    pub(crate) fn start(command: &mut Command, signals: Option<Signals>) -> Result<Self> {
        let program = command.get_program().to_owned();
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {}", Path::new(&program).display()))?;
        if let Some(signals) = signals {
            forward(signals, pid(&child)?);
        }
        let output = child.stdout.take().context("the host has no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let address = loop {
            let Some(line) = lines.next() else {
                bail!("the host stopped before it served ({})", child.wait()?);
            };
            let line = line?;
            relay(&line);
            if let Some(address) = line.trim().strip_prefix(READY) {
                break address.trim_end_matches('/').to_owned();
            }
        };
        // Go on reading: a full pipe would stop the host.
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| relay(&line)));
        Ok(Self { child, address })
    }

    /// Waits for the end of the host, which a signal to us brings about.
    pub(crate) fn wait(mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }
}

/// Prints a line, to whoever still listens: `up | head -1` must not stop the server.
pub(crate) fn relay(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A port that is free now, for `--listen HOST:0`: the issuer must be known before the host starts.
pub(crate) fn settle_port(listen: &str) -> Result<SocketAddr> {
    let addresses: Vec<_> = listen.to_socket_addrs().with_context(|| format!("--listen {listen}"))?.collect();
    // A name such as `localhost` means IPv4 where it can.
    let address = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    let address = *address.with_context(|| format!("--listen {listen}: no such address"))?;
    if address.port() != 0 {
        return Ok(address);
    }
    Ok(TcpListener::bind(address)?.local_addr()?)
}

fn pid(child: &Child) -> Result<Pid> {
    Ok(Pid::from_raw(i32::try_from(child.id())?))
}

/// Hands signals to the host for as long as we live.
fn forward(mut signals: Signals, host: Pid) {
    thread::spawn(move || {
        for signal in signals.forever() {
            // The end of the terminal is no reason to lose anything either.
            let signal = if signal == SIGINT { Signal::SIGINT } else { Signal::SIGTERM };
            // It may have ended meanwhile, which is what was asked for.
            let _ = kill(host, signal);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        command
    }

    #[test]
    fn a_host_is_started_once_it_serves_and_stopped_when_asked() {
        let host = Host::start(&mut script("echo Serving http://127.0.0.1:1234; exec sleep 60"), None).unwrap();
        assert_eq!(host.address, "127.0.0.1:1234");
        kill(pid(&host.child).unwrap(), Signal::SIGTERM).unwrap();
        assert!(!host.wait().unwrap().success());
    }

    #[test]
    fn a_host_that_stops_too_early_is_an_error() {
        assert!(Host::start(&mut script("echo no database; exit 3"), None).is_err());
    }

    #[test]
    fn port_zero_becomes_a_free_port() {
        assert_ne!(settle_port("127.0.0.1:0").unwrap().port(), 0);
        assert_eq!(settle_port("127.0.0.1:3000").unwrap().port(), 3000);
        assert_eq!(settle_port("localhost:3000").unwrap().to_string(), "127.0.0.1:3000");
        assert!(settle_port("127.0.0.1").is_err());
    }
}
