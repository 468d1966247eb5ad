//! The suites of clients that others wrote: JavaScript and Python, with what their lock files name.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{apt, cmd};

/// What `unittest` ends with where the filter left no test.
const NO_TESTS: i32 = 5;

/// A suite in the language of its clients.
pub(crate) struct Suite {
    /// Where it is, within the workspace.
    pub(crate) folder: &'static str,
    /// What the user reads.
    pub(crate) title: &'static str,
    /// What the locked packages are installed by.
    install: fn(&Path) -> Result<()>,
    /// The lock file, and what is there and newer once they are installed.
    files: [&'static str; 2],
    /// The command that runs those tests whose names contain the filter.
    command: fn(&Path, Option<&str>) -> Command,
}

/// All of them.
pub(crate) const SUITES: [Suite; 2] = [
    Suite {
        folder: "tests/node",
        title: "JavaScript clients",
        install: npm,
        files: ["package-lock.json", "node_modules/.package-lock.json"],
        command: node,
    },
    Suite {
        folder: "tests/python",
        title: "Python clients",
        install: pip,
        files: ["requirements.txt", ".venv/installed"],
        command: python,
    },
];

impl Suite {
    /// Installs what the suite locks, unless it is there already, and runs it.
    pub(crate) fn run(&self, root: &Path, filter: Option<&str>, environment: impl Fn(&mut Command)) -> Result<()> {
        let folder = root.join(self.folder);
        if !self.is_installed(&folder) {
            (self.install)(&folder)?;
        }
        let mut command = (self.command)(&folder, filter);
        environment(command.current_dir(&folder));
        match cmd::status(&mut command)? {
            status if status.success() => Ok(()),
            status if filter.is_some() && status.code() == Some(NO_TESTS) => Ok(()),
            status => bail!("the suite in {} failed ({status})", self.folder),
        }
    }

    /// Whether the packages were installed since the lock file changed.
    fn is_installed(&self, folder: &Path) -> bool {
        let [locked, installed] =
            self.files.map(|file| folder.join(file).metadata().and_then(|metadata| metadata.modified()).ok());
        matches!((locked, installed), (Some(locked), Some(installed)) if installed >= locked)
    }
}

/// Installs what the lock file of this folder names.
pub(crate) fn npm(folder: &Path) -> Result<()> {
    let absent = |program: &str| !cmd::succeeds(Command::new(program).arg("--version"));
    if absent("node") || absent("npm") {
        apt::install(&["nodejs", "npm"])?;
    }
    cmd::run(Command::new("npm").current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))
}

fn node(_folder: &Path, filter: Option<&str>) -> Command {
    let mut command = Command::new("node");
    command.arg("--test");
    if let Some(filter) = filter {
        command.arg(format!("--test-name-pattern={filter}"));
    }
    command
}

fn pip(folder: &Path) -> Result<()> {
    // Debian has these two modules in a package of their own.
    if !cmd::succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])) {
        apt::install(&["python3", "python3-venv"])?;
    }
    cmd::run(Command::new("python3").current_dir(folder).args(["-m", "venv", "--clear", ".venv"]))?;
    let mut pip = Command::new(folder.join(".venv/bin/python"));
    pip.current_dir(folder).args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install"]);
    // Nothing is built here: building would fetch what no hash locks.
    cmd::run(pip.args(["--require-hashes", "--only-binary", ":all:", "--requirement", "requirements.txt"]))?;
    Ok(std::fs::write(folder.join(".venv/installed"), "")?)
}

fn python(folder: &Path, filter: Option<&str>) -> Command {
    let mut command = Command::new(folder.join(".venv/bin/python"));
    command.args(["-m", "unittest", "--verbose"]);
    if let Some(filter) = filter {
        command.args(["-k", filter]);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_stale_when_the_lock_file_is_newer() {
        for suite in SUITES {
            let [locked, installed] = suite.files;
            let folder = tempfile::tempdir().unwrap();
            assert!(!suite.is_installed(folder.path()));
            std::fs::write(folder.path().join(locked), "").unwrap();
            assert!(!suite.is_installed(folder.path()));
            let installed = folder.path().join(installed);
            std::fs::create_dir(installed.parent().unwrap()).unwrap();
            std::fs::write(installed, "").unwrap();
            assert!(suite.is_installed(folder.path()));
        }
    }
}
