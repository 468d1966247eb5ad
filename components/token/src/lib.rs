//! `POST /token`: the token endpoint, [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2).

use domain::{client_keys, throttle};
use spin::{Env, Handled, KeyValue, Outbound, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::token::ENDPOINT, token).await
}

async fn token(env: Env<'_>, request: &web::Request) -> web::Result {
    let asked = web::token::parse(request)?;
    // By client and address: by the client alone, anybody could use its limit up; by the address alone, clients that are
    // hosted in one place would share theirs.
    let caller = || format!("{} {}", asked.client.client_id, request.client_address());
    throttle::limit(&KeyValue, "token", caller, env.settings.token_rate_limit()?, env.now).await?;
    client_keys::refresh_for_authentication(&env, &Outbound, &asked.client).await?;
    web::token::answer(&domain::token::token(&env, asked).await?)
}
