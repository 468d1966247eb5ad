//! `GET` and `POST /account`: where a user is signed in, and which applications are connected.

use domain::{
    By,
    account::{AccountPage, applications, devices, disconnect},
    session::end,
};
use spin::{Env, Handled, Request, serve};
use web::account::{
    self,
    overview::{Step, done, show, step},
};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &account::ENDPOINT, overview).await
}

async fn overview(env: Env<'_>, request: &web::Request) -> web::Result {
    let Some(signed_in) = account::signed_in(&env, request).await? else {
        return account::login(&env, AccountPage::Overview).await;
    };
    match step(&env, request, &signed_in).await? {
        Step::Show { is_forged } => {
            let devices = devices(&env, &signed_in).await?;
            let applications = applications(&env, &signed_in).await?;
            show(&env, request, &signed_in, &devices, &applications, is_forged).await
        }
        Step::End(which) => {
            let ended = end(&env, which).await?;
            spin::tell_clients(&env).await;
            done(&env, &signed_in, &ended)
        }
        Step::Disconnect(client_id) => {
            let by = By::user(&env, request.client_address())?;
            disconnect(&env, &signed_in, &client_id, &by).await?;
            done(&env, &signed_in, &[])
        }
    }
}
