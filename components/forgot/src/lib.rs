//! `GET` and `POST /forgot`: asks for a link with which a new password is chosen.

use std::time::Duration;

use domain::forgot::{count_mail, send_link};
use spin::{Env, Handled, KeyValue, Outbound, Request, for_exactly, serve};
use web::forgot::Parsed;

/// How long the answer takes, whether or not there is an account and a mail: the hook must take the mail in this time.
const TIME: Duration = Duration::from_secs(2);

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::forgot::ENDPOINT, forgot).await
}

async fn forgot(env: Env<'_>, request: &web::Request) -> web::Result {
    let forgotten = match web::forgot::parse(&env, request).await? {
        Parsed::Page(page) => return Ok(page),
        Parsed::Posted(forgotten) => forgotten,
    };
    if let Some(retry_after) = count_mail(&env, &KeyValue, &forgotten.email, request.client_address()).await? {
        return web::forgot::throttled(&env, request, &forgotten, retry_after).await;
    }
    match for_exactly(TIME, send_link(&env, &Outbound, &forgotten)).await {
        Some(outcome) => outcome?,
        None => env.log.warn("the mail hook did not answer in time"),
    }
    web::forgot::sent(&env, request)
}
