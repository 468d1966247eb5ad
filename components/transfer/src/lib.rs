//! `/admin/api/import/…` and `/admin/api/export/…`: users and clients come from other servers, and go to others.

use domain::transfer::{export_clients, export_users, import_clients, import_users};
use spin::{Env, Handled, Request, serve};
use web::{
    Failure,
    transfer::{Route, clients, report, users},
};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    let endpoint = web::transfer::endpoint(&spin::path(&request));
    serve(request, endpoint, act).await
}

/// Password hashes are for the holder of the admin token: whoever is merely signed in is nobody here.
async fn act(env: Env<'_>, request: &web::Request) -> web::Result {
    let by = web::admin::token_holder(&env, request)?.ok_or(Failure::NoToken)?;
    match Route::of(&request.path) {
        Route::ImportUsers => report(&import_users(&env, &by, users::lines(request)?).await?),
        Route::ImportClients => report(&import_clients(&env, &by, clients::lines(request)?).await?),
        Route::ExportUsers => {
            let (asked, with_hashes) = web::transfer::asked(request)?;
            users::page(&export_users(&env, &by, &asked, with_hashes).await?, with_hashes)
        }
        Route::ExportClients => {
            let (asked, with_hashes) = web::transfer::asked(request)?;
            clients::page(&export_clients(&env, &by, &asked, with_hashes).await?, with_hashes)
        }
        Route::Nothing => Err(Failure::NotFound),
    }
}
