//! `GET` and `POST /signup`: a user makes an account.

use spin::{Env, Handled, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::signup::ENDPOINT, signup).await
}

async fn signup(env: Env<'_>, request: &web::Request) -> web::Result {
    // Where mails can be sent, the form goes to `/signup/mail`: this one would tell who has an account.
    if request.method != "POST" || env.settings.can_mail().map_err(domain::Failure::from)? {
        return web::signup::start(&env, request).await;
    }
    let form = web::signup::parse(&env, request).await?;
    let Some(application) = form.application() else { return form.expired(&env, request).await };
    match domain::signup::signup(&env, application).await? {
        Ok(cookie) => form.pending.resume(&env, &cookie).await,
        Err(problem) => form.refused(&env, request, problem).await,
    }
}
