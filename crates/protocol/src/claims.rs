//! The parameter `claims`: [OIDC Core §5.5](https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    error::Error,
    scope::{ADDRESS, EMAIL, PHONE, PROFILE, Scope},
};

/// A claim about a user that can be asked for by name. Those that every ID token has (`auth_time`, `acr`) are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named as the claim")]
pub enum Claim {
    Name,
    GivenName,
    FamilyName,
    MiddleName,
    Nickname,
    PreferredUsername,
    Profile,
    Picture,
    Website,
    Gender,
    Birthdate,
    Zoneinfo,
    Locale,
    UpdatedAt,
    UserId,
    AccessLevel,
    Email,
    EmailVerified,
    Address,
    PhoneNumber,
    PhoneNumberVerified,
}

impl Claim {
    /// Every claim of this server, as discovery lists them.
    pub const ALL: [Self; 21] = [
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::MiddleName,
        Self::Nickname,
        Self::PreferredUsername,
        Self::Profile,
        Self::Picture,
        Self::Website,
        Self::Gender,
        Self::Birthdate,
        Self::Zoneinfo,
        Self::Locale,
        Self::UpdatedAt,
        Self::UserId,
        Self::AccessLevel,
        Self::Email,
        Self::EmailVerified,
        Self::Address,
        Self::PhoneNumber,
        Self::PhoneNumberVerified,
    ];

    /// The name of the claim.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::MiddleName => "middle_name",
            Self::Nickname => "nickname",
            Self::PreferredUsername => "preferred_username",
            Self::Profile => "profile",
            Self::Picture => "picture",
            Self::Website => "website",
            Self::Gender => "gender",
            Self::Birthdate => "birthdate",
            Self::Zoneinfo => "zoneinfo",
            Self::Locale => "locale",
            Self::UpdatedAt => "updated_at",
            Self::UserId => "user_id",
            Self::AccessLevel => "access_level",
            Self::Email => "email",
            Self::EmailVerified => "email_verified",
            Self::Address => "address",
            Self::PhoneNumber => "phone_number",
            Self::PhoneNumberVerified => "phone_number_verified",
        }
    }

    /// The claim of this name, if there is one here.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|claim| claim.as_str() == name)
    }

    /// The scope that opens it
    /// ([OIDC Core §5.4](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims)).
    pub fn scope(self) -> &'static str {
        match self {
            Self::Email | Self::EmailVerified => EMAIL,
            Self::Address => ADDRESS,
            Self::PhoneNumber | Self::PhoneNumberVerified => PHONE,
            _ => PROFILE,
        }
    }
}

/// The claims that a grant opens beside those of its scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedClaims {
    /// At userinfo.
    pub userinfo: Vec<Claim>,
    /// In the ID token.
    pub id_token: Vec<Claim>,
}

impl AskedClaims {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// The scopes that open these claims. Asking for a claim is asking for its scope, as far as consent goes.
    pub fn scopes(&self) -> impl Iterator<Item = &'static str> {
        self.userinfo.iter().chain(&self.id_token).map(|claim| claim.scope())
    }

    /// Without the claims whose scope is not in this one.
    fn within(mut self, scope: &Scope) -> Self {
        self.userinfo.retain(|claim| scope.contains(claim.scope()));
        self.id_token.retain(|claim| scope.contains(claim.scope()));
        self
    }
}

/// What the parameter asks for.
///
/// Whether a claim is essential makes no difference to what is answered:
///
/// > Note that even if the Claims are not available because the End-User did not authorize their release or they are
/// > not present, the Authorization Server MUST NOT generate an error when Claims are not returned, whether they are
/// > Essential or Voluntary, unless otherwise specified in the description of the specific claim. (§5.5.1)
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimsRequest {
    /// Claims about the user.
    pub asked: AskedClaims,
    /// The only subjects that will do; `None` for any.
    subjects: Option<Vec<String>>,
    /// The only values of `acr` that will do; `None` for any.
    pub essential_acrs: Option<Vec<String>>,
    /// The values of `acr` that the client would like, the best first.
    pub voluntary_acrs: Vec<String>,
}

impl ClaimsRequest {
    /// Reads the parameter; claims that are not known, or whose scope the client did not register, are ignored.
    ///
    /// > Other members MAY be present. Any members used that are not understood MUST be ignored. (§5.5)
    pub fn parse(text: Option<&str>, registered: &Scope) -> Result<Self, Error> {
        const MALFORMED: Error =
            Error::invalid_request("claims is not a JSON object as OpenID Connect Core describes it.");
        let Some(text) = text else { return Ok(Self::default()) };
        let Ok(Value::Object(places)) = serde_json::from_str(text) else { return Err(MALFORMED) };
        let mut request = Self::default();
        for (place, asked) in [("userinfo", &mut request.asked.userinfo), ("id_token", &mut request.asked.id_token)] {
            let Some(members) = places.get(place) else { continue };
            for (name, wish) in members.as_object().ok_or(MALFORMED)? {
                let wish = Wish::parse(wish).ok_or(MALFORMED)?;
                match name.as_str() {
                    "sub" => narrow(&mut request.subjects, wish.values),
                    // "If this is an Essential Claim and the requirement cannot be met, then the Authorization Server
                    // MUST treat that outcome as a failed authentication attempt." (§5.5.1.1)
                    "acr" if place == "id_token" && wish.is_essential => {
                        narrow(&mut request.essential_acrs, wish.values);
                    }
                    "acr" if place == "id_token" => request.voluntary_acrs = wish.values.unwrap_or_default(),
                    name => asked.extend(Claim::parse(name)),
                }
            }
        }
        request.asked = request.asked.within(registered);
        Ok(request)
    }

