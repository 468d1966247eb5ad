//! `GET /health`: can the server answer?

use spin::{Env, IntoResponse, Request, serve};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve(request, &web::health::ENDPOINT, health).await
}

async fn health(env: Env<'_>, _request: &web::Request) -> web::Result {
    domain::health::health(&env).await?;
    web::health::answer()
}
