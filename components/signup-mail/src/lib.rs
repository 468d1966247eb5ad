//! `POST /signup/mail`: the sign-up form, where its address is to be confirmed by mail.

use std::time::Duration;

use domain::{forgot::count_mail, signup::examine, signup_mail::ask_to_confirm};
use spin::{Env, Handled, KeyValue, Outbound, Request, for_exactly, serve};
use web::signup_mail::{Parsed, sent, start};

/// How long the answer takes, whether or not there was an account: the hook must take the mail in this time.
const TIME: Duration = Duration::from_secs(2);

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::signup_mail::ENDPOINT, signup).await
}

async fn signup(env: Env<'_>, request: &web::Request) -> web::Result {
    let Some(parsed) = web::signup_mail::parse(&env, request).await? else { return start(&env) };
    let Some(application) = parsed.form.application() else { return parsed.form.expired(&env, request).await };
    let candidate = match examine(&env, &application)? {
        Ok(candidate) => candidate,
        Err(problem) => return parsed.form.refused(&env, request, problem).await,
    };
    if let Some(retry_after) = count_mail(&env, &KeyValue, &application.email, &application.client_address).await? {
        return parsed.throttled(&env, request, retry_after).await;
    }
    let Parsed { interaction, language, .. } = parsed;
    match for_exactly(TIME, ask_to_confirm(&env, &Outbound, candidate, interaction, language)).await {
        Some(outcome) => outcome?,
        None => env.log.warn("the mail hook did not answer in time"),
    }
    sent(&env, request)
}
