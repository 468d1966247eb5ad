//! `POST /account/factors/passkey`: adds a passkey.

use domain::{
    By,
    factors::{Registered, overview, register_passkey},
};
use spin::{Env, Handled, Request, serve};
use web::factors::Notice;

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::passkeys::ENDPOINT, passkeys).await
}

async fn passkeys(env: Env<'_>, request: &web::Request) -> web::Result {
    let parsed = web::factors::parse(&env, request).await?;
    let Some((signed_in, key)) = parsed.signed_in(&env, request).await? else { return parsed.login(&env).await };
    let overview = overview(&env, &signed_in).await?;
    if !parsed.is_genuine(&env, request, &signed_in).await? {
        return parsed.show(&env, request, &signed_in, &overview, Notice::Forged).await;
    }
    if !overview.may_change {
        return parsed.login(&env).await;
    }
    let created = web::passkeys::parse(&env, request)?;
    let by = By::user(&env, request.client_address())?;
    let notice = match register_passkey(&env, &signed_in, key, &created, &by).await? {
        Registered::Added(change) => return parsed.changed(&env, request, &change).await,
        Registered::Refused => Notice::PasskeyRefused,
        Registered::TooMany => Notice::TooManyPasskeys,
    };
    parsed.show(&env, request, &signed_in, &overview, notice).await
}
