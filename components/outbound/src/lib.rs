//! The way out: the only component that may send requests to other servers, for the other components. No route leads
//! here; they reach it by local service chaining.

use spin::{Handled, KeyValue, Outside, Request, serve_settings};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve_settings(request, &web::outbound::ENDPOINT, async |settings, now, request| {
        let errand = web::outbound::parse(request)?;
        let outcome = domain::outbound::run(errand, settings, &Outside, &KeyValue, now).await?;
        web::outbound::answer(outcome)
    })
    .await
}
