//! The sample resource: how long ago a sign-in may be.

use domain::{
    Failure, Insufficient,
    introspect::{Introspected, Introspection, introspect},
    resource::{Reader, read},
};
use protocol::{Secret, time::Seconds};

use crate::{
    support::{Instance, NOW, bearer, furnished},
    testing::block_on,
};

fn reads(server: &Instance, token: &str, path: &str) -> Result<Reader, Failure> {
    block_on(read(&server.env(), &bearer(token), path))
}

fn wants_a_sign_in(result: Result<Reader, Failure>) -> bool {
    matches!(result, Err(Failure::Insufficient(Insufficient::SignIn { max_age: Seconds(300) })))
}

#[test]
fn a_sign_in_is_recent_for_five_minutes_and_a_refresh_makes_it_no_younger() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid profile", &ada);
    server.later(300);
    assert!(reads(&server, &tokens.access_token, "/resource/recent").is_ok());
    server.later(1);
    assert!(wants_a_sign_in(reads(&server, &tokens.access_token, "/resource/recent")));
    assert!(reads(&server, &tokens.access_token, "/resource/me").is_ok(), "elsewhere it does not matter");
    let refreshed = server.refresh(&app, &tokens.refresh_token.unwrap(), None).unwrap();
    assert!(wants_a_sign_in(reads(&server, &refreshed.access_token, "/resource/recent")));
    // What the client does then: max_age=300 at the authorization endpoint, and the user signs in again.
    let again = server.tokens(&app, "openid profile", &server.sign_in("ada@example.org"));
    assert!(reads(&server, &again.access_token, "/resource/recent").is_ok());
}

#[test]
fn introspection_tells_when_and_how_strongly_the_user_signed_in() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    server.later(100);
    let tokens = server.tokens(&app, "openid", &ada);
    let about = |token: &str| {
        let introspection =
            Introspection { client: app.credentials(), token: Secret::new(token), scope: None, wants_jwt: false };
        match block_on(introspect(&server.env(), introspection)).unwrap() {
            Introspected::Json(Some(token)) => token,
            other => panic!("{other:?}"),
        }
    };
    let told = about(&tokens.access_token);
    assert_eq!(told.auth_time.unwrap().0, NOW);
    assert_eq!(told.acr.as_deref(), Some("urn:spin-auth:acr:password"));
    assert!(about(&tokens.refresh_token.unwrap()).auth_time.is_none());
}
