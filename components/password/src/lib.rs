//! `GET` and `POST /account/password`: where a user chooses a new password.

use domain::new_password::{Outcome, choose_password};
use spin::{Env, Handled, KeyValue, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::password::ENDPOINT, password).await
}

async fn password(env: Env<'_>, request: &web::Request) -> web::Result {
    let parsed = web::password::parse(&env, request).await?;
    let Some(chooser) = parsed.chooser(&env, request).await? else { return parsed.login(&env).await };
    let Some(typed) = parsed.typed(&env, request, &chooser).await? else {
        return parsed.start(&env, request, &chooser).await;
    };
    match choose_password(&env, &KeyValue, &chooser, typed).await? {
        Outcome::Changed(cookie) => {
            spin::tell_clients(&env).await;
            parsed.changed(&env, request, &chooser, &cookie).await
        }
        Outcome::Problem(problem) => parsed.problem(&env, request, &chooser, problem).await,
        Outcome::Wrong => parsed.wrong(&env, request, &chooser).await,
        Outcome::Throttled { retry_after } => parsed.throttled(&env, request, &chooser, retry_after).await,
        Outcome::Expired => parsed.login(&env).await,
    }
}
