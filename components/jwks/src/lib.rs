//! `GET /jwks`: the published keys, [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use spin::{Env, IntoResponse, KeyValue, Request, serve};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve(request, &web::jwks::ENDPOINT, jwks).await
}

async fn jwks(env: Env<'_>, request: &web::Request) -> web::Result {
    let (jwks, max_age) = domain::jwks::jwks(&env, &KeyValue).await?;
    web::jwks::answer(request, jwks, max_age)
}
