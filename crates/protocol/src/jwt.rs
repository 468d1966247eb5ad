//! The registered claims of a JWT, [RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1).

use serde::{Deserialize, Deserializer};

use crate::{Timestamp, time::Seconds};

/// `aud`: "In the general case, the "aud" value is an array of case-sensitive strings […]. In the special case when the JWT
/// has one audience, the "aud" value MAY be a single case-sensitive string" (§4.1.3)
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Any number.
    Many(Vec<String>),
}

impl Audience {
    /// Whether this is among them.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(audience) => audience == name,
            Self::Many(audiences) => audiences.iter().any(|audience| audience == name),
        }
    }

    /// The audience, where there is one alone.
    pub fn single(&self) -> Option<&str> {
        match self {
            Self::One(audience) => Some(audience),
            Self::Many(audiences) => match audiences.as_slice() {
                [audience] => Some(audience),
                _ => None,
            },
        }
    }
}

/// Who says something to whom, and when it is good.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct RegisteredClaims {
    /// Who has signed it.
    pub iss: Option<String>,
    /// Whom it is about.
    pub sub: Option<String>,
    /// Whom it is for.
    pub aud: Option<Audience>,
    /// From when on it is not good any more.
    #[serde(default, deserialize_with = "numeric_date")]
    pub exp: Option<Timestamp>,
    /// From when on it is good.
    #[serde(default, deserialize_with = "numeric_date")]
    pub nbf: Option<Timestamp>,
    /// When it was signed.
    #[serde(default, deserialize_with = "numeric_date")]
    pub iat: Option<Timestamp>,
    /// Its name, which no other of its issuer has.
    pub jti: Option<String>,
}

impl RegisteredClaims {
    /// Whether it is good now by a clock that may differ from ours by `skew`. What says nothing about its time always is.
    ///
    /// > The "exp" (expiration time) claim identifies the expiration time on or after which the JWT MUST NOT be accepted
    /// > for processing. […] The "nbf" (not before) claim identifies the time before which the JWT MUST NOT be accepted
    pub fn is_current(&self, now: Timestamp, skew: Seconds) -> bool {
        self.exp.is_none_or(|exp| now < exp.plus(skew))
            && [self.nbf, self.iat].into_iter().flatten().all(|start| start <= now.plus(skew))
    }
}

/// Reads a NumericDate: "a JSON numeric value representing the number of seconds […]; non-integer values can be
/// represented" (§2). Fractions are cut off.
pub fn numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Whole(i64),
        Fraction(f64),
    }
    Ok(Some(match Number::deserialize(deserializer)? {
        Number::Whole(seconds) => Timestamp(seconds),
        // A cast that is too large ends at the largest number.
        Number::Fraction(seconds) => Timestamp(seconds as i64),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> RegisteredClaims {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_audience_is_one_or_many() {
        let one = claims(r#"{"aud":"a"}"#).aud.unwrap();
        assert!(one.contains("a") && !one.contains("A") && one.single() == Some("a"));
        let many = claims(r#"{"aud":["a","b"]}"#).aud.unwrap();
        assert!(many.contains("b") && !many.contains("c") && many.single().is_none());
        assert!(serde_json::from_str::<RegisteredClaims>(r#"{"aud":{}}"#).is_err());
    }

    #[test]
    fn a_time_may_have_a_fraction_and_is_a_number() {
        assert_eq!(claims(r#"{"exp":1700000000.9}"#).exp, Some(Timestamp(1_700_000_000)));
        assert_eq!(claims(r#"{"exp":1e300}"#).exp, Some(Timestamp(i64::MAX)));
        for bad in [r#"{"exp":"1"}"#, r#"{"exp":null}"#, r#"{"iat":[]}"#] {
            assert!(serde_json::from_str::<RegisteredClaims>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_clock_may_differ_by_the_skew_and_no_more() {
        let (now, skew) = (Timestamp(1000), Seconds(10));
        for (json, is) in [
            (r#"{"exp":991}"#, true),
            (r#"{"exp":990}"#, false),
            (r#"{"nbf":1010}"#, true),
            (r#"{"nbf":1011}"#, false),
            (r#"{"iat":1010}"#, true),
            (r#"{"iat":1011,"exp":2000}"#, false),
            ("{}", true),
        ] {
            assert_eq!(claims(json).is_current(now, skew), is, "{json}");
        }
    }
}
