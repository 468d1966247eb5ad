//! Access tokens as JWTs, which a resource server can check by itself: [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068).
//!
//! They say what a `sat_…` token says and are checked here in the same way; only what closes them is a signature.

use jwt_simple::prelude::{Audiences, JWTClaims, UnixTimeStamp};
use protocol::{
    Secret, Timestamp,
    access_token::{AccessTokenClaims, TYP},
    client_metadata::SigningAlgorithm,
    dpop::Confirmation,
    jwt::{Audience, RegisteredClaims},
    resource::{Resource, Resources},
    secret::{base64url, from_base64url},
};
use serde::Deserialize;

use super::{
    AccessToken, Subject,
    lineage::{self, Exchange},
    wire::Reader,
};
use crate::{
    Env, Failure, Id,
    client::Client,
    grant::{Grant, TokenOwner},
    keys::Keys,
    subject::subject_of,
};

/// The user of a token, as it tells of them.
pub(super) struct TokenUser<'a> {
    grant: Id,
    user: Id,
    auth_time: Timestamp,
    acr: &'a str,
    amr: &'a str,
}

impl<'a> From<&'a Grant> for TokenUser<'a> {
    fn from(grant: &'a Grant) -> Self {
        let Grant { id, user_id, auth_time, acr, amr, .. } = grant;
        Self { grant: *id, user: *user_id, auth_time: *auth_time, acr, amr }
    }
}

impl<'a> TokenUser<'a> {
    /// The user of another token under this grant.
    pub(super) fn of(owner: &'a TokenOwner, grant: Id) -> Self {
        Self { grant, user: owner.user.id, auth_time: owner.auth_time, acr: &owner.acr, amr: &owner.amr }
    }
}

/// Signs a token for this client; `user` is that of a user's token.
pub(super) async fn sign<S: Keys>(
    env: &Env<'_, S>,
    token: &AccessToken,
    client: &Client,
    user: Option<TokenUser<'_>>,
    algorithm: SigningAlgorithm,
) -> Result<Secret, Failure> {
    let unix = |time: Timestamp| Some(UnixTimeStamp::from_secs(time.0.max(0).cast_unsigned()));
    let issuer = env.settings.issuer()?.to_string();
    // "If the request does not include a "resource" parameter, the authorization server MUST use a default resource
    // indicator in the "aud" claim." (§3)
    let mut audience: Vec<String> = token.audience.iter().map(|resource| resource.as_str().to_owned()).collect();
    if audience.is_empty() {
        audience.push(issuer.clone());
    }
    // "In cases of access tokens obtained through grants where no resource owner is involved, such as the client credentials
    // grant, the value of "sub" SHOULD correspond to an identifier the authorization server uses to indicate the client
    // application." (§2.2)
    let subject = match &user {
        Some(user) => subject_of(env, client, user.user).await?,
        None => client.id.clone(),
    };
    let claims = JWTClaims {
        issuer: Some(issuer),
        subject: Some(subject),
        audiences: Some(match audience.as_slice() {
            [only] => Audiences::AsString(only.clone()),
            _ => Audiences::AsSet(audience.into_iter().collect()),
        }),
        issued_at: unix(env.now),
        expires_at: unix(token.expires_at),
        invalid_before: None,
        jwt_id: Some(token.id.to_string()),
        nonce: None,
        custom: AccessTokenClaims {
            client_id: client.id.clone(),
            scope: token.scope.clone(),
            auth_time: user.as_ref().map(|user| user.auth_time),
            acr: user.as_ref().map(|user| user.acr.to_owned()),
            amr: user.iter().flat_map(|user| user.amr.split_whitespace().map(str::to_owned)).collect(),
            cnf: token.key.clone().map(|jkt| Confirmation { jkt }),
            act: token.act(),
            grant_id: user.map(|user| user.grant.to_string()),
            exchanges: (!token.exchanges.is_empty()).then(|| written(&token.exchanges)),
        },
    };
    Ok(Secret::new(env.signing_key(algorithm).await?.sign(TYP, claims, env.random)?))
}

/// Reads a token; `None` where this server did not sign it as an access token. Whether it has expired, the caller decides.
///
/// > The resource server MUST verify that the "typ" header value is "at+jwt" or "application/at+jwt" and reject tokens
/// > carrying any other value. (§4)
///
/// So no ID token passes for one.
pub(super) async fn open<S: Keys>(env: &Env<'_, S>, text: &str) -> Result<Option<AccessToken>, Failure> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(flatten)]
        registered: RegisteredClaims,
        #[serde(flatten)]
        token: AccessTokenClaims,
    }
    let Some(verified) = env.verify::<Claims>(text, TYP).await? else { return Ok(None) };
    let Claims { registered, token } = verified.claims;
    let issuer = env.settings.issuer()?;
    Ok(read(registered, token).filter(|(iss, _)| iss == issuer.as_str()).map(|(_, token)| token))
}

fn written(exchanges: &[Exchange]) -> String {
    let mut bytes = Vec::new();
    lineage::write(&mut bytes, exchanges);
    base64url(&bytes)
}

/// What [`written`] wrote.
fn exchanges(text: &str) -> Option<Vec<Exchange>> {
    let bytes = from_base64url(text)?;
    let mut reader = Reader(&bytes);
    let exchanges = lineage::read(&mut reader)?;
    reader.end()?;
    Some(exchanges)
}

/// The issuer and what it says.
fn read(registered: RegisteredClaims, token: AccessTokenClaims) -> Option<(String, AccessToken)> {
    let audience = match registered.aud? {
        Audience::One(only) => Resource::parse(&only).into_iter().collect(),
        Audience::Many(several) => several.iter().map(|name| Resource::parse(name)).collect::<Option<Resources>>()?,
    };
    let subject = match token.grant_id {
        Some(grant) => Subject::Grant(Id::parse(&grant)?),
        None => Subject::Client(token.client_id),
    };
    let (id, key) = (Id::parse(&registered.jti?)?, token.cnf.map(|cnf| cnf.jkt));
    let expires_at = registered.exp?;
    let exchanges = token.exchanges.as_deref().map_or(Some(Vec::new()), exchanges)?;
    Some((registered.iss?, AccessToken { id, subject, scope: token.scope, audience, key, expires_at, exchanges }))
}
