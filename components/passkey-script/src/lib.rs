//! `GET /passkey.js`: the script of the pages that use passkeys.

use spin::{Handled, Request, serve_settings};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve_settings(request, &web::passkey::SCRIPT_ENDPOINT, async |_, _, _| Ok(web::passkey::script())).await
}
