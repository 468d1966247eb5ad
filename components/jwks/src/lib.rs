//! `GET /jwks`: the published keys, [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use spin::{Env, Handled, KeyValue, Request, ensure_schema, serve_unchecked};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve_unchecked(request, &web::jwks::ENDPOINT, jwks).await
}

async fn jwks(env: Env<'_>, request: &web::Request) -> web::Result {
    let set = match domain::jwks::published(&env, &KeyValue).await? {
        Some(set) => set,
        None => {
            ensure_schema(env).await?;
            domain::jwks::renew(&env, &KeyValue).await?
        }
    };
    web::jwks::answer(request, &set)
}
