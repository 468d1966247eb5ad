//! `GET /.well-known/…`: provider metadata, [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3), and that of
//! the protected resources here, [RFC 9728 §3](https://www.rfc-editor.org/rfc/rfc9728#section-3).

use std::cell::OnceCell;

use domain::Settings;
use spin::{Handled, Request, serve_settings};
use web::discovery::Subject;

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve_settings(request, &web::discovery::ENDPOINT, async |settings, _, request| discovery(settings, request)).await
}

thread_local! {
    /// Follows from the settings alone, so an instance makes it once.
    static METADATA: OnceCell<Vec<u8>> = const { OnceCell::new() };
}

fn discovery(settings: &Settings, request: &web::Request) -> web::Result {
    match web::discovery::parse(request, settings)? {
        Subject::Server => web::discovery::answer(metadata(settings)?),
        Subject::Resource(path) => {
            let metadata = domain::resource::metadata(settings, path)?.ok_or(web::Failure::NotFound)?;
            web::discovery::answer(web::discovery::document(&metadata)?)
        }
    }
}

fn metadata(settings: &Settings) -> Result<Vec<u8>, web::Failure> {
    if let Some(made) = METADATA.with(|cell| cell.get().cloned()) {
        return Ok(made);
    }
    let made = web::discovery::document(&domain::discovery::metadata(settings)?)?;
    Ok(METADATA.with(|cell| cell.get_or_init(|| made).clone()))
}
