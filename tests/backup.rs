//! A copy of the database that was taken while the server worked is the whole server.

use rusqlite::Connection;

use crate::support::{App, Browser, Server, server::State, signed_in};

const SETTINGS: [(&str, &str); 2] =
    [("login_throttle", "off"), ("key_encryption_key", "a key that is kept apart from the copies")];

/// The backup of docs/storage.md: one consistent moment, copied beside the writers.
fn back_up(from: &State, to: &State) {
    let database = Connection::open(from.path("sqlite_db.db")).unwrap();
    database.execute("VACUUM INTO ?1", [to.path("sqlite_db.db").to_str().unwrap()]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_busy_server_has_everything_that_was_answered_before_it_began() {
    let (state, restored) = (State::new(), State::new());
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    let mut user = signed_in(&server).await;
    let callback = user.browser.authorize(&user.app, &[]).await;
    let revoked = user.app.redeem(&callback).await;
    user.app.revoke(revoked.refresh_token()).await.expect(200);
    let keys = server.get("/jwks").await.expect(200).json();

    let mut busy = signed_in(&server).await;
    std::thread::scope(|scope| {
        let copying = scope.spawn(|| {
            (0..5).for_each(|_| {
                let _ = std::fs::remove_file(restored.path("sqlite_db.db"));
                back_up(&state, &restored);
            })
        });
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                while !copying.is_finished() {
                    busy.tokens = busy.app.refresh(busy.tokens.refresh_token()).await;
                }
            });
        });
        copying.join().unwrap();
    });
    let ahead = busy.app.refresh(busy.tokens.refresh_token()).await;
    let ahead = busy.app.refresh(ahead.refresh_token()).await;
    let (person, tokens, cookies) = (user.person, user.tokens, user.browser.cookies);
    let (id, secret) = (user.app.id.clone(), user.app.secret.clone());
    let (redirect_uri, scope) = (user.app.redirect_uri.clone(), user.app.scope.clone());
    let (busy_id, busy_secret) = (busy.app.id.clone(), busy.app.secret.clone());
    let issuer = server.issuer.clone();
    server.stop();

    // The key-value store was not copied: it has nothing that is missed.
    let settings = [&SETTINGS[..], &[("issuer", issuer.as_str())]].concat();
    let server = Server::start(&settings, &restored).unwrap();
    let app = App { server: &server, id, secret, redirect_uri, scope };
    assert_eq!(server.get("/jwks").await.expect(200).json(), keys, "keys");
    assert!(server.accepts(&tokens.access).await, "access tokens");
    assert!(!server.accepts(&revoked.access).await, "revocations");
    app.try_refresh(revoked.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    app.refresh(tokens.refresh_token()).await;
    let mut browser = Browser::new(&server);
    browser.cookies = cookies;
    assert!(browser.get("/").await.html().contains("Jane"), "sessions");
    Browser::new(&server).sign_in(&person).await;
    // What was rotated after the copy is not known to it, and nobody gets in by it.
    let app = App { server: &server, id: busy_id, secret: busy_secret, ..app };
    app.try_refresh(ahead.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    server.stop();
}
