//! The dependency rule: who may use whom. It keeps the domain free of HTTP, SQL and Spin.

use anyhow::Result;

use crate::workspace::{Package, Workspace};

/// Each crate of ours with those of our crates that it may use. A crate that is missing here may use none.
const RULE: [(&str, &[&str]); 14] = [
    ("crates/protocol", &[]),
    ("crates/p256-sign", &[]),
    ("crates/rsa-sign", &[]),
    ("crates/domain", &["crates/protocol", "crates/p256-sign", "crates/rsa-sign"]),
    ("crates/store", &["crates/domain", "crates/protocol"]),
    ("crates/web", &["crates/domain", "crates/protocol"]),
    ("crates/spin", &["crates/web", "crates/store", "crates/domain", "crates/protocol"]),
    ("crates/host", &[]),
    ("components/*", &["crates/spin", "crates/web", "crates/domain", "crates/protocol"]),
    (
        "fuzz/targets",
        &["crates/web", "crates/store", "crates/domain", "crates/protocol", "crates/p256-sign", "crates/rsa-sign"],
    ),
    ("tests", &["crates/protocol"]),
    ("bench", &["crates/driver"]),
    ("torture", &["crates/driver"]),
    ("xtask", &[]),
];

/// Crates of others that only some of ours may use: each brings a world with it.
const WORLDS: [(&str, &[&str]); 9] = [
    ("spin-sdk", &["crates/spin", "bench/probe", "examples/*"]),
    ("wasip3", &["crates/spin", "components/*"]),
    ("wit-bindgen", &["crates/spin"]),
    (
        "http",
        &[
            "crates/web",
            "crates/spin",
            "crates/host",
            "components/*",
            "examples/*",
            "fuzz/targets",
            "tests",
            "bench",
            "torture",
            "crates/driver",
        ],
    ),
    ("hyper", &["crates/host", "tests", "crates/driver"]),
    ("rusqlite", &["crates/host", "bench", "fuzz/targets", "torture"]),
    ("tokio", &["crates/host", "tests", "bench", "torture", "crates/driver"]),
    ("wasmtime", &["crates/host"]),
    ("reqwest", &["tests"]),
];

/// Checks what `cargo metadata` says.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    super::report(findings(&workspace.packages))
}

/// Dependencies that only tests use are free: a test of the store needs a real SQLite.
fn findings(packages: &[Package]) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages {
        for dependency in package.dependencies.iter().filter(|dependency| !dependency.dev) {
            let ours = packages.iter().find(|other| other.name == dependency.name);
            let allowed = match ours {
                Some(other) => lookup(&RULE, &package.dir).unwrap_or(&[]).iter().any(|dir| covers(dir, &other.dir)),
                None => {
                    lookup(&WORLDS, &dependency.name).is_none_or(|dirs| dirs.iter().any(|d| covers(d, &package.dir)))
                }
            };
            if !allowed {
                findings.push(format!("{} must not depend on {}", package.dir, dependency.name));
            }
        }
    }
    findings
}

fn lookup(table: &[(&str, &'static [&'static str])], key: &str) -> Option<&'static [&'static str]> {
    table.iter().find(|(pattern, _)| covers(pattern, key)).map(|(_, row)| *row)
}

fn covers(pattern: &str, dir: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => dir.starts_with(prefix),
        None => pattern == dir,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(dir: &str, dependencies: &[(&str, bool)]) -> Package {
        let name = dir.rsplit('/').next().unwrap_or(dir).to_owned();
        let dependencies = dependencies.iter().map(|(name, dev)| Dependency { name: (*name).into(), dev: *dev });
        Package { name, dir: dir.into(), dependencies: dependencies.collect() }
    }

    fn judged(packages: &[Package]) -> String {
        findings(packages).join(", ")
    }

    #[test]
    fn a_domain_that_knows_the_store_is_a_finding() {
        let packages = [package("crates/domain", &[("store", false)]), package("crates/store", &[])];
        assert_eq!(judged(&packages), "crates/domain must not depend on store");
    }

    #[test]
    fn a_component_that_reaches_past_spin_into_the_store_is_a_finding() {
        let packages = [package("components/token", &[("store", false)]), package("crates/store", &[])];
        assert_eq!(judged(&packages), "components/token must not depend on store");
    }

    #[test]
    fn a_domain_that_knows_http_or_spin_is_a_finding() {
        let packages = [package("crates/domain", &[("http", false), ("spin-sdk", false)])];
        let expected = "crates/domain must not depend on http, crates/domain must not depend on spin-sdk";
        assert_eq!(judged(&packages), expected);
    }

    #[test]
    fn a_component_that_links_the_host_is_a_finding() {
        let packages = [package("components/token", &[("host", false)]), package("crates/host", &[])];
        assert_eq!(judged(&packages), "components/token must not depend on host");
    }

    #[test]
    fn a_crate_without_a_row_may_use_none_of_ours() {
        let packages = [package("crates/extra", &[("web", false)]), package("crates/web", &[])];
        assert_eq!(judged(&packages), "crates/extra must not depend on web");
    }

    #[test]
    fn the_layers_as_designed_pass() {
        let packages = [
            package("crates/protocol", &[("serde", false)]),
            package("crates/domain", &[("protocol", false)]),
            package("crates/store", &[("domain", false), ("protocol", false), ("rusqlite", true)]),
            package("crates/web", &[("domain", false), ("http", false)]),
            package("crates/spin", &[("web", false), ("store", false), ("spin-sdk", false)]),
            package("components/token", &[("spin", false), ("web", false), ("domain", false)]),
        ];
        assert_eq!(judged(&packages), "");
    }
}
