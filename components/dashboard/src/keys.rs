//! Keys.

use domain::admin::rotate_keys;
use spin::{Env, KeyValue};
use web::dashboard::{Visitor, keys, refusal};

pub(crate) async fn list(env: &Env<'_>, request: &web::Request, visitor: &Visitor) -> web::Result {
    let outcome = match visitor.action()? {
        "rotate" => Some(refusal(rotate_keys(env, &visitor.by, &KeyValue).await)?),
        _ => None,
    };
    match outcome {
        Some(Ok(_)) => visitor.back(env, request, "rotated"),
        outcome => {
            let ring = env.complete_key_ring().await?;
            keys::list(env, request, visitor, &ring, outcome.and_then(Result::err)).await
        }
    }
}
