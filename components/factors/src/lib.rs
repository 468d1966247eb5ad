//! `GET` and `POST /account/factors`: where a user adds and removes factors.

use domain::{
    By,
    factors::{Change, Enrolment, Kind, confirm_totp, overview, remove, rename_passkey, renew_recovery_codes},
};
use spin::{Env, Handled, Request, serve};
use web::factors::Step;

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::factors::ENDPOINT, factors).await
}

async fn factors(env: Env<'_>, request: &web::Request) -> web::Result {
    let parsed = web::factors::parse(&env, request).await?;
    let Some((signed_in, key)) = parsed.signed_in(&env, request).await? else { return parsed.login(&env).await };
    let step = parsed.step(&env, request, &signed_in).await?;
    let overview = overview(&env, &signed_in).await?;
    if let Step::Show(notice) = step {
        return parsed.show(&env, request, &signed_in, &overview, notice).await;
    }
    if !overview.may_change {
        return parsed.login(&env).await;
    }
    let by = By::user(&env, request.client_address())?;
    match step {
        Step::Show(notice) => parsed.show(&env, request, &signed_in, &overview, notice).await,
        Step::AddTotp => {
            let enrolment = Enrolment::begin(&env, signed_in.user.id).await?;
            parsed.add_totp(&env, request, &signed_in, &enrolment, false).await
        }
        Step::ConfirmTotp { enrolment, code } => {
            let enrolment = Enrolment::open(&env, signed_in.user.id, &enrolment).await?;
            match confirm_totp(&env, &signed_in, key, &enrolment, &code, &by).await? {
                Change::WrongCode => parsed.add_totp(&env, request, &signed_in, &enrolment, true).await,
                change => parsed.changed(&env, request, &change).await,
            }
        }
        Step::RemoveTotp => parsed.changed(&env, request, &remove(&env, &signed_in, Kind::Totp, &by).await?).await,
        Step::RenamePasskey { id, name } => {
            parsed.changed(&env, request, &rename_passkey(&env, &signed_in, &id, &name).await?).await
        }
        Step::RemovePasskey { id } => {
            parsed.changed(&env, request, &remove(&env, &signed_in, Kind::Passkey(id), &by).await?).await
        }
        Step::RenewRecoveryCodes => {
            let codes = renew_recovery_codes(&env, &signed_in).await?;
            parsed.recovery_codes(&env, request, &codes).await
        }
    }
}
