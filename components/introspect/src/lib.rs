//! `POST /introspect`: token introspection, [RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2).

use domain::client_keys;
use spin::{Env, Handled, Outbound, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::introspect::ENDPOINT, introspect).await
}

async fn introspect(env: Env<'_>, request: &web::Request) -> web::Result {
    let introspection = web::introspect::parse(request)?;
    client_keys::refresh_for_authentication(&env, &Outbound, &introspection.client).await?;
    let introspected = domain::introspect::introspect(&env, introspection).await?;
    web::introspect::answer(introspected)
}
