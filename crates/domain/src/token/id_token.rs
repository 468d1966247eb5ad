//! ID tokens, [OIDC Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken).

use jwt_simple::prelude::{Audiences, JWTClaims, UnixTimeStamp};
use protocol::{
    Secret, Timestamp,
    id_token::{IdTokenClaims, at_hash},
};

use crate::{Env, Failure, client::AuthenticatedClient, grant::Grant, keys::Keys};

/// Signs the ID token that goes with this access token, by the algorithm that the client registered.
pub(super) async fn sign<S: Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    grant: &Grant,
    access_token: &Secret,
) -> Result<String, Failure> {
    let algorithm = client.metadata.id_token_signed_response_alg;
    let unix = |time: Timestamp| Some(UnixTimeStamp::from_secs(time.0.max(0).cast_unsigned()));
    let claims = JWTClaims {
        issuer: Some(env.settings.issuer()?.to_string()),
        subject: Some(grant.user_id.to_string()),
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
        },
    };
    env.signing_key(algorithm).await?.sign(claims)
}
