//! After the black-box suite: none of the secrets that passed between it and its servers stands in what they have logged or
//! stored. It runs after `suite`, whose name comes before this one's.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on should stop and say why"
)]

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::Duration,
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

/// So many of each kind there are at least after a whole run; fewer mean that something is not recorded any more.
const KINDS: [(&str, usize); 20] = [
    ("access_token", 100),
    ("basic", 100),
    ("client_assertion", 10),
    ("client_secret", 100),
    ("code", 100),
    ("csrf", 100),
    ("device_code", 10),
    ("dpop_proof", 10),
    ("link", 10),
    ("password", 3),
    ("private_key", 5),
    ("recovery_code", 50),
    ("refresh_token", 100),
    ("registration_token", 100),
    ("session", 100),
    ("session_secret", 100),
    ("setting", 20),
    ("temporary_password", 3),
    ("totp_secret", 5),
    ("user_code", 10),
];

/// A form in which a secret could stand somewhere.
struct Pattern {
    octets: Vec<u8>,
    kind: String,
    form: &'static str,
}

/// The forms of a secret: as it is, what it encodes, and encoded once more.
fn patterns(kind: &str, secret: &str) -> Vec<Pattern> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes();
    let mut forms = vec![
        ("as it is", secret.as_bytes().to_vec()),
        ("in base64", STANDARD_NO_PAD.encode(secret).into_bytes()),
        ("in base64url", URL_SAFE_NO_PAD.encode(secret).into_bytes()),
        ("in hex", hex(secret.as_bytes())),
    ];
    let escaped: String = form_escaped(secret);
    if escaped != secret {
        forms.push(("percent-encoded", escaped.into_bytes()));
    }
    // What is random stands at the end of what is encoded: before it may be an identifier, which is no secret.
    let encoded = secret.split_once('_').map_or(secret, |(_, encoded)| encoded);
    let octets = URL_SAFE_NO_PAD.decode(encoded).unwrap_or_default();
    if let Some(last) = octets.len().checked_sub(32).and_then(|at| octets.get(at..)) {
        forms.push(("decoded", last.to_vec()));
        forms.push(("decoded, in hex", hex(last)));
    }
    if kind == "totp_secret" {
        forms.push(("decoded", base32(secret)));
    }
    if matches!(kind, "user_code" | "recovery_code") {
        forms.push(("without hyphens", secret.replace('-', "").into_bytes()));
    }
    let pattern = |(form, octets)| Pattern { octets, kind: kind.to_owned(), form };
    forms.into_iter().filter(|(_, octets)| octets.len() >= 8).map(pattern).collect()
}

fn form_escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

fn base32(text: &str) -> Vec<u8> {
    let (mut octets, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for symbol in text.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == symbol).unwrap();
        bits = bits << 5 | value as u32;
        count += 5;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    octets
}

/// Finds any of many patterns: by their first eight octets, and by two of these at first.
struct Search {
    patterns: Vec<Pattern>,
    by_start: HashMap<[u8; 8], Vec<usize>>,
    starts: Vec<bool>,
}

impl Search {
    fn new(patterns: Vec<Pattern>) -> Self {
        let mut by_start: HashMap<[u8; 8], Vec<usize>> = HashMap::new();
        let mut starts = vec![false; 1 << 16];
        for (number, pattern) in patterns.iter().enumerate() {
            let start: [u8; 8] = *pattern.octets.first_chunk().unwrap();
            starts[usize::from(u16::from_be_bytes([start[0], start[1]]))] = true;
            by_start.entry(start).or_default().push(number);
        }
        Self { patterns, by_start, starts }
    }

    fn all_in<'s>(&'s self, text: &'s [u8]) -> impl Iterator<Item = &'s Pattern> {
        let may_start = |window: &&[u8]| self.starts[usize::from(u16::from_be_bytes([window[0], window[1]]))];
        let starts = text.windows(8).enumerate().filter(move |(_, window)| may_start(window));
        starts.flat_map(move |(at, window)| {
            let candidates = self.by_start.get(window).into_iter().flatten();
            candidates
                .map(|number| &self.patterns[*number])
                .filter(move |pattern| text[at..].starts_with(&pattern.octets))
        })
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("run the whole suite first: {error}"));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn ending<'f>(files: &'f [PathBuf], ending: &str) -> Vec<&'f PathBuf> {
    files.iter().filter(|file| file.extension().is_some_and(|found| found == ending)).collect()
}

