//! `POST /revoke`: token revocation, [RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009#section-2).

use domain::client_keys;
use spin::{Env, Handled, Outbound, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::revoke::ENDPOINT, revoke).await
}

async fn revoke(env: Env<'_>, request: &web::Request) -> web::Result {
    let revocation = web::revoke::parse(request)?;
    client_keys::refresh_for_authentication(&env, &Outbound, &revocation.client).await?;
    domain::revoke::revoke(&env, revocation).await?;
    web::revoke::answer()
}
