//! `GET` and `POST /reset`: a new password by a one-time link.

use domain::{
    By,
    reset::{Outcome, reset},
};
use spin::{Env, Handled, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::reset::ENDPOINT, choose).await
}

async fn choose(env: Env<'_>, request: &web::Request) -> web::Result {
    let parsed = web::reset::parse(request)?;
    let Some(link) = domain::reset::open(&env, parsed.token()).await? else {
        return web::reset::expired(&env, request);
    };
    let Some(typed) = parsed.typed(&env, request).await? else { return parsed.start(&env, request, &link).await };
    let by = By::user(&env, request.client_address())?;
    match reset(&env, &link, &typed, &by).await? {
        Outcome::Changed => {
            spin::tell_clients(&env).await;
            web::reset::changed(&env, request, &link)
        }
        Outcome::Problem(problem) => parsed.problem(&env, request, &link, problem).await,
        Outcome::Expired => web::reset::expired(&env, request),
    }
}
