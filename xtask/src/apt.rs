//! Installing Debian packages, where we may.

use std::process::Command;

use anyhow::{Result, bail};

use crate::cmd;

/// How this process may become root, if at all.
pub(crate) enum Root {
    /// It is root.
    Already,
    /// `sudo` asks no password.
    Sudo,
}

/// Whether packages can be installed without asking anyone, and how.
pub(crate) fn root() -> Option<Root> {
    if !cmd::succeeds(Command::new("apt-get").arg("--version")) {
        return None;
    }
    if cmd::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(Root::Already);
    }
    cmd::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(Root::Sudo)
}

/// Those of the packages that are not installed.
pub(crate) fn missing<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    packages.iter().copied().filter(|package| !installed(package)).collect()
}

fn installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]);
    query.output().is_ok_and(|output| output.status.success() && output.stdout == b"installed")
}

/// Installs packages; never at the price of another one (`--no-remove`).
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let Some(root) = root() else {
        bail!("these packages are missing: {0}\n  install them: sudo apt-get install {0}", packages.join(" "));
    };
    eprintln!("      installing with apt-get: {}", packages.join(" "));
    // An index that is partly out of reach may still hold what we need: the installation decides.
    if let Err(error) = cmd::run(apt_get(&root).args(["-qq", "update"])) {
        eprintln!("      {error:#}");
    }
    let options = ["-qq", "--yes", "--no-remove", "--no-install-recommends", "install"];
    cmd::run(apt_get(&root).args(options).args(packages))
}

fn apt_get(root: &Root) -> Command {
    let mut command = match root {
        Root::Already => Command::new("env"),
        Root::Sudo => {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "env"]);
            sudo
        }
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_nobody_has_is_missing() {
        assert_eq!(missing(&["no-such-package-anywhere"]), ["no-such-package-anywhere"]);
    }
}
