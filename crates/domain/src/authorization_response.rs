//! The answer to an authorization request, signed where the request wants that:
//! [JWT Secured Authorization Response Mode](https://openid.net/specs/oauth-v2-jarm.html).

use std::collections::BTreeMap;

use jwt_simple::prelude::{Audiences, JWTClaims, UnixTimeStamp};
use protocol::{
    Error, Timestamp,
    authorization::AuthorizationRequest,
    response_mode::{Answer, AuthorizationResponse},
    time::Seconds,
};

use crate::{Env, Failure, client::Client, keys::Keys};

/// "A maximum JWT lifetime of 10 minutes is RECOMMENDED." (JARM §2.1)
const LIFETIME: Seconds = Seconds(600);

/// Tells this client an answer. Every answer goes through here.
pub(crate) async fn respond<S: Keys>(
    env: &Env<'_, S>,
    client: &Client,
    answer: Answer,
) -> Result<AuthorizationResponse, Failure> {
    match answer.mode.is_signed() {
        true => {
            let parameters = vec![("response", sign(env, client, answer.parameters).await?)];
            Ok(Answer { parameters, ..answer }.deliver())
        }
        false => Ok(answer.deliver()),
    }
}

/// Tells this client of an error in its request.
pub(crate) async fn refuse<S: Keys>(
    env: &Env<'_, S>,
    client: &Client,
    request: &AuthorizationRequest,
    error: Error,
) -> Result<AuthorizationResponse, Failure> {
    respond(env, client, request.failure(error, env.settings.issuer()?.as_str())).await
}

/// > The JWT always contains the following data utilized to secure the transmission: iss - the issuer URL of the authorization
/// > server that created the response; aud - the client_id of the client the response is intended for; exp - expiration of
/// > the JWT. (JARM §2.1)
async fn sign<S: Keys>(
    env: &Env<'_, S>,
    client: &Client,
    parameters: Vec<(&'static str, String)>,
) -> Result<String, Failure> {
    let unix = |time: Timestamp| Some(UnixTimeStamp::from_secs(time.0.max(0).cast_unsigned()));
    let claims = JWTClaims {
        issuer: Some(env.settings.issuer()?.to_string()),
        subject: None,
        audiences: Some(Audiences::AsString(client.id.clone())),
        issued_at: unix(env.now),
        expires_at: unix(env.now.plus(LIFETIME)),
        invalid_before: None,
        jwt_id: None,
        nonce: None,
        // The issuer is a claim of its own already.
        custom: parameters.into_iter().filter(|(name, _)| *name != "iss").collect::<BTreeMap<_, _>>(),
    };
    let algorithm = client.metadata.authorization_signed_response_alg.unwrap_or_default();
    env.signing_key(algorithm).await?.sign("JWT", claims, env.random)
}
