//! What a user says of themselves.

use protocol::standard_claims::ClaimsPatch;
use serde_json::{Map, Value};

use crate::{By, Env, Failure, Id, StorageError, signup::name, user::User};

/// A line of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `given_name`, which nobody lacks.
    GivenName,
    /// `family_name`
    FamilyName,
    /// Another claim of [OIDC Core §5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims), by its name.
    Claim(&'static str),
    /// A part of the `address` ([§5.1.1](https://openid.net/specs/openid-connect-core-1_0.html#AddressClaim)), by its name.
    Address(&'static str),
}

impl Field {
    /// What users change of their profile, in the order of the page. Their email address has a page of its own; what others
    /// know them by, such as `preferred_username`, is the administrator's to say.
    pub const ALL: [Self; 15] = [
        Self::GivenName,
        Self::Claim("middle_name"),
        Self::FamilyName,
        Self::Claim("nickname"),
        Self::Claim("birthdate"),
        Self::Claim("gender"),
        Self::Claim("phone_number"),
        Self::Address("street_address"),
        Self::Address("postal_code"),
        Self::Address("locality"),
        Self::Address("region"),
        Self::Address("country"),
        Self::Claim("website"),
        Self::Claim("picture"),
        Self::Claim("zoneinfo"),
    ];

    /// The name of the claim.
    pub fn name(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Claim(name) | Self::Address(name) => name,
        }
    }

    /// What a user has there; empty where there is nothing.
    pub fn of(self, user: &User) -> &str {
        let address = || user.claims.get("address");
        let claim = match self {
            Self::GivenName => return &user.given_name,
            Self::FamilyName => return &user.family_name,
            Self::Claim(name) => user.claims.get(name),
            Self::Address(part) => address().and_then(|address| address.get(part)),
        };
        claim.and_then(Value::as_str).unwrap_or_default()
    }
}

/// A profile as somebody typed it: a text for each field.
#[derive(Debug)]
pub struct Profile(pub Vec<(Field, String)>);

/// Storage of profiles.
pub trait Profiles {
    /// Sets the names of a user, changes further claims, and writes that to the audit log, in one act; whether there is such
    /// a user, not suspended.
    async fn set_profile(
        &self,
        user: Id,
        given_name: &str,
        family_name: &str,
        claims: &ClaimsPatch,
        by: &By,
    ) -> Result<bool, StorageError>;
}

/// Changes what differs. Where something is not as it must be, nothing is changed, and the answer is those fields.
pub async fn change_profile<S: Profiles>(
    env: &Env<'_, S>,
    user: &User,
    typed: &Profile,
    by: &By,
) -> Result<Result<(), Vec<Field>>, Failure> {
    let (mut given_name, mut family_name) = (user.given_name.clone(), user.family_name.clone());
    let (mut claims, mut address) = (Map::new(), Map::new());
    let mut wrong = Vec::new();
    for (field, text) in &typed.0 {
        let (field, text) = (*field, text.trim());
        if text == field.of(user) {
            continue;
        }
        let value = if text.is_empty() { Value::Null } else { Value::from(text) };
        let fits = match field {
            Field::GivenName => name(text).filter(|name| !name.is_empty()).map(|name| given_name = name).is_some(),
            Field::FamilyName => name(text).map(|name| family_name = name).is_some(),
            Field::Claim(claim) => is_fit(claim, value.clone()) && claims.insert(claim.to_owned(), value).is_none(),
            Field::Address(part) => {
                let alone = Value::Object(Map::from_iter([(part.to_owned(), value.clone())]));
                is_fit("address", alone) && address.insert(part.to_owned(), value).is_none()
            }
        };
        if !fits {
            wrong.push(field);
        }
    }
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    if !address.is_empty() {
        // What somebody else has put together from other parts is not the address any more.
        address.insert("formatted".to_owned(), Value::Null);
        claims.insert("address".to_owned(), Value::Object(address));
    }
    if claims.is_empty() && given_name == user.given_name && family_name == user.family_name {
        return Ok(Ok(()));
    }
    env.store.set_profile(user.id, &given_name, &family_name, &ClaimsPatch::parse(claims)?, by).await?;
    Ok(Ok(()))
}

fn is_fit(claim: &str, value: Value) -> bool {
    ClaimsPatch::parse(Map::from_iter([(claim.to_owned(), value)])).is_ok()
}
