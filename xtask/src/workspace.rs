//! What `cargo metadata` says of this workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::cmd;

/// The Wasm target of every component.
pub(crate) const WASM_TARGET: &str = "wasm32-wasip2";

/// The workspace: where it is and which packages it has.
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml` and of `spin.toml`.
    pub(crate) root: PathBuf,
    /// Where native builds go; honours the user's `CARGO_TARGET_DIR`.
    pub(crate) target: PathBuf,
    /// Every member.
    pub(crate) packages: Vec<Package>,
}

/// One member of the workspace.
pub(crate) struct Package {
    /// Its name in `Cargo.toml`.
    pub(crate) name: String,
    /// Its folder relative to the workspace root, with forward slashes.
    pub(crate) dir: String,
    /// Its direct dependencies.
    pub(crate) dependencies: Vec<Dependency>,
}

/// A direct dependency.
pub(crate) struct Dependency {
    /// The package's name.
    pub(crate) name: String,
    /// Whether only tests use it.
    pub(crate) dev: bool,
}

impl Workspace {
    /// Asks cargo about the workspace that the current directory belongs to.
    pub(crate) fn load() -> Result<Self> {
        let text = cmd::capture(cmd::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self> {
        let metadata: Value = serde_json::from_str(text).context("cargo metadata is not JSON")?;
        let root = PathBuf::from(string(&metadata, "workspace_root")?);
        let packages = array(&metadata, "packages")?.iter().map(|p| package(&root, p)).collect::<Result<_>>()?;
        Ok(Self { target: PathBuf::from(string(&metadata, "target_directory")?), root, packages })
    }

    /// The packages under `components/`, by name.
    pub(crate) fn components(&self) -> Vec<&str> {
        let under = |package: &&Package| package.dir.starts_with("components/");
        let mut names: Vec<_> = self.packages.iter().filter(under).map(|package| package.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// Where the components land, and where `spin.toml` looks for them, whatever the user's target folder is.
    pub(crate) fn wasm_dir(&self) -> PathBuf {
        self.root.join("target").join(WASM_TARGET).join("release")
    }

    /// The file of one component.
    pub(crate) fn wasm_file(&self, component: &str) -> PathBuf {
        self.wasm_dir().join(component.replace('-', "_")).with_extension("wasm")
    }
}

fn package(root: &Path, value: &Value) -> Result<Package> {
    let manifest = PathBuf::from(string(value, "manifest_path")?);
    let dir = manifest.parent().and_then(|dir| dir.strip_prefix(root).ok()).context("a package outside the root")?;
    let dependencies = array(value, "dependencies")?.iter().map(dependency).collect::<Result<_>>()?;
    Ok(Package { name: string(value, "name")?, dir: dir.to_string_lossy().replace('\\', "/"), dependencies })
}

fn dependency(value: &Value) -> Result<Dependency> {
    let dev = value.get("kind").and_then(Value::as_str) == Some("dev");
    Ok(Dependency { name: string(value, "name")?, dev })
}

fn string(value: &Value, key: &str) -> Result<String> {
    let text = value.get(key).and_then(Value::as_str);
    Ok(text.with_context(|| format!("cargo metadata has no `{key}`"))?.to_owned())
}

fn array<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    value.get(key).and_then(Value::as_array).with_context(|| format!("cargo metadata has no `{key}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{"workspace_root": "/w", "target_directory": "/t", "packages": [
        {"name": "token", "manifest_path": "/w/components/token/Cargo.toml",
         "dependencies": [{"name": "web", "kind": null}, {"name": "tempfile", "kind": "dev"}]},
        {"name": "web", "manifest_path": "/w/crates/web/Cargo.toml", "dependencies": []}]}"#;

    #[test]
    fn components_are_the_packages_under_the_components_folder() {
        let workspace = Workspace::parse(METADATA).unwrap();
        assert_eq!(workspace.components(), ["token"]);
        assert_eq!(workspace.wasm_file("token"), Path::new("/w/target/wasm32-wasip2/release/token.wasm"));
    }

    #[test]
    fn dependencies_only_of_tests_are_told_apart() {
        let workspace = Workspace::parse(METADATA).unwrap();
        let token = workspace.packages.iter().find(|package| package.name == "token").unwrap();
        assert_eq!(token.dependencies.iter().map(|d| d.dev).collect::<Vec<_>>(), [false, true]);
    }
}
