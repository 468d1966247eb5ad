//! `GET /`: the launchpad.

use spin::{Env, Handled, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::home::ENDPOINT, home).await
}

async fn home(env: Env<'_>, request: &web::Request) -> web::Result {
    let cookie = web::authorize::session_cookie(&env, request)?;
    let home = domain::home::home(&env, cookie).await?;
    web::home::answer(&env, request, home.as_ref()).await
}
