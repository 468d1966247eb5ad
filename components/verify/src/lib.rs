//! `GET` and `POST /verify`: an address is confirmed by a one-time link.

use domain::{
    By,
    verify::{Outcome, confirm},
};
use spin::{Env, Handled, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::verify::ENDPOINT, verify).await
}

async fn verify(env: Env<'_>, request: &web::Request) -> web::Result {
    let parsed = web::verify::parse(request)?;
    let Some(link) = domain::verify::open(&env, parsed.token()).await? else {
        return web::verify::expired(&env, request);
    };
    let Some(typed) = parsed.typed(&env, request).await? else { return parsed.start(&env, request, &link).await };
    let by = By::user(&env, request.client_address())?;
    match confirm(&env, &link, &typed, &by).await? {
        Outcome::SignedIn(cookie) => web::verify::signed_in(&env, &link, &cookie).await,
        Outcome::Confirmed => web::verify::confirmed(&env, request),
        Outcome::Wrong => parsed.wrong(&env, request, &link).await,
        Outcome::Expired => web::verify::expired(&env, request),
    }
}
