//! Remembers every secret that passes between the suite and its servers, and looks whether an answer has one that it does
//! not hand out. What the servers log and store is looked through when they have all ended, by `suite_secrets.rs`.

use std::{
    collections::HashMap,
    fs::File,
    io::Write,
    path::PathBuf,
    sync::{Mutex, OnceLock},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Request, header::HeaderMap};
use serde_json::{Value, json};

use super::decode;

/// What begins like this is a secret of this kind.
const PREFIXES: [(&str, &str); 6] = [
    ("sat_", "access_token"),
    ("srt_", "refresh_token"),
    ("sac_", "code"),
    ("sdc_", "device_code"),
    ("scs_", "client_secret"),
    ("sra_", "registration_token"),
];
/// Shorter than any of these is what a test has made up.
const SHORTEST: usize = 40;
/// The settings that are secrets.
const SETTINGS: [&str; 5] =
    ["admin_token", "invite_code", "key_encryption_key", "key_encryption_key_previous", "mail_hook_secret"];

/// Where the record is kept, with what the servers of this run log and store: from the beginning of one run to that of the
/// next.
pub fn folder() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("secrets");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    };
    FOLDER.get_or_init(make).clone()
}

struct Record {
    file: File,
    known: HashMap<String, &'static str>,
    /// What is no single word.
    phrases: Vec<String>,
}

fn with<T>(act: impl FnOnce(&mut Record) -> T) -> T {
    static RECORD: OnceLock<Mutex<Record>> = OnceLock::new();
    let open = || {
        let file = File::create(folder().join("secrets.jsonl")).unwrap();
        Mutex::new(Record { file, known: HashMap::new(), phrases: Vec::new() })
    };
    act(&mut RECORD.get_or_init(open).lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
}

/// Remembers a secret.
pub fn secret(kind: &'static str, secret: &str) {
    with(|record| {
        if secret.is_empty() || record.known.contains_key(secret) {
            return;
        }
        record.known.insert(secret.to_owned(), kind);
        if !secret.bytes().all(is_of_word) {
            // Of a JWT its last part alone tells one from another.
            match secret.rsplit_once('.') {
                Some((_, last)) if secret.starts_with("eyJ") => drop(record.known.insert(last.to_owned(), kind)),
                _ => record.phrases.push(secret.to_owned()),
            }
        }
        writeln!(record.file, "{}", json!({"kind": kind, "secret": secret})).unwrap();
    });
}

/// Remembers the secrets among the settings of a server.
pub fn settings<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) {
    for (name, value) in settings {
        if SETTINGS.contains(&name) && value.len() >= 16 {
            secret("setting", value);
        }
        let keys = serde_json::from_str::<Value>(value).ok().filter(|_| name == "signing_keys");
        for key in keys.iter().flat_map(|set| set["keys"].as_array().into_iter().flatten()) {
            for part in ["d", "p", "q", "dp", "dq", "qi"] {
                secret("private_key", key[part].as_str().unwrap_or_default());
            }
        }
    }
}

/// Remembers what a request shows to prove something.
pub fn request(request: &Request) {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Some(basic) = header("authorization").strip_prefix("Basic ").filter(|basic| basic.len() >= SHORTEST) {
        secret("basic", basic);
    }
    if header("dpop").len() >= SHORTEST {
        secret("dpop_proof", header("dpop"));
    }
    let body = request.body().and_then(|body| body.as_bytes()).and_then(|body| std::str::from_utf8(body).ok());
    if !header("content-type").starts_with("application/x-www-form-urlencoded") {
        return;
    }
    let fields = decode(body.unwrap_or_default());
    for (name, value) in &fields {
        // Somebody's name as a password stands elsewhere by right.
        let is_elsewhere = || fields.iter().any(|(other, said)| !other.contains("password") && said.contains(value));
        match name.as_str() {
            "client_assertion" if value.len() >= SHORTEST => secret("client_assertion", value),
            _ if name.contains("password") && is_phrase(value) && !is_elsewhere() => {
                secret("password", value);
            }
            _ => {}
        }
    }
}

