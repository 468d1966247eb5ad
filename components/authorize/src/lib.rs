//! `GET` and `POST /authorize`: the authorization endpoint, [RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1).

use domain::{client_keys, throttle};
use spin::{Env, Handled, KeyValue, Outbound, Request, serve};
use web::authorize::Parsed;

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::authorize::ENDPOINT, authorize).await
}

async fn authorize(env: Env<'_>, request: &web::Request) -> web::Result {
    let limit = env.settings.authorize_rate_limit()?;
    throttle::limit(&KeyValue, "authorize", || request.client_address().to_owned(), limit, env.now).await?;
    match web::authorize::parse(&env, request).await? {
        Parsed::Posted(params) => web::authorize::ask_again(&env, &params),
        Parsed::Request { params, resumed } => {
            if let Some(client_id) = params.get("client_id")? {
                domain::client_document::refresh(&env, &Outbound, client_id).await?;
                if let Some(object) = params.get("request")? {
                    client_keys::refresh(&env, &Outbound, client_id, object).await?;
                }
            }
            let cookie = web::authorize::session_cookie(&env, request)?;
            let outcome = domain::authorize::authorize(&env, params, resumed, cookie).await?;
            web::authorize::answer(&env, request, outcome).await
        }
    }
}
