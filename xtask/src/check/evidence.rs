//! The documents that say which test shows what: every test that they name is there. In the tables of requirements and
//! threats no cell is empty, and each section of promises names a test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::workspace::Workspace;

/// The documents whose tables say it.
const TABLES: [&str; 2] = ["docs/conformance.md", "docs/security.md"];
/// The documents whose sections do, in tables or sentences.
const PROMISES: [&str; 2] = ["docs/storage.md", "docs/scaling.md"];
/// How the files end that have tests.
const ENDINGS: [&str; 3] = [".rs", ".mjs", ".py"];

/// Checks every document.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    let functions = functions(&workspace.root)?;
    for document in TABLES.into_iter().chain(PROMISES) {
        let text = std::fs::read_to_string(workspace.root.join(document))?;
        let folder = workspace.root.join("docs");
        let mut files = BTreeMap::new();
        let read = |file: &str| {
            let text = files.entry(file.to_owned()).or_insert_with(|| std::fs::read_to_string(folder.join(file)).ok());
            text.clone()
        };
        let mut found = check(&text, read);
        if PROMISES.contains(&document) {
            found.retain(|finding| !finding.ends_with(EMPTY));
            found.extend(promises(&text, &functions));
        }
        findings.extend(found.into_iter().map(|finding| format!("{document}: {finding}")));
    }
    super::report(findings)
}

/// What is wrong with a cell in which something must stand.
const EMPTY: &str = "an empty cell";
/// So many words, with underscores between them, are the name of a test; a column or a setting has fewer.
const SENTENCE: usize = 6;

/// The name of every function of the crates and of the tests.
fn functions(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut functions = BTreeSet::new();
    for folder in ["crates", "tests", "torture", "xtask"] {
        super::length::walk(&root.join(folder), &mut |_, text| {
            let names = text.split("fn ").skip(1).filter_map(|rest| rest.split_once('('));
            functions.extend(names.map(|(name, _)| name.to_owned()));
        })?;
    }
    Ok(functions)
}

/// What is wrong with the promises of a document: a sentence that names a test which is nowhere, a section without one.
fn promises(text: &str, functions: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    for section in text.split("\n## ").skip(1) {
        let words: Vec<_> = section.split('`').skip(1).step_by(2).filter(|word| is_sentence(word)).collect();
        let title = section.lines().next().unwrap_or_default();
        if words.is_empty() {
            findings.push(format!("{title}: no test is named"));
        }
        let missing = words.into_iter().filter(|word| !functions.contains(*word));
        findings.extend(missing.map(|name| format!("{title}: there is no test `{name}`")));
    }
    findings
}

fn is_sentence(word: &str) -> bool {
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    word.split('_').count() >= SENTENCE && word.split('_').all(|word| !word.is_empty() && is_word(word))
}

/// What is wrong with the tables of a document. `read` gives the text of a file that it links to.
fn check(text: &str, mut read: impl FnMut(&str) -> Option<String>) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with('|')) {
        let cells: Vec<_> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        if cells.iter().any(|cell| cell.is_empty() || *cell == "-") {
            findings.push(format!("line {}: {EMPTY}", number + 1));
        }
        for (file, names) in tests(line) {
            let Some(text) = read(file) else {
                findings.push(format!("line {}: there is no {file}", number + 1));
                continue;
            };
            let missing = names.into_iter().filter(|name| !has(file, &text, name));
            findings.extend(missing.map(|name| format!("line {}: {file} has no test `{name}`", number + 1)));
        }
    }
    findings
}

/// The files that a row links to, each with the tests that it names after it: `[token.rs](../tests/token.rs): ...`.
fn tests(row: &str) -> Vec<(&str, Vec<&str>)> {
    let links = row.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let files = links.filter(|(file, _)| ENDINGS.iter().any(|ending| file.ends_with(ending)));
    files.map(|(file, rest)| (file, names(rest.strip_prefix(':').unwrap_or_default()))).collect()
}

/// The names at the beginning of a text, each in backticks or “quotes”, with commas between them.
fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    while let Some((name, more)) = [('`', '`'), ('“', '”')]
        .into_iter()
        .find_map(|(open, close)| rest.strip_prefix(open).and_then(|rest| rest.split_once(close)))
    {
        names.push(name);
        let Some(more) = more.strip_prefix(',') else { break };
        rest = more.trim_start();
    }
    names
}

/// Whether a file has this test: a function, or in JavaScript a title.
fn has(file: &str, text: &str, name: &str) -> bool {
    let word = match Path::new(file).extension().and_then(|extension| extension.to_str()) {
        Some("rs") => "fn ",
        Some("py") => "def ",
        _ => return text.contains(name),
    };
    text.contains(&format!("{word}{name}("))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document that names a test of each kind, with this after it.
    fn findings(more: &str) -> Vec<String> {
        let row =
            "| x | [a.rs](../a.rs): `one`, `two`<br>[b.mjs](../b.mjs): “a sentence”<br>[c.py](../c.py): `three` |";
        check(&format!("| what | tests |\n| --- | --- |\n{row}\n{more}"), |file| {
            let text = match file {
                "../a.rs" => "fn one() {} async fn two() {}",
                "../b.mjs" => "test('a sentence', () => {})",
                "../c.py" => "    def three(self):",
                _ => return None,
            };
            Some(text.to_owned())
        })
    }

    #[test]
    fn tests_that_are_there_are_no_findings() {
        assert!(findings("a [link](https://example.org) elsewhere and `words`").is_empty());
        assert!(
            findings("| [RFC](https://example.org/a.rs.html) `word` | does not apply: a reason, `word` |").is_empty()
        );
    }

    #[test]
    fn a_test_or_a_file_that_is_not_there_is_a_finding() {
        assert_eq!(findings("| y | [a.rs](../a.rs): `one`, `on` |"), ["line 4: ../a.rs has no test `on`"]);
        assert_eq!(findings("| y | why: [b.mjs](../b.mjs): “another” |"), ["line 4: ../b.mjs has no test `another`"]);
        assert_eq!(findings("| y | [d.rs](../d.rs): `one` |"), ["line 4: there is no ../d.rs"]);
    }

    #[test]
    fn a_section_names_a_test_and_each_that_it_names_is_somewhere() {
        let functions = BTreeSet::from(["what_is_said_here_is_shown_there".to_owned()]);
        let findings = |section: &str| promises(&format!("# Storage\n\n## One\n\n{section}"), &functions);
        assert!(findings("True (`what_is_said_here_is_shown_there`), of `redirect_uri_was_sent`.").is_empty());
        assert_eq!(findings("Said of `redirect_uri`."), ["One: no test is named"]);
        let gone = "True (`what_is_said_here_is_shown_no_more`).";
        assert_eq!(findings(gone), ["One: there is no test `what_is_said_here_is_shown_no_more`"]);
    }

    #[test]
    fn an_empty_cell_is_a_finding() {
        for row in ["| y | |", "| y | - |"] {
            assert_eq!(findings(row), ["line 4: an empty cell"]);
        }
    }
}