/// Remembers the secrets that an answer hands out, and fails where it has one that it does not.
#[track_caller]
pub fn answer(path: &str, headers: &HeaderMap, body: &str) {
    let mut said = body.to_owned();
    for (name, value) in headers {
        let value = value.to_str().unwrap_or_default();
        if name != "set-cookie" {
            said.push('\n');
            said.push_str(value);
        } else if let Some((name, value)) = value.split(';').next().and_then(|pair| pair.split_once('=')) {
            cookie(name, value);
        }
    }
    members(path, body);
    for word in words(&said).filter(|word| word.len() >= 8) {
        let prefixed = PREFIXES.iter().find(|(prefix, _)| word.starts_with(prefix) && word.len() >= SHORTEST);
        if let Some((_, kind)) = prefixed {
            secret(kind, word);
        } else if is_recovery_code(word) && path.starts_with("/account/factors") {
            secret("recovery_code", word);
        }
        let known = with(|record| record.known.get(word).copied());
        if let Some(kind) = known {
            assert!(may_hand_out(kind, path), "{path} answers a {kind}, which is not handed out there");
        }
    }
    let phrase = with(|record| record.phrases.iter().find(|phrase| said.contains(phrase.as_str())).cloned());
    assert!(phrase.is_none(), "{path} answers {phrase:?}, which is handed out nowhere");
}

fn cookie(name: &str, value: &str) {
    if name.ends_with("session") && value.starts_with("eyJ") {
        secret("session", value);
        let claims = value.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let claims: Value = serde_json::from_slice(&claims.unwrap_or_default()).unwrap_or_default();
        secret("session_secret", claims["jti"].as_str().unwrap_or_default());
    } else if name.ends_with("csrf") && value.len() >= 16 {
        secret("csrf", value);
    }
}

/// What only its name, or the page that it is on, tells from any other text.
fn members(path: &str, body: &str) {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    for (member, kind) in
        [("access_token", "access_token"), ("user_code", "user_code"), ("temporary_password", "temporary_password")]
    {
        secret(kind, json[member].as_str().unwrap_or_default());
    }
    let link = body.split("?token=").nth(1).and_then(|rest| words(rest).next());
    if path.starts_with("/admin/") {
        let shown = body.split("id=\"password\">").nth(1).and_then(|rest| rest.split('<').next());
        secret("temporary_password", shown.unwrap_or_default());
        secret("link", link.filter(|token| token.len() >= SHORTEST).unwrap_or_default());
    }
    if path == "/account/factors"
        && let Some((_, rest)) = body.split_once("id=\"secret\"")
    {
        let shown = rest.split(['>', '<']).nth(1).unwrap_or_default();
        secret("totp_secret", &shown.split_whitespace().collect::<String>());
    }
}

/// Whether an answer at this path is where a secret of this kind is handed out.
fn may_hand_out(kind: &str, path: &str) -> bool {
    let begins = |starts: &[&str]| starts.iter().any(|start| path.starts_with(start));
    match kind {
        "access_token" | "refresh_token" => path == "/token",
        "code" => begins(&["/authorize", "/consent"]),
        "device_code" => path == "/device_authorization",
        "user_code" => begins(&["/device"]),
        "client_secret" => begins(&["/register", "/admin/api/clients", "/admin/applications"]),
        "registration_token" => begins(&["/register"]),
        // The page that a link opens sends it back in its form.
        "link" => begins(&["/admin/", "/reset", "/verify"]),
        "temporary_password" => begins(&["/admin/"]),
        "totp_secret" | "recovery_code" => begins(&["/account/factors"]),
        // Cookies are no part of what is looked through here; the others are never answered.
        _ => false,
    }
}

/// Whether a password is one that is nowhere by chance, or by right as an address is.
fn is_phrase(password: &str) -> bool {
    password.len() >= 12 && !password.contains('@') && !password.contains("password")
}

fn is_recovery_code(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let is_part = |part: &&str| part.len() == 4 && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    parts.len() == 4 && parts.iter().all(is_part)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !u8::try_from(c).is_ok_and(is_of_word))
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
