//! Client metadata, [RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2) and
//! [OIDC Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, ErrorCode},
    jwk::JwkSet,
    jws::JwsAlgorithm,
    language::is_language_tag,
    outbound_url::OutboundUrl,
    redirect_uri::{RedirectUri, is_loopback_host},
    scope::Scope,
    security_profile::SecurityProfile,
    token_exchange::ExchangePolicy,
};

/// A grant type of the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// [RFC 6749 §4.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1)
    AuthorizationCode,
    /// [RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)
    ClientCredentials,
    /// [RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)
    RefreshToken,
    /// [RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1)
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
}

impl GrantType {
    /// Every grant type of this server, as discovery lists them.
    pub const ALL: [Self; 5] =
        [Self::AuthorizationCode, Self::ClientCredentials, Self::DeviceCode, Self::RefreshToken, Self::TokenExchange];

    /// The name in `grant_type`; `None` for one that this server does not have.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "authorization_code" => Some(Self::AuthorizationCode),
            "client_credentials" => Some(Self::ClientCredentials),
            "urn:ietf:params:oauth:grant-type:device_code" => Some(Self::DeviceCode),
            "refresh_token" => Some(Self::RefreshToken),
            "urn:ietf:params:oauth:grant-type:token-exchange" => Some(Self::TokenExchange),
            _ => None,
        }
    }
}

/// `response_type`: only `code` exists here ([RFC 9700 §2.1.2](https://www.rfc-editor.org/rfc/rfc9700#section-2.1.2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseType {
    /// The authorization code flow.
    Code,
}

/// How a client proves who it is ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// A secret in the `Authorization` header.
    #[default]
    ClientSecretBasic,
    /// A secret in the form.
    ClientSecretPost,
    /// A JWT that the client closes with its secret.
    ClientSecretJwt,
    /// A JWT that the client signs with its key.
    PrivateKeyJwt,
    /// A public client: no secret.
    None,
}

impl TokenEndpointAuthMethod {
    /// Every method of this server, as discovery lists them.
    pub const ALL: [Self; 5] =
        [Self::ClientSecretBasic, Self::ClientSecretPost, Self::ClientSecretJwt, Self::PrivateKeyJwt, Self::None];

    /// The methods that prove something: those of confidential clients.
    pub fn confidential() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|method| *method != Self::None)
    }
}

/// The algorithm of a signature ([RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1), [RFC 8037](https://www.rfc-editor.org/rfc/rfc8037)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bit.
    #[default]
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl SigningAlgorithm {
    /// Every algorithm of this server, as discovery lists them.
    pub const ALL: [Self; 3] = [Self::RS256, Self::ES256, Self::EdDSA];

    /// The registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }
}

/// Whether a client knows users by the name that every client has for them
/// ([OIDC Core §8](https://openid.net/specs/openid-connect-core-1_0.html#SubjectIDTypes)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// It does.
    #[default]
    Public,
    /// Its sector has a name of its own for each user.
    Pairwise,
}

impl SubjectType {
    /// Every type of this server, as discovery lists them.
    pub const ALL: [Self; 2] = [Self::Public, Self::Pairwise];
}

/// What kind of application a client is ([OIDC Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// One that a web server answers for.
    Web,
    /// One that is installed on a device.
    Native,
}

/// Members that people read, in further languages, such as `client_name#de`
/// ([RFC 7591 §2.2](https://www.rfc-editor.org/rfc/rfc7591#section-2.2)).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Translations(BTreeMap<String, String>);

impl Translations {
    /// The members that may have a language tag.
    const MEMBERS: [&str; 5] = ["client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"];

    /// Each member without its language tag, and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.split('#').next().unwrap_or_default(), value.as_str()))
    }

    fn is_one(name: &str) -> bool {
        name.split_once('#').is_some_and(|(member, tag)| Self::MEMBERS.contains(&member) && is_language_tag(tag))
    }
}

/// Takes them from among members that are unknown.
impl<'de> Deserialize<'de> for Translations {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = BTreeMap::<String, serde_json::Value>::deserialize(deserializer)?;
        let translations = members.into_iter().filter(|(name, _)| Self::is_one(name));
        let texts = translations.map(|(name, value)| match value {
            serde_json::Value::String(text) => Ok((name, text)),
            _ => Err(serde::de::Error::custom("a translation is a text")),
        });
        texts.collect::<Result<_, _>>().map(Self)
    }
}

