//! Sessions and grants.

use domain::{
    admin::{Access, Administrator, GrantsOf, account, end_session, end_sessions, revoke_grant},
    client::Clients,
};
use spin::Env;
use web::{
    Failure,
    admin::{Route, access, done},
};

pub(crate) async fn act(env: &Env<'_>, request: &web::Request, by: &Administrator, route: Route) -> web::Result {
    match (route, request.method.as_str()) {
        (Route::SessionsOf(who), "GET") => {
            let user = account(env, &who).await?.ok_or(Failure::NotFound)?.user.id;
            access::sessions(&env.store.sessions_of(user, &access::query(request)?, env.now).await?)
        }
        (Route::SessionsOf(who), _) => ended(env, end_sessions(env, by, &who).await?).await,
        (Route::Session(id), _) => ended(env, end_session(env, by, id).await?).await,
        (Route::GrantsOfUser(who), _) => {
            let user = account(env, &who).await?.ok_or(Failure::NotFound)?.user.id;
            access::grants(&env.store.grants_of(&GrantsOf::User(user), &access::query(request)?, env.now).await?)
        }
        (Route::GrantsOfClient(id), _) => {
            let client = env.store.client(&id).await?.ok_or(Failure::NotFound)?.id;
            access::grants(&env.store.grants_of(&GrantsOf::Client(client), &access::query(request)?, env.now).await?)
        }
        (Route::Grant(id), _) => done(revoke_grant(env, by, id).await?),
        _ => Err(Failure::NotFound),
    }
}

/// Sessions have ended, or there were none.
async fn ended(env: &Env<'_>, were_there: bool) -> web::Result {
    if were_there {
        spin::tell_clients(env).await;
    }
    done(were_there)
}
