//! ID tokens, [OIDC Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken).

use jwt_simple::prelude::{Audiences, JWTClaims, UnixTimeStamp};
use protocol::{
    Secret, Timestamp,
    id_token::{IdTokenClaims, at_hash},
    scope::Scope,
};
use serde_json::{Map, Value};

use crate::{
    Env, Failure, Id,
    client::AuthenticatedClient,
    grant::{Grant, Grants},
    keys::Keys,
    subject::subject_of,
    userinfo::Claims,
};

/// The claims about the user that the ID token is to have beside its own: a read only where some were asked for.
pub(super) async fn asked_claims<S: Grants>(
    env: &Env<'_, S>,
    grant: &Grant,
    access_token: Id,
) -> Result<Map<String, Value>, Failure> {
    if grant.claims.id_token.is_empty() {
        return Ok(Map::new());
    }
    let Some(owner) = env.store.owner_of_user_token(access_token, grant.id).await? else { return Ok(Map::new()) };
    let claims = Claims::of(String::new(), owner.user, &Scope::default(), &grant.claims.id_token);
    match serde_json::to_value(claims) {
        Ok(Value::Object(mut claims)) => {
            claims.remove("sub");
            Ok(claims)
        }
        _ => Err(Failure::Internal("claims are no object".to_owned())),
    }
}

/// Signs the ID token that goes with this access token, by the algorithm that the client registered.
pub(super) async fn sign<S: Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    grant: &Grant,
    access_token: &Secret,
    asked: Map<String, Value>,
) -> Result<String, Failure> {
    let algorithm = client.metadata.id_token_signed_response_alg;
    let unix = |time: Timestamp| Some(UnixTimeStamp::from_secs(time.0.max(0).cast_unsigned()));
    let claims = JWTClaims {
        issuer: Some(env.settings.issuer()?.to_string()),
        subject: Some(subject_of(env, client, grant.user_id).await?),
        audiences: Some(Audiences::AsString(client.id.clone())),
        issued_at: unix(env.now),
        expires_at: unix(env.now.plus(env.settings.access_token_expires_in()?)),
        invalid_before: None,
        jwt_id: None,
        nonce: grant.nonce.clone(),
        custom: IdTokenClaims {
            auth_time: grant.auth_time,
            acr: grant.acr.clone(),
            amr: grant.amr.split_whitespace().map(str::to_owned).collect(),
            at_hash: at_hash(access_token.expose(), algorithm),
            sid: Some(grant.session_id.to_string()),
            asked,
        },
    };
    env.signing_key(algorithm).await?.sign("JWT", claims, env.random)
}
