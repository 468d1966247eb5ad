//! `POST /par`: pushed authorization requests, [RFC 9126 §2](https://www.rfc-editor.org/rfc/rfc9126#section-2).

use domain::{client_keys, throttle};
use spin::{Env, Handled, KeyValue, Outbound, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::par::ENDPOINT, par).await
}

async fn par(env: Env<'_>, request: &web::Request) -> web::Result {
    let pushed = web::par::parse(request)?;
    // The limit of the token endpoint, counted together with it: whoever may ask there so often may ask here.
    let caller = || format!("{} {}", pushed.client.client_id, request.client_address());
    throttle::limit(&KeyValue, "token", caller, env.settings.token_rate_limit()?, env.now).await?;
    domain::client_document::refresh(&env, &Outbound, &pushed.client.client_id).await?;
    client_keys::refresh_for_authentication(&env, &Outbound, &pushed.client).await?;
    if let Some(object) = pushed.params.get("request")? {
        client_keys::refresh(&env, &Outbound, &pushed.client.client_id, object).await?;
    }
    web::par::answer(&domain::par::push(&env, pushed).await?)
}
