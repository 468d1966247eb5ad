//! `GET /passkey.js`: the script of the pages that use passkeys.

use spin::{IntoResponse, Request, serve_settings};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve_settings(request, &web::passkey::SCRIPT_ENDPOINT, async |_, _, _| Ok(web::passkey::script())).await
}
