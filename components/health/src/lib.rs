//! `GET /health`, `/health/ready` and `/health/live`: can the server answer, and does it run at all?

use spin::{Env, Handled, Request, serve, serve_settings};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    if spin::path(&request) == web::health::LIVE {
        return serve_settings(request, &web::health::ENDPOINT, async |_, _, _| web::health::answer()).await;
    }
    serve(request, &web::health::ENDPOINT, ready).await
}

async fn ready(env: Env<'_>, _request: &web::Request) -> web::Result {
    domain::health::ready(&env).await?;
    web::health::answer()
}
