//! `cargo xtask sbom`: what is shipped and what it is made of, as CycloneDX, for whoever must know whether a fault that is
//! found in a dependency concerns them.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::workspace::{Package, WASM_TARGET, Workspace};
use crate::{cmd, tool};

/// The version of CycloneDX.
const SPECIFICATION: &str = "1.5";

/// What is shipped beside the components: the host and the command line.
const NATIVE: [&str; 2] = ["spin-auth-cli", "spin-auth-host"];

/// What each document is called where cargo-cyclonedx leaves it: in the folder of the package.
const LEFT_AS: &str = "spin-auth-sbom";

/// Writes a document for each artefact to `target/sbom`.
pub(crate) fn run() -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let program = tool::find(&workspace, "cargo-cyclonedx")?;
    let folder = workspace.root.join("target/sbom");
    // What is no longer shipped has no document.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let components = workspace.components();
    for (target, shipped) in [(Some(WASM_TARGET), components.as_slice()), (None, &NATIVE)] {
        let mut command = Command::new(&program);
        command.current_dir(&workspace.root).args(["cyclonedx", "--format", "json", "--spec-version", SPECIFICATION]);
        // Dependencies for other platforms are not in the artefact, and what runs in the build is not, either.
        command.args(["--no-build-deps", "--quiet", "--override-filename", LEFT_AS]);
        command.args(target.into_iter().flat_map(|target| ["--target", target]));
        let described = cmd::run(&mut command);
        let collected = collect(&workspace.root, &workspace.packages, shipped, &folder);
        described.and(collected)?;
    }
    println!("{} documents in {}", components.len() + NATIVE.len(), folder.display());
    Ok(ExitCode::SUCCESS)
}

/// Takes the documents of what is shipped to the folder, and leaves none of the others behind.
fn collect(root: &Path, packages: &[Package], shipped: &[&str], folder: &Path) -> Result<()> {
    let mut missing = Vec::new();
    for package in packages {
        let left = root.join(&package.dir).join(LEFT_AS).with_extension("json");
        if shipped.contains(&package.name.as_str()) {
            let Ok(text) = std::fs::read_to_string(&left) else {
                missing.push(package.name.as_str());
                continue;
            };
            // Where the repository lies is nobody's business, and differs from one machine to the next.
            let text = text.replace(&root.display().to_string(), "");
            std::fs::write(folder.join(format!("{}.cdx.json", package.name)), text)?;
            std::fs::remove_file(&left)?;
        } else if left.exists() {
            std::fs::remove_file(&left).with_context(|| left.display().to_string())?;
        }
    }
    anyhow::ensure!(missing.is_empty(), "there is no document for {}", missing.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dir: &str) -> Package {
        Package { name: name.to_owned(), dir: dir.to_owned(), dependencies: Vec::new() }
    }

    #[test]
    fn documents_of_what_is_shipped_are_taken_and_the_others_do_not_stay() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("sbom");
        std::fs::create_dir(&folder).unwrap();
        for dir in ["components/token", "tests"] {
            std::fs::create_dir_all(root.path().join(dir)).unwrap();
            let reference = format!("path+file://{}/{dir}#0.1.0", root.path().display());
            std::fs::write(root.path().join(dir).join("spin-auth-sbom.json"), reference).unwrap();
        }
        let packages = [package("token", "components/token"), package("spin-auth-tests", "tests")];
        collect(root.path(), &packages, &["token"], &folder).unwrap();
        let document = std::fs::read_to_string(folder.join("token.cdx.json")).unwrap();
        assert_eq!(document, "path+file:///components/token#0.1.0", "it does not say where the repository lies");
        assert!(!root.path().join("tests/spin-auth-sbom.json").exists());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn something_shipped_without_a_document_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let outcome = collect(root.path(), &[package("token", "components/token")], &["token"], root.path());
        assert!(outcome.is_err_and(|error| error.to_string().contains("token")));
    }
}