/// The members that ask for encryption, of which there is none here
/// ([OIDC Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata),
/// [RFC 9701 §6](https://www.rfc-editor.org/rfc/rfc9701#section-6)).
pub const ENCRYPTION_MEMBERS: [&str; 10] = [
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
];

/// What a client registers. Absent members take the defaults of the specification; unknown ones are ignored:
/// "The authorization server MUST ignore any client metadata sent by the client that it does not understand".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientMetadata {
    /// Where answers may go.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where the browser may go after sign-out
    /// ([RP-Initiated Logout §3.1](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#ClientMetadata)).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Where it is told that a session has ended
    /// ([Back-Channel Logout §2.2](https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRegistration)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<OutboundUrl>,
    /// Whether it must be told which session. It always is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_session_required: bool,
    /// How the client authenticates.
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// The only algorithm that its JWTs for authentication are signed by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<JwsAlgorithm>,
    /// Whether it begins every authorization at `/par` ([RFC 9126 §6](https://www.rfc-editor.org/rfc/rfc9126#section-6)).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_pushed_authorization_requests: bool,
    /// Its public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<JwkSet>,
    /// Where its public keys are, instead: it can replace them without a word to this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<OutboundUrl>,
    /// The only algorithm that its request objects are signed by, `none` for ones that are not signed
    /// ([OIDC Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<JwsAlgorithm>,
    /// Whether each of its authorization requests is in a signed request object
    /// ([RFC 9101 §10.5](https://www.rfc-editor.org/rfc/rfc9101#section-10.5)).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_request_object: bool,
    /// The grants it may use.
    pub grant_types: Vec<GrantType>,
    /// The response types it may use.
    pub response_types: Vec<ResponseType>,
    /// The scopes it may ask for.
    pub scope: Scope,
    /// The name that people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// What it is for, on one line. Only the administrator says that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its home page: where the launchpad leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Its terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Email addresses of those who run it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// How its ID tokens are signed.
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// How its answers of userinfo are signed; `None`: they are plain JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// How answers of introspection to it are signed, where it asks for a JWT
    /// ([RFC 9701 §6](https://www.rfc-editor.org/rfc/rfc9701#section-6)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<SigningAlgorithm>,
    /// How answers to its authorization requests are signed where a request wants that
    /// ([JARM §3](https://openid.net/specs/oauth-v2-jarm.html)); `None`: by RS256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_signed_response_alg: Option<SigningAlgorithm>,
    /// How its access tokens are signed, where they are to be JWTs (RFC 9068); otherwise they are opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_signed_response_alg: Option<SigningAlgorithm>,
    /// Whether each of its token requests must come with a DPoP proof
    /// ([RFC 9449 §5.2](https://www.rfc-editor.org/rfc/rfc9449#section-5.2)).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dpop_bound_access_tokens: bool,
    /// Whether it knows users by the name that every client has for them.
    pub subject_type: SubjectType,
    /// Where the redirect URIs of its sector are listed
    /// ([OIDC Registration §5](https://openid.net/specs/openid-connect-registration-1_0.html#SectorIdentifierValidation)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<OutboundUrl>,
    /// What kind of application it is. Registration sets it where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<ApplicationType>,
    /// The oldest sign-in that will do where a request does not say, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u32>,
    /// Whether ID tokens must have `auth_time`. All have it.
    pub require_auth_time: bool,
    /// The `acr` values that it would like where a request does not say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// Whether its users must sign in with two factors. Only the administrator registers that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_multi_factor: bool,
    /// The profile of security that it is held to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_profile: Option<SecurityProfile>,
    /// Which tokens it may exchange (RFC 8693). Only the administrator registers that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_exchange: Option<ExchangePolicy>,
    /// Where others begin a sign-in to it
    /// ([OIDC Core §4](https://openid.net/specs/openid-connect-core-1_0.html#ThirdPartyInitiatedLogin)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// Names the software, whichever client it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// The version of that software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// What people read, in further languages.
    #[serde(flatten)]
    pub translations: Translations,
}

