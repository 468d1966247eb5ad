//! Running other programs, and telling the user which step we are at.

use std::ffi::OsString;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The cargo that runs us, so that a `+toolchain` carries over to the commands we start.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// Runs a command with our own standard streams (but no input) and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a command with our own standard streams (but no input) and says how it ended.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    command.stdin(Stdio::null()).status().with_context(|| cannot_start(command))
}

/// The exit code that says how another program ended.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Runs a command and gives back what it printed on standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", line(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command exists and succeeds; nothing of it is shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// Runs a command for as long as `progressing` changes its answer at least once in `patience`.
///
/// `None` says that the command hung and was killed.
pub(crate) fn run_while<T: PartialEq>(
    command: &mut Command,
    patience: Duration,
    progressing: impl Fn() -> T,
) -> Result<Option<ExitStatus>> {
    let mut child = command.stdin(Stdio::null()).spawn().with_context(|| cannot_start(command))?;
    let mut seen = progressing();
    let mut since = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let now = progressing();
        if now != seen {
            seen = now;
            since = Instant::now();
        } else if since.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(Duration::from_millis(100));
    }
}

/// The command as one would type it; variables are left out because some of them are secrets.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`", line(command))
}

/// Prints numbered steps with the time since the start, or nothing at all.
pub(crate) struct Progress {
    steps: usize,
    done: AtomicUsize,
    quiet: bool,
    start: Instant,
}

impl Progress {
    /// Progress over this many steps; a quiet one prints nothing.
    pub(crate) fn new(steps: usize, quiet: bool) -> Self {
        Self { steps, done: AtomicUsize::new(0), quiet, start: Instant::now() }
    }

    /// Announces the next step.
    pub(crate) fn step(&self, title: &str) {
        let number = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if !self.quiet {
            eprintln!("\n[{number}/{}] {title} ({} s)", self.steps, self.start.elapsed().as_secs());
        }
    }

    /// Says something about the current step.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            eprintln!("      {text}");
        }
    }

    /// Whether nothing but errors and results is wanted.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_hangs_is_killed_after_the_patience() {
        let outcome = run_while(Command::new("sleep").arg("30"), Duration::from_millis(200), || 0);
        assert!(matches!(outcome, Ok(None)));
    }

    #[test]
    fn a_command_that_progresses_is_waited_for() {
        let start = Instant::now();
        let outcome =
            run_while(Command::new("sleep").arg("1"), Duration::from_millis(300), || start.elapsed().as_millis());
        assert!(matches!(outcome, Ok(Some(status)) if status.success()));
    }

    #[test]
    fn a_failing_command_is_an_error_that_names_it() {
        let error = run(Command::new("false").arg("--flag")).map_err(|e| e.to_string());
        assert!(error.is_err_and(|text| text.contains("`false --flag` failed")));
    }
}
