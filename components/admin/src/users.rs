//! Users.

use domain::{
    admin::{
        Administrator, account, change_account, create_account, delete_account, hand_over_reset_link, list_accounts,
        remove_factors, reset_password,
    },
    user::AccessLevel,
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
            let account = change_account(env, by, &who, users::change(request)?).await?;
            if account.as_ref().is_some_and(|account| account.user.access_level == AccessLevel::Suspended) {
                spin::tell_clients(env).await;
            }
            users::one(account.as_ref())
        }
        (Route::User(who), "DELETE") => {
            let is_deleted = delete_account(env, by, &who).await?;
            if is_deleted {
                spin::tell_clients(env).await;
            }
            done(is_deleted)
        }
        (Route::ResetPassword(who), _) => {
            let password = reset_password(env, by, &who).await?;
            if password.is_some() {
                spin::tell_clients(env).await;
            }
            users::password(password)
        }
        (Route::FactorsOf(who), _) => done(remove_factors(env, by, &who).await?),
        (Route::ResetLink(who), _) => users::link(hand_over_reset_link(env, by, &who).await?),
        _ => Err(Failure::NotFound),
    }
}
