//! `GET` and `POST /device`: the user of a device enters its code and decides, [RFC 8628 §3.3](https://www.rfc-editor.org/rfc/rfc8628#section-3.3).

use domain::{device, session};
use spin::{Env, Handled, KeyValue, Request, serve};
use web::device::Step;

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::device::ENDPOINT, device).await
}

async fn device(env: Env<'_>, request: &web::Request) -> web::Result {
    let parsed = web::device::parse(&env, request).await?;
    let cookie = web::authorize::session_cookie(&env, request)?;
    let Some(signed_in) = session::current(&env, cookie).await? else { return parsed.login(&env).await };
    match parsed.step(&env, request, &signed_in).await? {
        Step::Claim(typed) => {
            let outcome = device::claim(&env, &KeyValue, &signed_in, typed, request.client_address()).await?;
            parsed.claimed(&env, request, &signed_in, outcome).await
        }
        Step::Decide(decision) => {
            device::decide(&env, &signed_in, parsed.user_code(), decision).await?;
            web::device::decided(&env, request, decision)
        }
        unanswered => parsed.start(&env, request, &signed_in, unanswered).await,
    }
}
