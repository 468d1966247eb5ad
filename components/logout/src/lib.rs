//! `GET` and `POST /logout`: sign-out.

use domain::session;
use spin::{Env, IntoResponse, Request, serve};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve(request, &web::logout::ENDPOINT, logout).await
}

async fn logout(env: Env<'_>, request: &web::Request) -> web::Result {
    let cookie = web::authorize::session_cookie(&env, request)?;
    let Some(signed_in) = session::current(&env, cookie).await? else { return web::logout::answer(&env, request) };
    let is_post = request.method == "POST";
    if !is_post || !web::logout::is_genuine(&env, request, &signed_in).await? {
        return web::logout::ask(&env, request, &signed_in, is_post).await;
    }
    domain::logout::logout(&env, cookie).await?;
    web::logout::answer(&env, request)
}
