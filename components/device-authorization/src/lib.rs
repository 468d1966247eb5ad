//! `POST /device_authorization`: the device authorization endpoint, [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1).

use domain::{client_keys, throttle};
use spin::{Env, Handled, KeyValue, Outbound, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::device_authorization::ENDPOINT, device_authorization).await
}

async fn device_authorization(env: Env<'_>, request: &web::Request) -> web::Result {
    let asked = web::device_authorization::parse(request)?;
    // It leads to a token request, and counts as one.
    let caller = || format!("{} {}", asked.client.client_id, request.client_address());
    throttle::limit(&KeyValue, "token", caller, env.settings.token_rate_limit()?, env.now).await?;
    client_keys::refresh_for_authentication(&env, &Outbound, &asked.client).await?;
    web::device_authorization::answer(&domain::device_authorization::authorize(&env, asked).await?)
}
