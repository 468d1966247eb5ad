//! The least capability: a component is granted what it uses, and nothing more.
//!
//! Three sources must agree: the grants in `spin.toml`, the needs in `docs/capabilities.md`, and, where they are
//! built, the imports of the Wasm files.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::imports;
use super::manifest::{self, Grants};
use super::table::{self, Needs};
use crate::workspace::Workspace;

/// The one label that every Spin host gives without configuration.
const LABEL: &str = "default";

/// Imports that need a grant, by their prefixes.
const DATABASE: [&str; 2] = ["spin:sqlite/", "fermyon:spin/sqlite"];
const STORE: [&str; 3] = ["spin:key-value/", "fermyon:spin/key-value", "wasi:keyvalue/"];
const VARIABLES: [&str; 4] = ["spin:variables/", "fermyon:spin/variables", "fermyon:spin/config", "wasi:config/"];
const OUTBOUND: [&str; 8] = [
    "wasi:http/client",
    "wasi:http/outgoing-handler",
    "wasi:sockets/",
    "fermyon:spin/http",
    "spin:redis/",
    "spin:postgres/",
    "spin:mysql/",
    "spin:mqtt/",
];

/// Compares the three.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let read = |file: &str| std::fs::read_to_string(workspace.root.join(file)).with_context(|| file.to_owned());
    let (granted, declared) = manifest::parse(&read("spin.toml")?)?;
    let needs = table::parse(&read("docs/capabilities.md")?)?;
    let mut findings = against_table(&granted, &declared, &needs);
    let mut unbuilt = Vec::new();
    for grants in &granted {
        match std::fs::read(workspace.root.join(&grants.source)) {
            Ok(wasm) => findings.extend(against_imports(grants, &wasm)?),
            Err(_) => unbuilt.push(grants.component.as_str()),
        }
    }
    if !unbuilt.is_empty() {
        eprintln!("      not built, so its imports are not checked: {}", unbuilt.join(", "));
    }
    super::report(findings)
}

/// The manifest against the table.
fn against_table(granted: &[Grants], declared: &BTreeSet<String>, needs: &BTreeMap<String, Needs>) -> Vec<String> {
    let mut findings = Vec::new();
    for grants in granted {
        let id = &grants.component;
        let Some(needs) = needs.get(id) else {
            findings.push(format!("{id}: no row in docs/capabilities.md says what it needs, and why"));
            continue;
        };
        let label = |needed: bool| BTreeSet::from_iter(needed.then(|| LABEL.to_owned()));
        let mut compare = |what: &str, granted: &BTreeSet<String>, needed: &BTreeSet<String>| {
            findings
                .extend(granted.difference(needed).map(|more| format!("{id}: {what} {more} is more than it needs")));
            findings.extend(needed.difference(granted).map(|less| format!("{id}: {what} {less} is not granted")));
        };
        compare("database", &grants.databases, &label(needs.database));
        compare("key-value store", &grants.stores, &label(needs.store));
        compare("host", &grants.hosts, &needs.hosts);
        compare("variable", &grants.variables, &needs.variables);
        compare("key", &grants.others, &BTreeSet::new());
        let unknown = grants.variables.difference(declared);
        findings.extend(unknown.map(|name| format!("{id}: the application declares no variable {name}")));
    }
    let stale = needs.keys().filter(|row| granted.iter().all(|grants| grants.component != **row));
    findings.extend(stale.map(|row| format!("{row}: a row in docs/capabilities.md, but no component in spin.toml")));
    findings
}

