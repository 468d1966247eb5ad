//! Cookies: a value is that of the first cookie of the whole name, whatever stands around it.

use http::{HeaderValue, header};

use crate::credentials::post;

const NAMES: [&str; 4] = ["session", "__Host-session", "csrf", "__Host-csrf"];

fn find(field: &[u8], name: &str) -> Option<Option<String>> {
    let value = HeaderValue::from_bytes(field).ok()?;
    Some(post(&[(header::COOKIE, value)], b"").cookie(name).map(str::to_owned))
}

pub(crate) fn check(data: &[u8]) {
    for name in NAMES {
        let Some(found) = find(data, name) else { return };
        let with = |before: &str, after: &str| {
            let field = [before.as_bytes(), data, after.as_bytes()].concat();
            find(&field, name).unwrap()
        };
        if let Some(value) = &found {
            assert!(!value.contains(';') && value.trim_end() == value, "{value:?}");
            let text = std::str::from_utf8(data).unwrap();
            assert!(text.contains(&format!("{name}={value}")));
            // Nothing that follows is taken for the first.
            assert_eq!(with("", &format!("; {name}=planted")), found);
        } else if std::str::from_utf8(data).is_ok() && data.is_ascii() {
            assert_eq!(with("", &format!("; {name}=value")).as_deref(), Some("value"));
        }
        assert_eq!(with(&format!("x{name}=planted; "), ""), found, "another name that ends alike");
        assert_eq!(with(&format!("{}=planted; ", name.to_ascii_uppercase()), ""), found, "names have a case");
    }
}
