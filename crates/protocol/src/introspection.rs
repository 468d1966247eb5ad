//! The introspection response, [RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2) and
//! [RFC 9701](https://www.rfc-editor.org/rfc/rfc9701).

use serde::{Serialize, Serializer};

use crate::{Timestamp, dpop::Confirmation, resource::Resources, scope::Scope, token_exchange::Act};

/// `typ` of the answer as a JWT ([RFC 9701 §5](https://www.rfc-editor.org/rfc/rfc9701#section-5)).
pub const TYP: &str = "token-introspection+jwt";

/// What a resource server is told of a token.
#[derive(Debug, Serialize)]
pub struct IntrospectionResponse {
    active: bool,
    // "the authorization server SHOULD NOT include any additional information about an inactive token, including why the
    // token is inactive."
    #[serde(flatten)]
    token: Option<ActiveToken>,
}

impl From<Option<ActiveToken>> for IntrospectionResponse {
    fn from(token: Option<ActiveToken>) -> Self {
        Self { active: token.is_some(), token }
    }
}

/// What an active token is good for. When it was issued it does not say, so there is no `iat`.
#[derive(Debug, Serialize)]
pub struct ActiveToken {
    /// What it allows.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// The client that it was issued to.
    pub client_id: String,
    /// The name that people know the user by; `None` where it stands for the client itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Whom it stands for: the user, or the client itself.
    pub sub: String,
    /// How it is used ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)); `None` for a refresh token,
    /// so that nobody takes one for an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// When it expires.
    pub exp: Timestamp,
    /// When the user last proved who they are ([RFC 9470 §6.2](https://www.rfc-editor.org/rfc/rfc9470#section-6.2)); `None`
    /// where it stands for the client itself, and for a refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Timestamp>,
    /// How strongly, as a class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The resources that it is for; omitted where nothing was asked for.
    #[serde(skip_serializing_if = "Resources::is_empty", serialize_with = "audience")]
    pub aud: Resources,
    /// The key that it is bound to ([RFC 9449 §6.2](https://www.rfc-editor.org/rfc/rfc9449#section-6.2)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for whom it stands for ([RFC 8693 §4.1](https://www.rfc-editor.org/rfc/rfc8693#section-4.1)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// Who issued it.
    pub iss: String,
}

/// > In the special case when the JWT has one audience, the "aud" value MAY be a single case-sensitive string
/// > (RFC 7519 §4.1.3)
fn audience<S: Serializer>(resources: &Resources, serializer: S) -> Result<S::Ok, S::Error> {
    let mut rest = resources.iter();
    match (rest.next(), rest.next()) {
        (Some(only), None) => only.serialize(serializer),
        _ => resources.serialize(serializer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(username: Option<&str>, token_type: Option<&'static str>) -> IntrospectionResponse {
        let token = ActiveToken {
            scope: Scope::parse("openid api:read").unwrap(),
            client_id: "app".to_owned(),
            username: username.map(str::to_owned),
            sub: "ada".to_owned(),
            token_type,
            exp: Timestamp(42),
            auth_time: None,
            acr: None,
            aud: Resources::default(),
            cnf: None,
            act: None,
            iss: "https://id.example".to_owned(),
        };
        Some(token).into()
    }

    #[test]
    fn an_inactive_token_says_nothing_else() {
        let json = serde_json::to_string(&IntrospectionResponse::from(None)).unwrap();
        assert_eq!(json, r#"{"active":false}"#);
    }

    #[test]
    fn an_active_token_says_what_is_known_and_omits_the_rest() {
        let json = serde_json::to_string(&token(Some("AL-0001"), Some("Bearer"))).unwrap();
        assert_eq!(
            json,
            r#"{"active":true,"scope":"openid api:read","client_id":"app","username":"AL-0001","sub":"ada","token_type":"Bearer","exp":42,"iss":"https://id.example"}"#
        );
        let json = serde_json::to_string(&token(None, None)).unwrap();
        assert!(!json.contains("null") && !json.contains("username") && !json.contains("token_type"), "{json}");
    }

    #[test]
    fn one_audience_is_a_string_and_several_are_a_list() {
        let json = |resources: &str| {
            let aud = Resources::parse(resources).unwrap();
            let mut token = token(None, None);
            token.token.as_mut().unwrap().aud = aud;
            serde_json::to_value(&token).unwrap()["aud"].take()
        };
        assert_eq!(json("https://a.example"), "https://a.example");
        assert_eq!(json("https://a.example urn:b"), serde_json::json!(["https://a.example", "urn:b"]));
    }
}
