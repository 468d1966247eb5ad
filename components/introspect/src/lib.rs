//! `POST /introspect`: token introspection, [RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2).

use spin::{Env, IntoResponse, Request, serve};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve(request, &web::introspect::ENDPOINT, introspect).await
}

async fn introspect(env: Env<'_>, request: &web::Request) -> web::Result {
    let introspection = web::introspect::parse(request)?;
    let token = domain::introspect::introspect(&env, introspection).await?;
    web::introspect::answer(token)
}
