//! `GET` and `POST /account/profile`: what a user says of themselves.

use domain::{
    By,
    account::{AccountPage, change_profile},
};
use spin::{Env, Handled, Request, serve};
use web::account::{
    self,
    profile::{Said, show, typed},
};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &account::ENDPOINT, profile).await
}

async fn profile(env: Env<'_>, request: &web::Request) -> web::Result {
    let Some(signed_in) = account::signed_in(&env, request).await? else {
        return account::login(&env, AccountPage::Profile).await;
    };
    let Some(typed) = typed(&env, request, &signed_in).await? else {
        return show(&env, request, &signed_in, Said::Nothing).await;
    };
    if !typed.is_genuine {
        return show(&env, request, &signed_in, Said::Forged(&typed.profile)).await;
    }
    let by = By::user(&env, request.client_address())?;
    match change_profile(&env, &signed_in.user, &typed.profile, &by).await? {
        Err(wrong) => show(&env, request, &signed_in, Said::Wrong(&typed.profile, &wrong)).await,
        Ok(()) => match account::signed_in(&env, request).await? {
            Some(signed_in) => show(&env, request, &signed_in, Said::Saved).await,
            None => account::login(&env, AccountPage::Profile).await,
        },
    }
}
