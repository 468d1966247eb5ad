//! `GET` and `POST /account/email`: where a user confirms and changes the email address.

use std::time::Duration;

use domain::{
    By,
    account::AccountPage,
    email::{Emails, Refusal, ask_to_confirm, check},
    forgot::count_mail,
    session::SignedIn,
    user::Email,
};
use spin::{Env, Handled, KeyValue, Outbound, Request, for_exactly, serve};
use web::{account, email as page, email::Step};

/// How long the answer takes, whether or not the address has an account: the hook must take the mails in this time.
const TIME: Duration = Duration::from_secs(2);

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &account::ENDPOINT, email).await
}

async fn email(env: Env<'_>, request: &web::Request) -> web::Result {
    let Some(who) = account::signed_in(&env, request).await? else {
        return account::login(&env, AccountPage::Email).await;
    };
    let (typed, email) = match page::step(&env, request, &who).await? {
        Step::Show { is_forged } => return page::start(&env, request, &who, is_forged).await,
        Step::Confirm => (String::new(), Email::parse(&who.user.email).ok_or(Refusal::Email)),
        Step::Change(typed) => (typed.email.clone(), check(&env, &KeyValue, &who.user, &typed).await?),
    };
    let email = match email {
        Ok(email) => email,
        Err(refusal) => return page::refused(&env, request, &who, &typed, refusal).await,
    };
    if env.settings.can_mail().map_err(domain::Failure::from)? {
        return confirm(env, request, &who, &typed, &email).await;
    }
    match env.store.change_email(&By::user(&env, request.client_address())?, who.user.id, &email).await {
        Ok(true) => page::changed(&env, request),
        Ok(false) => page::taken(&env, request, &who, &typed).await,
        Err(error) => Err(domain::Failure::from(error).into()),
    }
}

async fn confirm(env: Env<'_>, request: &web::Request, who: &SignedIn, typed: &str, email: &Email) -> web::Result {
    if let Some(retry_after) = count_mail(&env, &KeyValue, email.as_str(), request.client_address()).await? {
        return page::refused(&env, request, who, typed, Refusal::Throttled { retry_after }).await;
    }
    let language = page::language(&env, request)?;
    match for_exactly(TIME, ask_to_confirm(&env, &Outbound, &who.user, email, language)).await {
        Some(outcome) => outcome?,
        None => env.log.warn("the mail hook did not answer in time"),
    }
    page::sent(&env, request)
}
