//! `GET /.well-known/…`: provider metadata, [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3), and that of
//! the protected resources here, [RFC 9728 §3](https://www.rfc-editor.org/rfc/rfc9728#section-3).

use domain::Settings;
use spin::{IntoResponse, Request, serve_settings};
use web::discovery::Subject;

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve_settings(request, &web::discovery::ENDPOINT, async |settings, _, request| discovery(settings, request)).await
}

fn discovery(settings: &Settings, request: &web::Request) -> web::Result {
    match web::discovery::parse(request, settings)? {
        Subject::Server => web::discovery::answer(&domain::discovery::metadata(settings)?),
        Subject::Resource(path) => {
            let metadata = domain::resource::metadata(settings, path)?.ok_or(web::Failure::NotFound)?;
            web::discovery::answer(&metadata)
        }
    }
}
