//! `GET /jwks`: the published keys, [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use spin::{Env, IntoResponse, KeyValue, Request, serve};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve(request, &web::jwks::ENDPOINT, jwks).await
}

async fn jwks(env: Env<'_>, _request: &web::Request) -> web::Result {
    Ok(web::jwks::answer(domain::jwks::jwks(&env, &KeyValue).await?))
}
