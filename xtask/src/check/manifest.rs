//! What `spin.toml` grants to each component.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use toml::{Table, Value};

/// The grants of one component.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Grants {
    /// The component's id.
    pub(crate) component: String,
    /// The Wasm file.
    pub(crate) source: String,
    /// Labels of databases.
    pub(crate) databases: BTreeSet<String>,
    /// Labels of key-value stores.
    pub(crate) stores: BTreeSet<String>,
    /// Hosts that it may call.
    pub(crate) hosts: BTreeSet<String>,
    /// Variables that it may read.
    pub(crate) variables: BTreeSet<String>,
    /// Keys of the manifest that grant something else.
    pub(crate) others: BTreeSet<String>,
}

/// Keys of a component that grant nothing.
const HARMLESS: [&str; 4] = ["source", "description", "build", "tool"];

/// The grants of every component, and the variables that the application declares.
pub(crate) fn parse(text: &str) -> Result<(Vec<Grants>, BTreeSet<String>)> {
    let manifest: Table = text.parse().context("spin.toml")?;
    let components = manifest.get("component").and_then(Value::as_table).context("spin.toml has no component")?;
    let grants = components.iter().map(|(id, component)| grants(id, component)).collect::<Result<_>>()?;
    Ok((grants, keys(manifest.get("variables"))))
}

fn grants(id: &str, component: &Value) -> Result<Grants> {
    let component = component.as_table().with_context(|| format!("component {id} is not a table"))?;
    let mut grants = Grants { component: id.to_owned(), ..Grants::default() };
    for (key, value) in component {
        match key.as_str() {
            "sqlite_databases" => grants.databases = strings(value),
            "key_value_stores" => grants.stores = strings(value),
            "allowed_outbound_hosts" => grants.hosts = strings(value),
            "variables" => grants.variables = keys(Some(value)),
            "source" => value.as_str().unwrap_or_default().clone_into(&mut grants.source),
            other if HARMLESS.contains(&other) => {}
            other => drop(grants.others.insert(other.to_owned())),
        }
    }
    Ok(grants)
}

fn strings(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn keys(value: Option<&Value>) -> BTreeSet<String> {
    value.and_then(Value::as_table).into_iter().flat_map(Table::keys).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_read_from_the_manifest() {
        let text = r#"
            [variables]
            issuer = { default = "x" }
            [component.token]
            source = "token.wasm"
            sqlite_databases = ["default"]
            files = ["a"]
            variables = { issuer = "{{ issuer }}" }
        "#;
        let (grants, variables) = parse(text).unwrap();
        let set = |name: &str| BTreeSet::from([name.to_owned()]);
        let token = Grants {
            component: "token".into(),
            source: "token.wasm".into(),
            databases: set("default"),
            variables: set("issuer"),
            others: set("files"),
            ..Grants::default()
        };
        assert_eq!(grants, [token]);
        assert_eq!(variables, set("issuer"));
    }
}
