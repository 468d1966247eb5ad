//! Clients.

use domain::{
    admin::{Administrator, Applications, change_application, create_application, delete_application, rotate_secret},
    client::Clients,
};
use http::StatusCode;
use spin::{Env, Outbound};
use web::{
    Failure,
    admin::{Route, clients, done},
};

pub(crate) async fn act(env: &Env<'_>, request: &web::Request, by: &Administrator, route: Route) -> web::Result {
    match (route, request.method.as_str()) {
        (Route::Clients, "GET") => {
            clients::page(&env.store.applications_list(&clients::query(&request.query()?)?).await?)
        }
        (Route::Clients, "POST") => {
            let created = create_application(env, &Outbound, by, clients::new(request)?).await?;
            clients::with_secret(StatusCode::CREATED, Some(&created))
        }
        (Route::Client(id), "GET") => clients::one(env.store.client(&id).await?.as_ref()),
        (Route::Client(id), "PATCH") => {
            let known = env.store.client(&id).await?.ok_or(Failure::NotFound)?;
            let change = clients::change(request, &known)?;
            clients::with_secret(StatusCode::OK, change_application(env, &Outbound, by, &known, change).await?.as_ref())
        }
        (Route::Client(id), "DELETE") => done(delete_application(env, by, &id).await?),
        (Route::RotateSecret(id), _) => {
            clients::with_secret(StatusCode::OK, rotate_secret(env, by, &id).await?.as_ref())
        }
        _ => Err(Failure::NotFound),
    }
}
