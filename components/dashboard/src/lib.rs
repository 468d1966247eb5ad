//! `/admin/…`: the dashboard of administrators.

mod access;
mod applications;
mod keys;
mod users;

use domain::{
    admin::Asked,
    admin::{AuditFilter, AuditLog, counts, purge},
};
use spin::{Env, Handled, Request, serve};
use web::{
    Failure,
    dashboard::{Entry, Route, Visitor, audit, enter, service},
};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::dashboard::ENDPOINT, dashboard).await
}

async fn dashboard(env: Env<'_>, request: &web::Request) -> web::Result {
    let visitor = match enter(&env, request).await? {
        Entry::Admitted(visitor) => visitor,
        Entry::Answered(response) => return Ok(response),
    };
    match Route::of(&request.path) {
        Route::Overview => overview(&env, request, &visitor).await,
        Route::Users => users::list(&env, request, &visitor).await,
        Route::NewUser => users::new(&env, request, &visitor).await,
        Route::User(id) => users::one(&env, request, &visitor, id).await,
        Route::Sessions => access::sessions(&env, request, &visitor).await,
        Route::Grants => access::grants(&env, request, &visitor).await,
        Route::Audit => {
            audit::list(&env, request, &visitor, &env.store.audit_log(&audit::query(request)?).await?).await
        }
        Route::Settings => service::settings(&env, request, &visitor).await,
        Route::Purge if visitor.action()? == "purge" => {
            service::purge(&env, request, &visitor, Some(&purge(&env, &visitor.by).await?)).await
        }
        Route::Purge => service::purge(&env, request, &visitor, None).await,
        Route::Applications => applications::list(&env, request, &visitor).await,
        Route::NewApplication => applications::new(&env, request, &visitor).await,
        Route::Application => applications::one(&env, request, &visitor).await,
        Route::Keys => keys::list(&env, request, &visitor).await,
        Route::Nothing => Err(Failure::NotFound),
    }
}

async fn overview(env: &Env<'_>, request: &web::Request, visitor: &Visitor) -> web::Result {
    let newest = AuditFilter { asked: Asked { after: None, limit: 10 }, ..AuditFilter::default() };
    let log = env.store.audit_log(&newest).await?;
    service::overview(env, request, visitor, &counts(env).await?, &log).await
}
