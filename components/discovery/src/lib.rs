//! `GET /.well-known/…`: provider metadata, [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3).

use domain::Settings;
use spin::{IntoResponse, Request, serve_settings};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve_settings(request, &web::discovery::ENDPOINT, discovery).await
}

fn discovery(settings: &Settings, request: &web::Request) -> web::Result {
    web::discovery::parse(request, settings)?;
    web::discovery::answer(&domain::discovery::metadata(settings)?)
}
