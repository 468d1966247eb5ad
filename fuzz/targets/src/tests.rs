//! The corpora, in every test run.

use std::{collections::BTreeSet, fs, path::Path};

use super::TARGETS;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_promise_holds_for_every_file_of_the_corpora() {
    for (name, check) in TARGETS {
        let files: Vec<_> = fs::read_dir(folder().join("corpus").join(name)).unwrap().collect();
        assert!(files.len() >= 3, "the corpus of {name} says little");
        for file in files {
            let path = file.unwrap().path();
            eprintln!("{}", path.display());
            check(&fs::read(path).unwrap());
        }
    }
}

#[test]
fn every_promise_holds_for_what_is_cut_off_or_has_an_octet_changed() {
    for (name, check) in TARGETS {
        for file in fs::read_dir(folder().join("corpus").join(name)).unwrap() {
            let whole = fs::read(file.unwrap().path()).unwrap();
            for at in (0..whole.len()).step_by(whole.len().div_ceil(16).max(1)) {
                check(&whole[..at]);
                let mut changed = whole.clone();
                changed[at] ^= 1 << (at % 8);
                check(&changed);
            }
        }
    }
}

#[test]
fn every_target_has_a_corpus_and_a_binary_for_libfuzzer() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&folder().join("corpus")), targets);
    assert_eq!(names(&folder().join("fuzz_targets")), targets);
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for name in targets {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "fuzz/Cargo.toml lacks {name}");
        let stub = fs::read_to_string(folder().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(stub.contains(&format!("target(\"{name}\")")), "{name}");
    }
}
