//! What can be said of a user beside names and email address: the standard claims of
//! [OIDC Core §5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{claims::Claim, error::Error, language::is_language_tag, redirect_uri::RedirectUri};

/// The standard claims of a user, each as the specification has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StandardClaims(Map<String, Value>);

impl StandardClaims {
    /// The value of a claim.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Those that are opened.
    pub fn opened(self, opens: impl Fn(Claim) -> bool) -> Self {
        Self(self.0.into_iter().filter(|(name, _)| Claim::parse(name).is_some_and(&opens)).collect())
    }
}

/// A change of standard claims: those named are set, and those that are `null` are taken away
/// ([RFC 7396](https://www.rfc-editor.org/rfc/rfc7396)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ClaimsPatch(Map<String, Value>);

impl ClaimsPatch {
    /// Checks a change. What is not a standard claim, or not of its form, is refused.
    pub fn parse(mut members: Map<String, Value>) -> Result<Self, Error> {
        if !members.iter().all(|(name, value)| fits(name, value)) {
            return Err(Error::invalid_request(
                "claims has one that is unknown here, or not of the form that it must have.",
            ));
        }
        // Nobody has verified a number that has just come.
        if members.contains_key("phone_number") {
            members.entry("phone_number_verified").or_insert(Value::Null);
        }
        Ok(Self(members))
    }
}

/// What a user has who had no claims before.
impl From<ClaimsPatch> for StandardClaims {
    fn from(ClaimsPatch(mut members): ClaimsPatch) -> Self {
        for parts in members.values_mut().filter_map(Value::as_object_mut) {
            parts.retain(|_, value| !value.is_null());
        }
        members.retain(|_, value| !value.is_null());
        Self(members)
    }
}

fn fits(name: &str, value: &Value) -> bool {
    match (name, value) {
        (
            "middle_name"
            | "nickname"
            | "preferred_username"
            | "profile"
            | "picture"
            | "website"
            | "gender"
            | "birthdate"
            | "zoneinfo"
            | "locale"
            | "phone_number"
            | "phone_number_verified"
            | "address",
            Value::Null,
        ) => true,
        ("middle_name" | "nickname" | "preferred_username" | "gender", Value::String(text)) => is_line(text),
        ("profile" | "picture" | "website", Value::String(uri)) => is_web_page(uri),
        ("birthdate", Value::String(date)) => is_birthdate(date),
        ("zoneinfo", Value::String(zone)) => is_zone(zone),
        ("locale", Value::String(tag)) => is_language_tag(tag),
        ("phone_number", Value::String(number)) => is_phone_number(number),
        ("phone_number_verified", Value::Bool(_)) => true,
        ("address", Value::Object(parts)) => parts.iter().all(|(name, value)| is_part_of_address(name, value)),
        _ => false,
    }
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 255 && !text.chars().any(char::is_control)
}

fn is_web_page(uri: &str) -> bool {
    uri.len() <= 2000 && RedirectUri::parse(uri).is_ok_and(|uri| !uri.is_private())
}

/// > represented as an ISO 8601-1 \[ISO8601‑1\] YYYY-MM-DD format. The year MAY be 0000, indicating that it is omitted. To
/// > represent only the year, YYYY format is allowed.
fn is_birthdate(date: &str) -> bool {
    let number = |part: &str, length: usize| {
        let is_number = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u32>().unwrap_or_default())
    };
    match date.split('-').collect::<Vec<_>>().as_slice() {
        [year] => number(year, 4).is_some(),
        [year, month, day] => {
            number(year, 4).is_some()
                && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
                && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
        }
        _ => false,
    }
}

/// A name of the time zone database, such as `Europe/Paris`.
fn is_zone(zone: &str) -> bool {
    let is_fitting = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
    (1..=64).contains(&zone.len()) && zone.bytes().all(is_fitting)
}

