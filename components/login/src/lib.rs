//! `GET` and `POST /login`: sign-in with email address and password.

use domain::login::Outcome;
use spin::{Env, Handled, KeyValue, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::login::ENDPOINT, login).await
}

async fn login(env: Env<'_>, request: &web::Request) -> web::Result {
    if request.method != "POST" {
        return web::login::start(&env, request).await;
    }
    let form = web::login::parse(&env, request).await?;
    let Some(attempt) = form.attempt(request) else { return form.expired(&env, request).await };
    match domain::login::login(&env, &KeyValue, attempt).await? {
        Outcome::SignedIn(cookie) => form.pending.resume(&env, &cookie).await,
        Outcome::SecondFactor(sign_in) => form.second_factor(&env, request, *sign_in).await,
        Outcome::NewPassword(sign_in) => form.new_password(&env, request, *sign_in).await,
        Outcome::Refused => form.refused(&env, request).await,
        Outcome::Throttled { retry_after } => form.throttled(&env, request, retry_after).await,
    }
}
