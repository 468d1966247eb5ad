//! What costs much leaves room for what costs little.

use std::time::Duration;

use crate::support::{App, Ask, Browser, Method, Server, server::State};

/// So many people sign in at the same time, one after the other at each of their browsers.
const BROWSERS: usize = 24;
const EACH: usize = 2;

#[tokio::test]
async fn applications_get_tokens_while_many_people_sign_in() {
    let state = State::new();
    let Some(server) = Server::start(&[("bcrypt_rounds", "10"), ("login_throttle", "off")], &state) else { return };
    let app = App::machine(&server).await;
    let mut browser = Browser::new(&server);
    let page = browser.get("/login").await.expect(200);
    let form = browser.form(&page, "/login");
    let cookies: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let fields = [("csrf", form.value("csrf")), ("email", "nobody@example.org"), ("password", "not the password")];
    let sign_ins: Vec<_> = (0..BROWSERS)
        .map(|_| {
            let send =
                || server.request(Method::POST, "/login").header("cookie", cookies.join("; ")).form(&fields).ask();
            let sent: [_; EACH] = std::array::from_fn(|_| send());
            tokio::spawn(async {
                for answer in sent {
                    answer.await.expect(401);
                }
            })
        })
        .collect();
    // They are under way.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut tokens = 0;
    while !sign_ins.iter().all(tokio::task::JoinHandle::is_finished) {
        app.token(&[("grant_type", "client_credentials")]).await.expect(200);
        tokens += 1;
    }
    for sign_in in sign_ins {
        sign_in.await.unwrap();
    }
    assert!(tokens >= BROWSERS, "{tokens} tokens while {} people signed in", BROWSERS * EACH);
    server.stop();
}
