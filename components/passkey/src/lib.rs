//! `POST /login/passkey`: signs in by a passkey, alone or after a password.

use domain::factors::{Outcome, sign_in_by_passkey};
use spin::{Env, Handled, KeyValue, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::passkey::ENDPOINT, passkey).await
}

async fn passkey(env: Env<'_>, request: &web::Request) -> web::Result {
    match web::passkey::is_second_factor(request)? {
        true => second_factor(env, request).await,
        false => alone(env, request).await,
    }
}

async fn alone(env: Env<'_>, request: &web::Request) -> web::Result {
    let form = web::login::parse(&env, request).await?;
    if !form.is_genuine() {
        return form.expired(&env, request).await;
    }
    let presented = web::passkey::presented(request)?;
    match sign_in_by_passkey(&env, &KeyValue, None, &presented, request.client_address()).await? {
        Outcome::SignedIn(cookie) => form.pending.resume(&env, &cookie).await,
        Outcome::NewPassword(sign_in) => form.new_password(&env, request, *sign_in).await,
        Outcome::Refused | Outcome::Expired => form.passkey_refused(&env, request).await,
        Outcome::Throttled { retry_after } => form.throttled(&env, request, retry_after).await,
    }
}

async fn second_factor(env: Env<'_>, request: &web::Request) -> web::Result {
    let parsed = web::second_factor::parse(&env, request).await?;
    let Some(claimant) = parsed.claimant(&env, request).await? else { return parsed.login(&env).await };
    let Some(asked) = parsed.asked(&env, request, &claimant).await? else {
        return parsed.start(&env, request, &claimant).await;
    };
    let presented = web::passkey::presented(request)?;
    match sign_in_by_passkey(&env, &KeyValue, Some(claimant), &presented, request.client_address()).await? {
        Outcome::SignedIn(cookie) => parsed.signed_in(&env, &cookie).await,
        Outcome::NewPassword(sign_in) => parsed.new_password(&env, request, *sign_in).await,
        Outcome::Refused => parsed.passkey_refused(&env, request, &asked).await,
        Outcome::Throttled { retry_after } => parsed.throttled(&env, request, &asked, retry_after).await,
        Outcome::Expired => parsed.login(&env).await,
    }
}
