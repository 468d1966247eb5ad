//! `GET /resource/…`: the sample protected resource, which shows how any service checks a token.

use spin::{Env, Handled, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::resource::ENDPOINT, resource).await
}

async fn resource(env: Env<'_>, request: &web::Request) -> web::Result {
    let presented = request.access_token()?;
    web::resource::answer(request, &domain::resource::read(&env, &presented, &request.path).await?)
}
