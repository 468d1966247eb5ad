//! `GET` and `POST /logout`: sign-out, and the end_session_endpoint of
//! [OIDC RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout).

use domain::{
    backchannel_logout::{Due, tell_clients},
    logout::Step,
};
use spin::{Env, Handled, Outbound, PATIENCE, Request, for_at_most, serve};
use web::logout::Parsed;

spin::export!(handle);

async fn handle(request: Request) -> Handled {
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
    if let Some(session) = signed_out.session {
        // Before the redirect.
        for_at_most(PATIENCE, tell_clients(&env, &Outbound, Due::Of(session))).await;
    }
    web::logout::answer(&env, request, signed_out.location.as_deref())
}
