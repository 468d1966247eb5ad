//! Who ends sessions has applications told of that by the component `logout-notices`, which has what it takes to sign.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use spin_sdk::http::FullBody;

use crate::{Env, for_at_most};

/// Where the component is.
const LOGOUT_NOTICES: &str = "http://logout-notices.spin.internal/";
/// How long applications may keep whoever ends a session from the answer: no longer than a person waits without a thought.
/// What is not told by then is told later.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// Has the applications told of sessions that have just ended. They have ended whatever comes of it, so a failure is for
/// the log alone.
pub async fn tell_clients(env: &Env<'_>) {
    let Ok(request) = Request::builder().method(Method::POST).uri(LOGOUT_NOTICES).body(FullBody::<Bytes>::default())
    else {
        return;
    };
    match for_at_most(PATIENCE, spin_sdk::http::send(request)).await {
        Some(Ok(answer)) if answer.status() == StatusCode::NO_CONTENT => {}
        // It says itself what it could not tell whom, and goes on for those who are slow.
        None => {}
        Some(_) => env.log.warn("the component logout-notices failed: applications hear of a sign-out later"),
    }
}
