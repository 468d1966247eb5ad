//! `/admin/api/…`: what an administrator does by the JSON API.

mod access;
mod clients;
mod users;

use domain::admin::{self, AuditLog};
use spin::{Env, Handled, KeyValue, Outbound, Request, ensure_schema, migrate, serve_unchecked};
use web::admin::{Route, done};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    let endpoint = web::admin::endpoint(&spin::path(&request));
    serve_unchecked(request, endpoint, act).await
}

async fn act(env: Env<'_>, request: &web::Request) -> web::Result {
    let route = Route::of(&request.path);
    let holder = web::admin::token_holder(&env, request)?;
    // The holder of the token may bring the schema up to date; nothing else goes without it.
    if holder.is_none() || !matches!(route, Route::Migrate) {
        ensure_schema(env).await?;
    }
    let by = match holder {
        Some(holder) => holder,
        None => web::admin::signed_in(&env, request).await?,
    };
    match route {
        Route::Users | Route::User(_) | Route::ResetPassword(_) | Route::FactorsOf(_) | Route::ResetLink(_) => {
            users::act(&env, request, &by, route).await
        }
        Route::Clients | Route::Client(_) | Route::RotateSecret(_) => clients::act(&env, request, &by, route).await,
        Route::Keys => web::admin::keys(&env, env.complete_key_ring().await?.as_ref()),
        Route::RotateKeys => Ok(web::admin::published(admin::rotate_keys(&env, &by, &KeyValue).await?)),
        Route::ResealKeys => {
            let after = web::admin::reseal_from(&request.query()?)?;
            web::admin::resealed(&admin::reseal(&env, &by, after).await?)
        }
        Route::Audit => {
            let filter = web::admin::audit::query(&request.query()?)?;
            web::admin::audit::page(&env.store.audit_log(&filter).await?)
        }
        Route::Purge => web::admin::purged(&admin::purge(&env, &by).await?),
        Route::DeliverLogouts => web::admin::delivered(domain::backchannel_logout::deliver_due(&env, &Outbound).await?),
        Route::Settings => web::admin::settings(&env),
        Route::Migrate => {
            migrate(env).await?;
            env.store.note(&by, "migrate", "schema").await?;
            done(true)
        }
        _ => access::act(&env, request, &by, route).await,
    }
}
