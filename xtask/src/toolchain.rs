//! Finding a compiler for `wasm32-wasip2`, and getting one where there is none.
//!
//! Three ways, in this order: the current toolchain has the target; rustup can add it; Debian's packages carry a
//! compiler with its library source, from which the standard library is built.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cmd::Progress;
use crate::workspace::{WASM_TARGET, Workspace};
use crate::{apt, cmd};

/// Debian's Rust for Wasm: the compiler, its library source, its LLVM, and the C library that std links.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "rust-web-src", "rust-web-llvm", "wasi-libc"];
/// Debian's linker, for machines whose toolchain brings no `wasm-ld`.
const DEBIAN_LINKER: &str = "lld-19";
/// Where the packages put things.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LINKER_DIR: &str = "/usr/lib/llvm-19/bin";
const DEBIAN_WASI_LIBC: &str = "/usr/lib/wasm32-wasi";
/// How long rustup may stand still before we believe that there is no way to its server.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(20);
/// How long a failure of rustup counts where there is another way.
const RUSTUP_RETRY: Duration = Duration::from_secs(24 * 60 * 60);
/// Chooses a way by name: `current`, `rustup` or `debian`.
const CHOICE: &str = "XTASK_WASM_TOOLCHAIN";

/// How to call cargo so that it builds for Wasm.
#[derive(Debug, Default)]
pub(crate) struct Toolchain {
    /// Further arguments of `cargo build`.
    pub(crate) args: Vec<&'static str>,
    /// Variables to set.
    pub(crate) env: Vec<(&'static str, OsString)>,
}

impl Toolchain {
    /// Finds or installs what the Wasm target needs, and says which way it took.
    pub(crate) fn find(workspace: &Workspace, progress: &Progress) -> Result<Self> {
        let choice = std::env::var(CHOICE).ok();
        let may = |way: &str| choice.as_deref().is_none_or(|choice| choice == way);
        if may("current") && has_target() {
            progress.note(&format!("the current toolchain has {WASM_TARGET}"));
            return Ok(Self::default());
        }
        let refusal = workspace.root.join("target/rustup-has-no-wasm-target");
        let debian_is_ready = || apt::missing(&DEBIAN_PACKAGES).is_empty();
        let ask = choice.is_some() || !(recent(&refusal) && debian_is_ready());
        if may("rustup") && ask && add_target(progress)? && has_target() {
            progress.note(&format!("rustup added {WASM_TARGET}"));
            return Ok(Self::default());
        }
        if may("debian") && (debian_is_ready() || apt::root().is_some()) {
            if choice.is_none() && ask {
                // The next build need not wait for rustup's failure again.
                std::fs::create_dir_all(workspace.root.join("target"))?;
                std::fs::write(&refusal, "")?;
            }
            apt::install(&apt::missing(&DEBIAN_PACKAGES))?;
            progress.note("Debian's rustc-web, with the standard library built from its source");
            return debian(linker()?, &std::env::var_os("PATH").unwrap_or_default());
        }
        bail!(
            "there is no compiler for {WASM_TARGET}. Do one of these and try again:\n  \
             - rustup target add {WASM_TARGET}   (needs a network)\n  \
             - on Debian: sudo apt-get install --no-install-recommends {}",
            DEBIAN_PACKAGES.join(" ")
        )
    }
}

/// Whether the current toolchain holds a standard library for the target.
fn has_target() -> bool {
    let mut print = rustc();
    print.args(["--print", "target-libdir", "--target", WASM_TARGET]).stderr(std::process::Stdio::null());
    let Ok(output) = print.output() else { return false };
    let Ok(files) = std::fs::read_dir(String::from_utf8_lossy(&output.stdout).trim()) else { return false };
    files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Whether the file was written within a day.
fn recent(file: &Path) -> bool {
    let written = file.metadata().and_then(|metadata| metadata.modified()).ok();
    written.and_then(|written| written.elapsed().ok()).is_some_and(|age| age < RUSTUP_RETRY)
}

/// Asks rustup for the target, for as long as bytes arrive.
fn add_target(progress: &Progress) -> Result<bool> {
    if !cmd::succeeds(Command::new("rustup").arg("--version")) {
        progress.note("no rustup here");
        return Ok(false);
    }
    progress.note(&format!("asking rustup for {WASM_TARGET}"));
    let mut add = Command::new("rustup");
    add.args(["--quiet", "target", "add", WASM_TARGET]);
    let downloads = rustup_home().map(|home| home.join("downloads"));
    let arrived = || downloads.as_deref().map_or(0, folder_size);
    let outcome = cmd::run_while(&mut add, RUSTUP_PATIENCE, arrived)?;
    if outcome.is_none() {
        progress.note(&format!("nothing arrived for {} s", RUSTUP_PATIENCE.as_secs()));
    }
    Ok(outcome.is_some_and(|status| status.success()))
}

/// The folder that holds `wasm-ld`, which Debian's compiler does not bring.
fn linker() -> Result<PathBuf> {
    if let Some(folder) = linker_of_current_toolchain() {
        return Ok(folder);
    }
    apt::install(&apt::missing(&[DEBIAN_LINKER]))?;
    Ok(PathBuf::from(DEBIAN_LINKER_DIR))
}

/// The call of Debian's compiler: see the module's comment.
fn debian(linker: PathBuf, path: &OsStr) -> Result<Toolchain> {
    let path = std::env::join_paths(std::iter::once(linker).chain(std::env::split_paths(path)))
        .context("PATH has a folder that cannot be in it")?;
    let flags = format!("-C link-self-contained=no -L native={DEBIAN_WASI_LIBC}");
    Ok(Toolchain {
        // `panic_abort` is the other half of the standard library that the release profile asks for.
        args: vec!["-Zbuild-std=std,panic_abort"],
        env: vec![
            ("RUSTC", DEBIAN_RUSTC.into()),
            // Lets a stable cargo and compiler take `-Zbuild-std`; nothing else unstable is used.
            ("RUSTC_BOOTSTRAP", "1".into()),
            ("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS", flags.into()),
            ("PATH", path),
        ],
    })
}

/// The folder with the `wasm-ld` that rustup's toolchains carry.
fn linker_of_current_toolchain() -> Option<PathBuf> {
    let sysroot = cmd::capture(rustc().args(["--print", "sysroot"])).ok()?;
    let version = cmd::capture(rustc().arg("-vV")).ok()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "))?;
    let folder = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin/gcc-ld");
    folder.join("wasm-ld").exists().then_some(folder)
}

fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")))
}

fn rustup_home() -> Option<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".rustup"));
    std::env::var_os("RUSTUP_HOME").map(PathBuf::from).or_else(home)
}

fn folder_size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debian_call_puts_the_linker_before_the_users_path() {
        let toolchain = debian(PathBuf::from("/linker"), OsStr::new("/a:/b")).unwrap();
        let path = toolchain.env.iter().find(|(name, _)| *name == "PATH").map(|(_, value)| value.as_os_str());
        assert_eq!(path, Some(OsStr::new("/linker:/a:/b")));
    }

    #[test]
    fn a_failure_of_rustup_counts_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stamp");
        assert!(!recent(&file));
        std::fs::write(&file, "").unwrap();
        assert!(recent(&file));
        let old = std::time::SystemTime::now() - RUSTUP_RETRY;
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
        assert!(!recent(&file));
    }

    #[test]
    fn the_size_of_a_folder_that_is_not_there_is_nothing() {
        assert_eq!(folder_size(Path::new("no/such/folder")), 0);
    }
}