/// > E.164 is RECOMMENDED as the format of this Claim, for example, +1 (425) 555-1212 or +56 (2) 687 2400. If the phone
/// > number contains an extension, it is RECOMMENDED that the extension be represented using the RFC 3966 extension syntax,
/// > for example, +1 (604) 555-1234;ext=5678.
fn is_phone_number(number: &str) -> bool {
    let (number, extension) = number.split_once(";ext=").unwrap_or((number, "0"));
    let is_fitting = |byte: u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'(' | b')');
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    number.strip_prefix('+').is_some_and(|rest| rest.bytes().all(is_fitting))
        && number.len() <= 32
        && (4..=15).contains(&digits(number))
        && (1..=8).contains(&extension.len())
        && digits(extension) == extension.len()
}

/// [OIDC Core §5.1.1](https://openid.net/specs/openid-connect-core-1_0.html#AddressClaim). The first two "MAY contain
/// multiple lines".
fn is_part_of_address(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("formatted" | "street_address" | "locality" | "region" | "postal_code" | "country", Value::Null) => true,
        ("formatted" | "street_address", Value::String(text)) => {
            !text.is_empty()
                && text.chars().count() <= 1000
                && !text.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n'))
        }
        ("locality" | "region" | "postal_code" | "country", Value::String(text)) => is_line(text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(text: &str) -> Result<ClaimsPatch, Error> {
        ClaimsPatch::parse(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn the_examples_of_the_specification_fit() {
        for text in [
            r#"{"birthdate": "1990-02-31", "zoneinfo": "America/Argentina/Buenos_Aires", "locale": "en-US"}"#,
            r#"{"birthdate": "0000-10-31", "locale": "en_US"}"#,
            r#"{"birthdate": "1990", "gender": "female", "picture": "https://example.com/janedoe/me.jpg"}"#,
            r#"{"phone_number": "+1 (425) 555-1212"}"#,
            r#"{"phone_number": "+56 (2) 687 2400", "phone_number_verified": true}"#,
            r#"{"phone_number": "+1 (604) 555-1234;ext=5678"}"#,
            r#"{"address": {"street_address": "1234 Hollywood Blvd.\r\nApt 7", "locality": "Los Angeles", "region": "CA",
                "postal_code": "90210", "country": "US"}}"#,
            r#"{"nickname": null, "address": null, "phone_number": null}"#,
            r#"{"address": {"region": null}}"#,
        ] {
            assert!(patch(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_unknown_or_of_another_form_is_refused() {
        for text in [
            r#"{"sub": "x"}"#,
            r#"{"email": "a@b.example"}"#,
            r#"{"email_verified": true}"#,
            r#"{"access_level": "admin"}"#,
            r#"{"unknown": null}"#,
            r#"{"nickname": ""}"#,
            r#"{"nickname": "two\nlines"}"#,
            r#"{"nickname": 7}"#,
            r#"{"picture": "javascript:alert(1)"}"#,
            r#"{"website": "com.example.app:/x"}"#,
            r#"{"birthdate": "31.10.1990"}"#,
            r#"{"birthdate": "1990-13-01"}"#,
            r#"{"birthdate": "+990"}"#,
            r#"{"zoneinfo": "Europe Paris"}"#,
            r#"{"locale": "english language"}"#,
            r#"{"phone_number": "425 555 1212"}"#,
            r#"{"phone_number": "+1"}"#,
            r#"{"phone_number": "+1 425 555 1212;ext=x"}"#,
            r#"{"phone_number_verified": "yes"}"#,
            r#"{"address": "Los Angeles"}"#,
            r#"{"address": {"planet": "Earth"}}"#,
            r#"{"address": {"locality": "a\nb"}}"#,
        ] {
            assert!(patch(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_new_number_is_not_verified_unless_that_is_said() {
        let json = |text| serde_json::to_string(&patch(text).unwrap()).unwrap();
        let expected = r#"{"phone_number":"+442071838750","phone_number_verified":null}"#;
        assert_eq!(json(r#"{"phone_number": "+442071838750"}"#), expected);
        assert_eq!(json(r#"{"phone_number_verified": true}"#), r#"{"phone_number_verified":true}"#);
    }
}
