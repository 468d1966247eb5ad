//! `POST /register`: dynamic client registration, [RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3).

use spin::{Env, Handled, Outbound, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::register::ENDPOINT, register).await
}

async fn register(env: Env<'_>, request: &web::Request) -> web::Result {
    let asked = web::register::parse(request)?;
    web::register::answer(env.settings, &domain::register::register(&env, &Outbound, asked).await?)
}
