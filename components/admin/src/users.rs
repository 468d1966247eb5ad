//! Users.

use domain::admin::{
    Administrator, account, change_account, create_account, delete_account, list_accounts, reset_password,
};
use spin::Env;
use web::{
    Failure,
    admin::{Route, done, users},
};

pub(crate) async fn act(env: &Env<'_>, request: &web::Request, by: &Administrator, route: Route) -> web::Result {
    match (route, request.method.as_str()) {
        (Route::Users, "GET") => users::page(&list_accounts(env, &users::query(&request.query()?)?).await?),
        (Route::Users, "POST") => {
            let (account, password) = create_account(env, by, users::new(request)?).await?;
            users::created(&account, &password)
        }
        (Route::User(who), "GET") => users::one(account(env, &who).await?.as_ref()),
        (Route::User(who), "PATCH") => {
            users::one(change_account(env, by, &who, users::change(request)?).await?.as_ref())
        }
        (Route::User(who), "DELETE") => done(delete_account(env, by, &who).await?),
        (Route::ResetPassword(who), _) => users::password(reset_password(env, by, &who).await?),
        _ => Err(Failure::NotFound),
    }
}