/// The manifest against what the code can call at all.
fn against_imports(grants: &Grants, wasm: &[u8]) -> Result<Vec<String>> {
    let id = &grants.component;
    let imports = imports::of(wasm).with_context(|| grants.source.clone())?;
    let imported = |prefixes: &[&str]| imports.iter().find(|name| prefixes.iter().any(|p| name.starts_with(p)));
    let mut findings = Vec::new();
    let mut compare = |what: &str, granted: bool, import: Option<&String>| match (granted, import) {
        (true, None) => findings.push(format!("{id}: is granted {what}, but its code imports none")),
        (false, Some(import)) => findings.push(format!("{id}: imports {import}, but is granted no {what}")),
        _ => {}
    };
    compare("database", !grants.databases.is_empty(), imported(&DATABASE));
    compare("key-value store", !grants.stores.is_empty(), imported(&STORE));
    compare("variables", !grants.variables.is_empty(), imported(&VARIABLES));
    compare("outbound host", !grants.hosts.is_empty(), imported(&OUTBOUND));
    // Code asks for a variable by its name, so a name that is nowhere in the file is never asked for.
    let unread = grants.variables.iter().filter(|name| !contains(wasm, name.as_bytes()));
    findings.extend(unread.map(|name| format!("{id}: is granted variable {name}, but its code never names it")));
    Ok(findings)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::imports::tests::component;
    use super::*;

    const SQLITE: &str = "spin:sqlite/sqlite@3.1.0";

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn token() -> Grants {
        Grants { component: "token".into(), source: "token.wasm".into(), ..Grants::default() }
    }

    fn table_findings(grants: Grants, needs: Needs) -> String {
        let needs = BTreeMap::from([("token".to_owned(), needs)]);
        against_table(&[grants], &set(&["issuer"]), &needs).join("; ")
    }

    fn import_findings(grants: &Grants, imports: &[&str]) -> String {
        against_imports(grants, &component(imports)).unwrap().join("; ")
    }

    #[test]
    fn a_database_that_the_table_does_not_ask_for_is_a_finding() {
        let grants = Grants { databases: set(&["default"]), ..token() };
        assert_eq!(table_findings(grants, Needs::default()), "token: database default is more than it needs");
    }

    #[test]
    fn another_label_than_default_is_a_finding() {
        let grants = Grants { stores: set(&["default", "other"]), ..token() };
        let needs = Needs { store: true, ..Needs::default() };
        assert_eq!(table_findings(grants, needs), "token: key-value store other is more than it needs");
    }

    #[test]
    fn a_host_a_variable_and_files_beyond_the_table_are_findings() {
        let host = Grants { hosts: set(&["https://*:*"]), ..token() };
        let variable = Grants { variables: set(&["issuer"]), ..token() };
        let files = Grants { others: set(&["files"]), ..token() };
        assert_eq!(table_findings(host, Needs::default()), "token: host https://*:* is more than it needs");
        assert_eq!(table_findings(variable, Needs::default()), "token: variable issuer is more than it needs");
        assert_eq!(table_findings(files, Needs::default()), "token: key files is more than it needs");
    }

    #[test]
    fn a_need_that_is_not_granted_and_an_undeclared_variable_are_findings() {
        let needs = Needs { variables: set(&["issuer", "color"]), ..Needs::default() };
        let grants = Grants { variables: set(&["color"]), ..token() };
        let expected = "token: variable issuer is not granted; token: the application declares no variable color";
        assert_eq!(table_findings(grants, needs), expected);
    }

    #[test]
    fn a_component_without_a_row_and_a_row_without_component_are_findings() {
        let needs = BTreeMap::from([("gone".to_owned(), Needs::default())]);
        assert_eq!(against_table(&[token()], &set(&[]), &needs).len(), 2);
    }

    #[test]
    fn a_granted_capability_that_the_code_does_not_import_is_a_finding() {
        let grants = Grants { databases: set(&["default"]), ..token() };
        assert_eq!(import_findings(&grants, &[]), "token: is granted database, but its code imports none");
        assert_eq!(import_findings(&grants, &[SQLITE]), "");
        let grants = Grants { hosts: set(&["https://a"]), ..token() };
        assert_eq!(import_findings(&grants, &[SQLITE]).matches("token:").count(), 2);
    }

    #[test]
    fn an_import_without_grant_is_a_finding() {
        let expected = "token: imports spin:sqlite/sqlite@3.1.0, but is granted no database";
        assert_eq!(import_findings(&token(), &[SQLITE]), expected);
    }

    #[test]
    fn a_variable_whose_name_the_code_does_not_hold_is_a_finding() {
        let grants = Grants { variables: set(&["issuer"]), ..token() };
        let expected = "token: is granted variable issuer, but its code never names it";
        assert_eq!(import_findings(&grants, &["spin:variables/variables@3.0.0"]), expected);
        assert_eq!(import_findings(&grants, &["spin:variables/variables@3.0.0", "issuer"]), "");
    }
}
