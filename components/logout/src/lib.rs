//! `GET` and `POST /logout`: sign-out, and the end_session_endpoint of
//! [OIDC RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout).

use std::time::Duration;

use domain::{backchannel_logout, logout::Step};
use spin::{Env, IntoResponse, Outbound, Request, for_at_most, serve};
use web::logout::Parsed;

/// How long applications may keep a user from the end of their sign-out.
const PATIENCE: Duration = Duration::from_secs(3);

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve(request, &web::logout::ENDPOINT, logout).await
}

async fn logout(env: Env<'_>, request: &web::Request) -> web::Result {
    let pending = match web::logout::parse(&env, request).await? {
        Parsed::Request(pending) => pending,
        Parsed::Posted(params) => return web::logout::ask_again(&env, &params),
    };
    let cookie = web::authorize::session_cookie(&env, request)?;
    let ending = match domain::logout::judge(&env, &pending.params, cookie).await? {
        Step::End(ending) => ending,
        Step::Ask(question) if pending.is_confirmed(&env, request, &question).await? => question.confirmed(),
        Step::Ask(question) => return pending.ask(&env, request, &question).await,
    };
    let signed_out = domain::logout::logout(&env, ending, cookie).await?;
    // Before the redirect, and no longer than a person waits without a thought. What is not told by then is told later.
    for_at_most(PATIENCE, backchannel_logout::tell_clients(&env, &Outbound, signed_out.session)).await;
    web::logout::answer(&env, request, signed_out.location.as_deref())
}
