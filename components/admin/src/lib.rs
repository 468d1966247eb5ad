//! `/admin/api/…`: what an administrator does by the JSON API.

use spin::{Env, IntoResponse, KeyValue, Request, serve};
use web::admin::Action;

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve(request, &web::admin::ENDPOINT, admin).await
}

async fn admin(env: Env<'_>, request: &web::Request) -> web::Result {
    domain::admin::ensure_admin(&env, request.bearer())?;
    match web::admin::parse(request)? {
        Action::SetAccessLevel { email, access_level } => {
            web::admin::user(&domain::admin::set_access_level(&env, &email, &access_level).await?)
        }
        Action::DeleteUser { email } => {
            domain::admin::delete_user(&env, &email).await?;
            Ok(web::admin::done())
        }
        Action::RotateKeys => Ok(web::jwks::answer(domain::admin::rotate_keys(&env, &KeyValue).await?)),
    }
}
