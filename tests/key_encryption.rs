//! Another key-encryption key takes over.

use crate::support::{App, Authenticator, Browser, Method, Person, Server, Value, json, server::State, signed_in};

const OLD: &str = "0123456789abcdef0123456789abcdef";
const NEW: &str = "fedcba9876543210fedcba9876543210";
const KEY: &str = "key_encryption_key";
const PREVIOUS: &str = "key_encryption_key_previous";

/// What somebody has of a server, who must not notice that its key-encryption key is another one.
struct Had {
    keys: Value,
    access: String,
    refresh: String,
    session: String,
    client: (String, Option<String>),
    people: Vec<(Person, Authenticator)>,
}

async fn had(server: &Server) -> Had {
    let user = signed_in(server).await;
    let mut people = Vec::new();
    for _ in 0..2 {
        let mut browser = Browser::new(server);
        let person = browser.sign_up().await;
        people.push((person, browser.add_totp().await.0));
    }
    Had {
        keys: server.get("/jwks").await.expect(200).json(),
        access: user.tokens.access.clone(),
        refresh: user.tokens.refresh_token().to_owned(),
        session: user.browser.session().unwrap().to_owned(),
        client: (user.app.id.clone(), user.app.secret.clone()),
        people,
    }
}

impl Had {
    /// Checks that all of it is as good as ever; one of the people signs in with their app.
    async fn is_good_at(&mut self, server: &Server) {
        assert_eq!(server.get("/jwks").await.expect(200).json(), self.keys);
        assert!(server.accepts(&self.access).await);
        let cookie = format!("{}={}", server.cookie_name("session"), self.session);
        let home = crate::support::Ask::ask(server.request(Method::GET, "/account").header("cookie", cookie)).await;
        assert_eq!(home.status, 200, "{}", home.body);
        let form = [("grant_type", "refresh_token"), ("refresh_token", self.refresh.as_str())];
        let request = server.request(Method::POST, "/token").basic_auth(&self.client.0, self.client.1.as_ref());
        let tokens = crate::support::Ask::ask(request.form(&form)).await.expect(200).json();
        self.refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        let (person, mut app) = self.people.pop().unwrap();
        let mut browser = Browser::new(server);
        let page = browser.try_sign_in(&person.email, &person.password).await.expect(200);
        let code = app.next().await;
        browser.submit(&page, "/login/factor", &[("code", &code)]).await.location();
        assert!(browser.session().is_some());
    }
}

/// Seals anew, all of it; how much that was.
async fn reseal(server: &Server) -> u64 {
    let (mut count, mut query) = (0, String::new());
    loop {
        let path = format!("/admin/api/keys/reseal{query}");
        let answer = server.administer(Method::POST, &path, json!({})).await.expect(200).json();
        count += answer["resealed"].as_u64().unwrap();
        match answer["next_cursor"].as_str() {
            Some(cursor) => query = format!("?cursor={cursor}"),
            None => return count,
        }
    }
}

#[tokio::test]
async fn under_a_new_key_encryption_key_all_goes_on_and_the_old_one_is_needed_no_more() {
    let state = State::new();
    let Some(server) = Server::start(&[(KEY, OLD)], &state) else { return };
    let mut had = had(&server).await;
    server.stop();

    let server = Server::start(&[(KEY, NEW), (PREVIOUS, OLD)], &state).unwrap();
    had.is_good_at(&server).await;
    assert_eq!(reseal(&server).await, 4 + 2, "a MAC key, three that sign, two apps");
    assert_eq!(reseal(&server).await, 0);
    let log = server.get_as("/admin/api/audit?action=keys.reseal", &server.admin_token).await.expect(200);
    assert_eq!(log.json()["items"].as_array().unwrap().len(), 1, "{}", log.body);
    let settings = server.get_as("/admin/api/settings", &server.admin_token).await.expect(200).body;
    assert!(settings.contains(PREVIOUS) && !settings.contains(OLD) && !settings.contains(NEW), "{settings}");
    server.administer(Method::POST, "/admin/api/keys/reseal?cursor=x", json!({})).await.expect(400);
    server.stop();

    let server = Server::start(&[(KEY, NEW)], &state).unwrap();
    had.is_good_at(&server).await;
    server.stop();

    let server = Server::start(&[(KEY, OLD)], &state).unwrap();
    server.get_as("/userinfo", &had.access).await.expect_error(500, "server_error");
    server.stop();
}

#[tokio::test]
async fn the_key_that_the_server_made_gives_way_to_a_given_one() {
    let state = State::new();
    let Some(server) = Server::start(&[], &state) else { return };
    let mut had = had(&server).await;
    server.stop();

    let server = Server::start(&[(KEY, NEW)], &state).unwrap();
    server.get_as("/userinfo", &had.access).await.expect_error(500, "server_error");
    server.stop();

    let server = Server::start(&[(KEY, NEW), (PREVIOUS, "kept")], &state).unwrap();
    had.is_good_at(&server).await;
    assert_eq!(reseal(&server).await, 4 + 2);
    server.stop();

    let server = Server::start(&[(KEY, NEW)], &state).unwrap();
    had.is_good_at(&server).await;
    App::confidential(&server).await;
    server.stop();
}

#[tokio::test]
async fn a_wrong_previous_key_is_an_error_that_names_it() {
    let state = State::new();
    let Some(server) = Server::start(&[(KEY, OLD), (PREVIOUS, "short-and-secret")], &state) else { return };
    server.get("/jwks").await.expect_error(500, "server_error");
    assert!(server.log().contains(PREVIOUS) && !server.log().contains("short-and-secret"), "{}", server.log());
    server.stop();
}