    /// Whether this user may be answered for.
    ///
    /// > The Authorization Server MUST NOT reply with an ID Token or Access Token for a different user, even if they
    /// > have an active session with the Authorization Server. (§3.1.2.2)
    pub fn admits_subject(&self, subject: &str) -> bool {
        self.subjects.as_ref().is_none_or(|subjects| subjects.iter().any(|known| known == subject))
    }
}

/// What is said of one claim: `null`, or an object.
struct Wish {
    is_essential: bool,
    values: Option<Vec<String>>,
}

impl Wish {
    fn parse(wish: &Value) -> Option<Self> {
        let none = Map::new();
        let members = match wish {
            Value::Null => &none,
            Value::Object(members) => members,
            _ => return None,
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Some(Self {
            is_essential: members.get("essential").map_or(Some(false), Value::as_bool)?,
            values: match (members.get("value"), members.get("values")) {
                (Some(value), _) => Some(text(value).into_iter().collect()),
                (None, Some(values)) => Some(values.as_array()?.iter().filter_map(text).collect()),
                (None, None) => None,
            },
        })
    }
}

/// Only what both allow.
fn narrow(allowed: &mut Option<Vec<String>>, further: Option<Vec<String>>) {
    let Some(further) = further else { return };
    match allowed {
        Some(allowed) => allowed.retain(|value| further.contains(value)),
        None => *allowed = Some(further),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ClaimsRequest, Error> {
        ClaimsRequest::parse(Some(text), &Scope::parse("openid profile email").unwrap())
    }

    #[test]
    fn the_example_of_the_specification_asks_for_what_is_known_here() {
        let request = parse(
            r#"{"userinfo": {"given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
                 "email_verified": {"essential": true}, "picture": null, "http://example.info/claims/groups": null},
                "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}}}"#,
        )
        .unwrap();
        // serde_json keeps members in the order of their names.
        let expected = [Claim::Email, Claim::EmailVerified, Claim::GivenName, Claim::Nickname, Claim::Picture];
        assert_eq!(request.asked.userinfo, expected);
        assert!(request.asked.id_token.is_empty());
        assert!(request.essential_acrs.is_none() && request.admits_subject("anybody"), "a voluntary acr is advice");
    }

    #[test]
    fn what_is_not_an_object_of_objects_is_refused() {
        for text in [
            "",
            "x",
            "[]",
            "null",
            "\"{}\"",
            r#"{"userinfo": []}"#,
            r#"{"id_token": "name"}"#,
            r#"{"userinfo": null}"#,
            r#"{"userinfo": {"name": true}}"#,
            r#"{"userinfo": {"name": {"essential": "yes"}}}"#,
            r#"{"id_token": {"acr": {"values": "urn:a"}}}"#,
            r#"{"userinfo": {}} x"#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"[".repeat(10_000)).is_err());
        for text in ["{}", r#"{"userinfo": {}}"#, r#"{"other": 1, "id_token": {"other": {"value": 1}}}"#] {
            assert_eq!(parse(text).unwrap(), ClaimsRequest::default(), "{text}");
        }
    }

    #[test]
    fn a_subject_must_be_the_one_that_every_place_names() {
        let request = parse(r#"{"id_token": {"sub": {"value": "a"}}}"#).unwrap();
        assert!(request.admits_subject("a") && !request.admits_subject("b"));
        let request =
            parse(r#"{"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": {"values": ["b", "a"]}}}"#).unwrap();
        assert!(request.admits_subject("a") && !request.admits_subject("b"));
        let nobody = parse(r#"{"id_token": {"sub": {"value": 7}}}"#).unwrap();
        assert!(!nobody.admits_subject("7"));
    }

    #[test]
    fn an_essential_acr_with_values_is_a_condition() {
        let request = parse(r#"{"id_token": {"acr": {"essential": true, "values": ["urn:a", "urn:b"]}}}"#).unwrap();
        assert_eq!(request.essential_acrs.unwrap(), ["urn:a", "urn:b"]);
    }

    #[test]
    fn a_claim_whose_scope_is_not_registered_is_ignored() {
        let text = Some(r#"{"userinfo": {"name": null, "email": null}, "id_token": {"email": null}}"#);
        let request = ClaimsRequest::parse(text, &Scope::parse("openid profile").unwrap()).unwrap();
        assert_eq!((request.asked.userinfo, request.asked.id_token), (vec![Claim::Name], vec![]));
    }
}
