//! `GET` and `POST /login/factor`: the second step of a sign-in, and the one that makes a session stronger.

use domain::factors::{Factors, Outcome, verify_code};
use spin::{Env, Handled, KeyValue, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::second_factor::ENDPOINT, second_factor).await
}

async fn second_factor(env: Env<'_>, request: &web::Request) -> web::Result {
    let parsed = web::second_factor::parse(&env, request).await?;
    let Some(claimant) = parsed.claimant(&env, request).await? else { return parsed.login(&env).await };
    let enrolled = env.store.enrolled(claimant.user().id).await.map_err(domain::Failure::from)?;
    if !enrolled.has_second_factor() || parsed.needs_passkey() && enrolled.passkeys == 0 {
        return parsed.enrol(&env).await;
    }
    let Some((code, asked)) = parsed.code(&env, request, &claimant).await? else {
        return parsed.start(&env, request, &claimant).await;
    };
    match verify_code(&env, &KeyValue, claimant, code).await? {
        Outcome::SignedIn(cookie) => parsed.signed_in(&env, &cookie).await,
        Outcome::NewPassword(sign_in) => parsed.new_password(&env, request, *sign_in).await,
        Outcome::Refused => parsed.refused(&env, request, &asked).await,
        Outcome::Throttled { retry_after } => parsed.throttled(&env, request, &asked, retry_after).await,
        Outcome::Expired => parsed.login(&env).await,
    }
}
