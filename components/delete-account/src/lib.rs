//! `GET` and `POST /account/delete`: where a user deletes the account.

use domain::{
    By,
    account::{AccountPage, DeletionOutcome, delete},
    factors,
};
use spin::{Env, Handled, KeyValue, Request, serve};
use web::account::{
    self,
    deletion::{self, Typed},
};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &account::ENDPOINT, delete_account).await
}

async fn delete_account(env: Env<'_>, request: &web::Request) -> web::Result {
    let Some(signed_in) = account::signed_in(&env, request).await? else {
        return account::login(&env, AccountPage::Deletion).await;
    };
    // As for a change of factors: the sign-in is recent, and as strong as the account asks for.
    if !factors::may_change(&env, &signed_in).await? {
        return account::login(&env, AccountPage::Deletion).await;
    }
    let password = match deletion::typed(&env, request, &signed_in).await? {
        Typed::Nothing => return deletion::start(&env, request, &signed_in).await,
        Typed::Forged => return deletion::forged(&env, request, &signed_in).await,
        Typed::Password(password) => password,
    };
    let by = By::user(&env, request.client_address())?;
    match delete(&env, &KeyValue, &signed_in, &password, &by).await? {
        DeletionOutcome::Deleted => {
            spin::tell_clients(&env).await;
            deletion::deleted(&env, request)
        }
        DeletionOutcome::Wrong => deletion::wrong(&env, request, &signed_in).await,
        DeletionOutcome::Throttled { retry_after } => deletion::throttled(&env, request, &signed_in, retry_after).await,
        DeletionOutcome::LastAdministrator => deletion::last_administrator(&env, request, &signed_in).await,
    }
}
