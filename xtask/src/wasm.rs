//! Building the components.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::cmd::{self, Progress};
use crate::toolchain::Toolchain;
use crate::workspace::{WASM_TARGET, Workspace};

/// No component may be larger: a host loads, compiles and keeps each of them.
const SIZE_LIMIT: u64 = 1600 * 1024;

/// Builds every component with one call of cargo, then prints and checks their sizes. Two steps of progress.
pub(crate) fn build(workspace: &Workspace, progress: &Progress) -> Result<()> {
    let components = workspace.components();
    compile(workspace, progress, &components)?;
    let mut sizes = Vec::new();
    for name in components {
        sizes.push((name, size(&workspace.wasm_file(name))?));
    }
    for (name, bytes) in &sizes {
        progress.note(&format!("{:>7.1} KiB  {name}.wasm", kib(*bytes)));
    }
    match too_large(&sizes) {
        None => Ok(()),
        Some(list) => bail!("over the limit of {:.0} KiB: {list}", kib(SIZE_LIMIT)),
    }
}

/// Compiles these packages for Wasm with one call of cargo. Two steps of progress.
pub(crate) fn compile(workspace: &Workspace, progress: &Progress, packages: &[&str]) -> Result<()> {
    progress.step("Finding a compiler for WebAssembly");
    let toolchain = Toolchain::find(workspace, progress)?;
    progress.step(&format!("Building for WebAssembly ({}); the first time takes minutes", packages.len()));
    let mut cargo = cmd::cargo();
    cargo.current_dir(&workspace.root).args(["build", "--release", "--target", WASM_TARGET]);
    // `spin.toml` names files under `target/`, so the user's own target folder must not move them.
    cargo.arg("--target-dir").arg(workspace.root.join("target"));
    if progress.quiet() {
        cargo.arg("--quiet");
    }
    cargo.args(packages.iter().flat_map(|name| ["--package", name]));
    cargo.args(&toolchain.args).envs(toolchain.env.iter().map(|(name, value)| (name, value)));
    if !toolchain.env.is_empty() {
        // Flags of the user's would replace those that the linking needs.
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    }
    cmd::run(&mut cargo)
}

fn size(file: &Path) -> Result<u64> {
    let metadata = std::fs::metadata(file);
    Ok(metadata.with_context(|| format!("the build did not make {}", file.display()))?.len())
}

fn too_large(sizes: &[(&str, u64)]) -> Option<String> {
    let over = sizes.iter().filter(|(_, bytes)| *bytes > SIZE_LIMIT);
    let list: Vec<_> = over.map(|(name, bytes)| format!("{name}.wasm ({:.1} KiB)", kib(*bytes))).collect();
    (!list.is_empty()).then(|| list.join(", "))
}

#[allow(clippy::cast_precision_loss, reason = "for reading only")]
fn kib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_over_the_limit_is_named() {
        let list = too_large(&[("token", SIZE_LIMIT), ("authorize", SIZE_LIMIT + 1)]);
        assert_eq!(list.as_deref(), Some("authorize.wasm (1600.0 KiB)"));
    }

    #[test]
    fn components_within_the_limit_pass() {
        assert_eq!(too_large(&[("token", 1), ("authorize", SIZE_LIMIT)]), None);
    }
}
