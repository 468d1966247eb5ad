//! `GET` and `POST /consent`: the user allows an application what it asks for, or not.

use domain::consent::{Step, approve, deny};
use spin::{Env, Handled, Request, serve};
use web::consent::Decision;

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::consent::ENDPOINT, consent).await
}

async fn consent(env: Env<'_>, request: &web::Request) -> web::Result {
    let parsed = web::consent::parse(&env, request).await?;
    let cookie = web::authorize::session_cookie(&env, request)?;
    let question = match domain::consent::question(&env, &parsed.interaction, cookie).await? {
        Step::Ask(question) => question,
        Step::Login => return parsed.login(&env).await,
        Step::StepUp => return parsed.step_up(&env).await,
        Step::Redirect(response) => return web::consent::leave(&env, request, &response),
        Step::Answered(client) => return web::consent::answered(&env, request, &client),
    };
    let answer = match parsed.decision(&env, request, &question).await? {
        Decision::Approve => approve(&env, &parsed.interaction, &question).await?,
        Decision::Deny => deny(&env, &parsed.interaction, &question).await?,
        undecided => return parsed.ask(&env, request, &question, undecided).await,
    };
    match answer {
        Some(response) => web::consent::leave(&env, request, &response),
        None => web::consent::answered(&env, request, &question.client),
    }
}
