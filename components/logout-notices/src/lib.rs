//! Tells applications of sessions that have just ended, for the components that end them: a logout token has to be signed, and
//! that is much code. No route leads here; they reach it by local service chaining.

use domain::backchannel_logout::{Due, tell_clients};
use spin::{Handled, Outbound, PATIENCE, Request, for_at_most, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::logout_notices::ENDPOINT, async |env, _| {
        for_at_most(PATIENCE, tell_clients(&env, &Outbound, Due::Latest)).await;
        Ok(web::logout_notices::answer())
    })
    .await
}