impl ClientMetadata {
    /// The name that people see, or this fallback.
    pub fn name<'a>(&'a self, fallback: &'a str) -> &'a str {
        self.client_name.as_deref().unwrap_or(fallback)
    }

    /// Whether the client proves nothing when it says who it is.
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == TokenEndpointAuthMethod::None
    }

    /// Whether the client may use this grant.
    pub fn allows(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// The sector of pairwise subjects ([OIDC Core §8.1](https://openid.net/specs/openid-connect-core-1_0.html#PairwiseAlg)):
    /// the host of `sector_identifier_uri`, else the one that all redirect URIs share, or their private scheme. `None` where
    /// they share none, and where it is a loopback host, which is everybody's.
    pub fn sector(&self) -> Option<String> {
        if let Some(uri) = &self.sector_identifier_uri {
            return Some(uri.host());
        }
        let host = self.redirect_uris.first()?.host();
        (!self.has_several_hosts() && !is_loopback_host(&host)).then_some(host)
    }

    /// Whether redirect URIs lead to several hosts. All loopback hosts are one.
    pub fn has_several_hosts(&self) -> bool {
        let host = |uri: &RedirectUri| Some(uri.host()).filter(|host| !is_loopback_host(host));
        self.redirect_uris.windows(2).any(|pair| matches!(pair, [one, other] if host(one) != host(other)))
    }

    /// A requested scope, which must lie within the registered one.
    pub fn narrow(&self, requested: &str) -> Result<Scope, Error> {
        let scope =
            Scope::parse(requested).map_err(|_| Error::new(ErrorCode::InvalidScope, "The scope is malformed."))?;
        if !scope.is_within(&self.scope) {
            return Err(Error::new(ErrorCode::InvalidScope, "The client is not registered for this scope."));
        }
        Ok(scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_registry() {
        let client: ClientMetadata = serde_json::from_str(
            r#"{"redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"none","grant_types":["refresh_token"],
                "response_types":["code"],"id_token_signed_response_alg":"EdDSA","scope":"openid email","unknown":1}"#,
        )
        .unwrap();
        assert!(
            client.is_public()
                && client.allows(GrantType::RefreshToken)
                && !client.allows(GrantType::ClientCredentials)
        );
        assert_eq!(client.id_token_signed_response_alg, SigningAlgorithm::EdDSA);
        let json = serde_json::to_string(&client).unwrap();
        assert!(json.contains(r#""token_endpoint_auth_method":"none""#) && json.contains(r#""scope":"openid email""#));
        assert!(!json.contains("null"), "absent members are omitted: {json}");
    }

    #[test]
    fn the_sector_is_the_only_host_unless_that_is_everybodys() {
        let sector = |uris: &[&str]| {
            let redirect_uris = uris.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect();
            let client = ClientMetadata { redirect_uris, ..ClientMetadata::default() };
            (client.sector(), client.has_several_hosts())
        };
        let sole = |host: &str| (Some(host.to_owned()), false);
        assert_eq!(sector(&["https://A.example/cb", "HTTPS://a.example:8443/other"]), sole("a.example"));
        assert_eq!(sector(&["com.example.app:/cb"]), sole("com.example.app"));
        assert_eq!(sector(&["http://localhost/cb", "http://127.0.0.1/cb"]), (None, false));
        assert_eq!(sector(&[]), (None, false));
        for other in ["https://b.example/cb", "http://127.0.0.1/cb", "com.example.app:/cb"] {
            assert_eq!(sector(&["https://a.example/cb", other]), (None, true), "{other}");
            assert_eq!(sector(&[other, "https://a.example/cb", "https://a.example/cb"]), (None, true), "{other}");
        }
    }

    #[test]
    fn a_scope_cannot_go_beyond_the_registered_one() {
        let client = ClientMetadata { scope: Scope::parse("openid api:read").unwrap(), ..Default::default() };
        assert_eq!(client.narrow("api:read").unwrap().to_string(), "api:read");
        assert_eq!(client.narrow("api:write").unwrap_err().code, ErrorCode::InvalidScope);
    }
}
