//! `GET`, `PUT` and `DELETE /register/<client_id>`: a client manages its registration,
//! [RFC 7592 §2](https://www.rfc-editor.org/rfc/rfc7592#section-2).

use domain::client_configuration::{delete, read, replace};
use spin::{Env, Handled, Outbound, Request, serve};
use web::client_configuration::{Action, answer, deleted};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::client_configuration::ENDPOINT, client_configuration).await
}

async fn client_configuration(env: Env<'_>, request: &web::Request) -> web::Result {
    let (access, action) = web::client_configuration::parse(request)?;
    match action {
        Action::Read => answer(env.settings, &read(&env, access).await?),
        Action::Replace(replacement) => answer(env.settings, &replace(&env, &Outbound, access, *replacement).await?),
        Action::Delete => {
            delete(&env, access).await?;
            Ok(deleted())
        }
    }
}
