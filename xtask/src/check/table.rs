//! The table in `docs/capabilities.md`: what each component needs, and why.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

/// What one component needs.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Needs {
    /// Whether it needs the database.
    pub(crate) database: bool,
    /// Whether it needs the key-value store.
    pub(crate) store: bool,
    /// The hosts that it must reach.
    pub(crate) hosts: BTreeSet<String>,
    /// The variables that it reads.
    pub(crate) variables: BTreeSet<String>,
}

/// Reads the rows `| component | database | key-value | outbound hosts | variables | why |`.
pub(crate) fn parse(text: &str) -> Result<BTreeMap<String, Needs>> {
    let mut table = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [component, database, store, hosts, variables, why] = cells.as_slice() else {
            bail!("docs/capabilities.md: not six cells: {line}");
        };
        if why.is_empty() {
            bail!("docs/capabilities.md: no reason is given: {line}");
        }
        let (database, store) = (yes(database)?, yes(store)?);
        let needs = Needs { database, store, hosts: words(hosts), variables: words(variables) };
        if table.insert(component.trim_matches('`').to_owned(), needs).is_some() {
            bail!("docs/capabilities.md: two rows for {component}");
        }
    }
    Ok(table)
}

fn yes(cell: &str) -> Result<bool> {
    match cell {
        "yes" => Ok(true),
        "" | "-" => Ok(false),
        other => bail!("docs/capabilities.md: write `yes` or `-`, not `{other}`"),
    }
}

/// The words in backticks.
fn words(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_a_component_needs() {
        let table = parse("| c | ... |\n| --- |\n| `token` | yes | - | - | `issuer` `a` | grants |").unwrap();
        let variables = BTreeSet::from(["issuer".to_owned(), "a".to_owned()]);
        assert_eq!(table.get("token"), Some(&Needs { database: true, variables, ..Needs::default() }));
    }

    #[test]
    fn a_row_without_reason_or_with_too_few_cells_or_twice_is_an_error() {
        let row = "| `token` | yes | - | - | - | grants |";
        for text in ["| `token` | yes | - | - | - | |", "| `token` | yes |", &format!("{row}\n{row}")] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
