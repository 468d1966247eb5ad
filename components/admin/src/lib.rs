//! `/admin/api/…`: what an administrator does by the JSON API.

use spin::{Env, IntoResponse, KeyValue, Request, ensure_schema, migrate, serve_unchecked};
use web::admin::Action;

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let endpoint = web::admin::endpoint(request.uri().path());
    serve_unchecked(request, endpoint, admin).await
}

async fn admin(env: Env<'_>, request: &web::Request) -> web::Result {
    domain::admin::ensure_admin(&env, request.bearer())?;
    let action = web::admin::parse(request)?;
    if !matches!(action, Action::Migrate) {
        ensure_schema(env).await?;
    }
    match action {
        Action::SetAccessLevel { email, access_level } => {
            web::admin::user(&domain::admin::set_access_level(&env, &email, &access_level).await?)
        }
        Action::ChangeClaims { email, patch } => {
            web::admin::user(&domain::admin::change_claims(&env, &email, &patch).await?)
        }
        Action::DeleteUser { email } => {
            domain::admin::delete_user(&env, &email).await?;
            Ok(web::admin::done())
        }
        Action::RotateKeys => Ok(web::admin::keys(domain::admin::rotate_keys(&env, &KeyValue).await?)),
        Action::Migrate => {
            migrate(env).await?;
            Ok(web::admin::done())
        }
    }
}
