//! `GET /metrics`: figures for the operator's alarms.

use spin::{Env, Handled, Request, SCHEMA_VERSION, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::metrics::ENDPOINT, metrics).await
}

async fn metrics(env: Env<'_>, request: &web::Request) -> web::Result {
    web::admin::token_holder(&env, request)?.ok_or(web::Failure::NoToken)?;
    let figures = domain::metrics::figures(&env).await?;
    Ok(web::metrics::answer(&figures, SCHEMA_VERSION, env.now))
}
