//! Logout tokens, [OIDC Back-Channel Logout §2.4](https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken).

use serde::{Serialize, Serializer, ser::SerializeMap};

/// > it is RECOMMENDED that Logout Tokens be explicitly typed. This is accomplished by including a "typ" (type) Header
/// > Parameter with a value of "logout+jwt" (§2.4)
pub const TYP: &str = "logout+jwt";

/// The claims of a logout token beyond those that every JWT has (`iss`, `sub`, `aud`, `iat`, `exp`, `jti`). There is never
/// a `nonce`: "A nonce Claim MUST NOT be present".
#[derive(Debug, Clone, Serialize)]
pub struct LogoutTokenClaims {
    /// The session that has ended.
    pub sid: String,
    /// What the token says: always the same.
    pub events: LoggedOut,
}

/// > Claim whose value is a JSON object containing the member name
/// > `http://schemas.openid.net/event/backchannel-logout` […]. The corresponding member value MUST be a JSON object and
/// > SHOULD be the empty JSON object {}. (§2.4)
#[derive(Debug, Clone, Copy)]
pub struct LoggedOut;

impl Serialize for LoggedOut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut events = serializer.serialize_map(Some(1))?;
        events.serialize_entry("http://schemas.openid.net/event/backchannel-logout", &serde_json::json!({}))?;
        events.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_is_an_empty_object() {
        let claims = LogoutTokenClaims { sid: "s".to_owned(), events: LoggedOut };
        let json = serde_json::to_string(&claims).unwrap();
        assert_eq!(json, r#"{"sid":"s","events":{"http://schemas.openid.net/event/backchannel-logout":{}}}"#);
    }
}
