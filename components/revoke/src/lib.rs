//! `POST /revoke`: token revocation, [RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009#section-2).

use domain::client_keys;
use spin::{Env, IntoResponse, Outbound, Request, serve};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve(request, &web::revoke::ENDPOINT, revoke).await
}

async fn revoke(env: Env<'_>, request: &web::Request) -> web::Result {
    let revocation = web::revoke::parse(request)?;
    client_keys::refresh_for_authentication(&env, &Outbound, &revocation.client).await?;
    domain::revoke::revoke(&env, revocation).await?;
    web::revoke::answer()
}
