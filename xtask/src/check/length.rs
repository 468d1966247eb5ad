//! Source files stay short enough to be read in one go.

use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// "About 400 lines", with some room.
const ANY_FILE: usize = 420;
/// A component parses, acts and answers.
const COMPONENT: usize = 60;
/// Folders that hold sources of ours.
const FOLDERS: [&str; 8] = ["components", "crates", "tests", "torture", "xtask", "benches", "bench", "fuzz"];
/// Folders that hold none.
const SKIPPED: [&str; 4] = ["target", "node_modules", ".venv", "corpus"];

/// Checks every `.rs` file.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut findings = Vec::new();
    for folder in FOLDERS {
        walk(&workspace.root.join(folder), &mut |path, text| {
            let path = path.strip_prefix(&workspace.root).unwrap_or(path);
            findings.extend(finding(path, text.lines().count()));
        })?;
    }
    findings.sort_unstable();
    super::report(findings)
}

/// Hands over every source file of ours in this folder, and its text.
pub(super) fn walk(folder: &Path, visit: &mut impl FnMut(&Path, &str)) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            if !SKIPPED.iter().any(|skipped| path.ends_with(skipped)) {
                walk(&path, visit)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            visit(&path, &std::fs::read_to_string(&path).with_context(|| path.display().to_string())?);
        }
    }
    Ok(())
}

fn finding(path: &Path, lines: usize) -> Option<String> {
    let component = path.starts_with("components") && path.ends_with("src/lib.rs");
    let over = if component { lines >= COMPONENT } else { lines > ANY_FILE };
    let rule = if component { format!("under {COMPONENT}") } else { format!("at most {ANY_FILE}") };
    over.then(|| format!("{} has {lines} lines; the rule is {rule}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_a_finding() {
        assert!(finding(Path::new("crates/web/src/lib.rs"), 421).is_some());
        assert!(finding(Path::new("crates/web/src/lib.rs"), 420).is_none());
    }

    #[test]
    fn a_component_of_sixty_lines_is_a_finding() {
        assert!(finding(Path::new("components/token/src/lib.rs"), 60).is_some());
        assert!(finding(Path::new("components/token/src/lib.rs"), 59).is_none());
    }

    #[test]
    fn files_are_found_in_folders_of_folders() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("crates/web/src");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("long.rs"), "\n".repeat(500)).unwrap();
        let mut found = Vec::new();
        walk(root.path(), &mut |path, text| found.push((path.to_owned(), text.lines().count()))).unwrap();
        assert_eq!(found, [(folder.join("long.rs"), 500)]);
    }
}