/// Waits until every server of the suite has ended: it was told to when the suite did.
fn wait_for_servers(files: &[PathBuf]) {
    let is_alive = |file: &PathBuf| {
        let pid = fs::read_to_string(file).unwrap();
        Command::new("kill").args(["-0", pid.trim()]).stderr(std::process::Stdio::null()).status().unwrap().success()
    };
    for pid in ending(files, "pid") {
        for _ in 0..600 {
            if !is_alive(pid) {
                break;
            }
            sleep(Duration::from_millis(100));
        }
        assert!(!is_alive(pid), "{} has not ended", pid.display());
    }
}

#[test]
fn no_secret_of_the_suite_is_in_what_its_servers_have_logged_or_stored() {
    if std::env::var_os("SPIN_AUTH_BASE_URL").is_some() {
        println!("skipped: SPIN_AUTH_BASE_URL is set, and what that server logs and stores is not here");
        return;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("secrets");
    let record = fs::read_to_string(folder.join("secrets.jsonl"));
    let record = record.unwrap_or_else(|error| panic!("run the whole suite first: {error}"));
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for line in record.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (kind, secret) = (line["kind"].as_str().unwrap(), line["secret"].as_str().unwrap());
        *kinds.entry(kind.to_owned()).or_default() += 1;
        all.extend(patterns(kind, secret));
    }
    for (kind, least) in KINDS {
        let count = kinds.get(kind).copied().unwrap_or_default();
        assert!(count >= least, "only {count} of {kind} were recorded: run the whole suite first");
    }
    wait_for_servers(&files(&folder));
    let files = files(&folder);
    let looked_at: Vec<_> = files
        .iter()
        .filter(|file| {
            file.components().any(|part| part.as_os_str() == "state") || file.extension().is_some_and(|e| e == "log")
        })
        .collect();
    assert!(ending(&files, "log").len() >= 20 && ending(&files, "db").len() >= 20, "this looks at the right files");
    let mut lines = 0;
    let search = Search::new(all);
    let mut found = Vec::new();
    let mut octets = 0;
    for file in looked_at {
        let bytes = fs::read(file).unwrap();
        octets += bytes.len();
        if file.extension().is_some_and(|extension| extension == "log") {
            lines += String::from_utf8_lossy(&bytes).matches(r#"{"level":"info""#).count();
        }
        found.extend(
            search.all_in(&bytes).map(|Pattern { kind, form, .. }| format!("{}: a {kind}, {form}", file.display())),
        );
    }
    println!("{} forms of {} secrets in {octets} octets", search.patterns.len(), record.lines().count());
    assert!(lines >= 1000, "only {lines} lines of the access log were looked at");
    found.sort_unstable();
    found.dedup();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_secret_is_found_in_any_of_its_forms() {
    let secret = "sac_AAAAAAAAAAAAAAAAAAAAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
    let search = Search::new(patterns("code", secret));
    let random: Vec<u8> = (1..=32).collect();
    let finds = |text: &[u8]| search.all_in(&[b"some text ", text, b" and more"].concat()).count();
    assert_eq!(finds(secret.as_bytes()), 1);
    assert_eq!(finds(&random), 1);
    assert_eq!(finds(STANDARD_NO_PAD.encode(secret).as_bytes()), 2, "it is the same in both alphabets");
    assert_eq!(finds(b"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"), 1);
    assert_eq!(finds(&secret.as_bytes()[..60]), 0);
    assert_eq!(patterns("password", "correct horse")[4].octets, b"correct%20horse");
    assert_eq!(
        patterns("totp_secret", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").last().unwrap().octets,
        b"12345678901234567890"
    );
}
