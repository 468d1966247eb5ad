//! Token exchange, [RFC 8693](https://www.rfc-editor.org/rfc/rfc8693): the types of tokens, who acts, and which client may
//! exchange what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::resource::{Resource, Resources};

/// A type of tokens that can be exchanged and asked for here ([§3](https://www.rfc-editor.org/rfc/rfc8693#section-3)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// An access token of this server, in whichever form.
    AccessToken,
    /// An access token of this server that is a JWT ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)).
    Jwt,
}

impl TokenType {
    /// The type of this identifier; `None` for one that this server does not take.
    pub fn parse(identifier: &str) -> Option<Self> {
        [Self::AccessToken, Self::Jwt].into_iter().find(|kind| kind.as_str() == identifier)
    }

    /// The identifier.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "urn:ietf:params:oauth:token-type:access_token",
            Self::Jwt => "urn:ietf:params:oauth:token-type:jwt",
        }
    }
}

/// `act`: who acts for the subject, and who did before them ([§4.1](https://www.rfc-editor.org/rfc/rfc8693#section-4.1)).
///
/// > Consequently, non-identity claims (e.g., "exp", "nbf", and "aud") are not meaningful when used within an "act" claim and
/// > are therefore not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Who: a client by its identifier, or a user as the client knows them that they act through.
    pub sub: String,
    /// Who acted before. It tells a story and gives no rights: "Prior actors […] are informational only and are not to be
    /// considered in access control decisions."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Act>>,
}

/// Whether the new token says who acts ([§1.1](https://www.rfc-editor.org/rfc/rfc8693#section-1.1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeMode {
    /// It does not: whoever has it is, for its resource, the subject.
    Impersonation,
    /// It does, in `act`.
    Delegation,
}

/// Which tokens a client may exchange and for what, as the administrator registers it: the member `token_exchange`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangePolicy {
    /// In which ways.
    pub modes: Vec<ExchangeMode>,
    /// The clients whose tokens it may exchange.
    pub clients: Vec<String>,
    /// The resources that it is itself: it may exchange tokens that are for one of them, beside those that are for the
    /// whole server or for nothing in particular.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub resources: Resources,
    /// The resources that it may ask for, by their logical names.
    pub targets: BTreeMap<String, Resource>,
}

impl ExchangePolicy {
    /// What `audience` names: a target by its logical name, or by itself.
    pub fn target_of_audience(&self, audience: &str) -> Option<&Resource> {
        self.targets.get(audience).or_else(|| self.target(&Resource::parse(audience)?))
    }

    /// The target that is this resource.
    pub fn target(&self, resource: &Resource) -> Option<&Resource> {
        self.targets.values().find(|target| target.is_same(resource))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(json: &str) -> Option<ExchangePolicy> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn a_target_goes_by_its_name_and_by_itself() {
        let policy = policy(
            r#"{"modes":["delegation"],"clients":["app"],"targets":{"orders":"https://Orders.example/","stock":"urn:stock"}}"#,
        )
        .unwrap();
        for name in ["orders", "https://orders.example", "https://orders.example/"] {
            assert_eq!(policy.target_of_audience(name).unwrap().as_str(), "https://orders.example/", "{name}");
        }
        for unknown in ["", "Orders", "https://orders.example/x", "https://orders.example.evil", "urn:other"] {
            assert!(policy.target_of_audience(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn a_policy_with_what_is_unknown_or_no_resource_is_none() {
        for bad in [
            "{}",
            r#"{"modes":["both"],"clients":["app"],"targets":{"a":"urn:a"}}"#,
            r#"{"modes":["delegation"],"clients":["app"],"targets":{"a":"/a"}}"#,
            r#"{"modes":["delegation"],"clients":["app"],"targets":{"a":"urn:a"},"resources":["https://u@a.example"]}"#,
            r#"{"modes":["delegation"],"clients":["app"],"targets":{"a":"urn:a"},"client":["b"]}"#,
            r#"{"modes":"delegation","clients":["app"],"targets":{"a":"urn:a"}}"#,
        ] {
            assert_eq!(policy(bad), None, "{bad}");
        }
    }

    #[test]
    fn types_go_by_their_identifiers() {
        assert_eq!(TokenType::parse("urn:ietf:params:oauth:token-type:jwt"), Some(TokenType::Jwt));
        for other in
            ["", "access_token", "urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:saml2"]
        {
            assert_eq!(TokenType::parse(other), None, "{other}");
        }
    }
}
