//! What people, clients and administrators do while nothing can be written: it is refused, leaves everything as it was, and
//! can be done when writing works again.

use crate::{
    device::{decide, device, enter, poll},
    faults::{SETTINGS, expect_unavailable},
    support::{
        Answer, App, Ask, Browser, Method, Person, Server, Tokens, encode, json, mailbox::link, server::State,
        signed_in, unique,
    },
};

const NEW: &str = "another horse altogether";

/// Acts while nothing can be written.
async fn refused(state: &State, mut act: impl AsyncFnMut() -> Answer) {
    state.fail("sqlite.writes=full");
    let answer = act().await;
    state.fail("");
    expect_unavailable(&answer);
}

/// Acts while nothing can be written, which is refused, and again.
async fn twice(state: &State, mut act: impl AsyncFnMut() -> Answer) -> Answer {
    refused(state, &mut act).await;
    act().await
}

async fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.get("/").await.expect(200).html().contains("Jane")
}

#[tokio::test]
async fn people_sign_up_allow_change_end_and_leave_only_where_it_is_stored() {
    let state = State::new();
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    let (mut here, mut there) = (Browser::new(&server), Browser::new(&server));
    let person = Person::new();
    let page = here.get("/signup").await.expect(200);
    twice(&state, async || here.submit(&page, "/signup", &person.application()).await).await.location();

    let app = App::confidential(&server).await;
    let page = here.begin(&app, &[]).await.expect(200);
    let approved = twice(&state, async || here.submit(&page, "/consent", &[("decision", "approve")]).await).await;
    assert!(approved.location().as_str().starts_with(&app.redirect_uri), "{}", approved.location());
    let tokens = app.redeem(&here.authorize(&app, &[]).await).await;

    there.sign_in(&person).await;
    let page = here.get("/account").await.expect(200);
    let mut end_others = async || here.submit(&page, "/account", &[("action", "end_others")]).await;
    refused(&state, &mut end_others).await;
    assert!(is_signed_in(&mut there).await);
    end_others().await.location();
    assert!(!is_signed_in(&mut there).await);

    let disconnect = [("action", "disconnect"), ("client_id", app.id.as_str())];
    let mut disconnect = async || here.submit(&page, "/account", &disconnect).await;
    refused(&state, &mut disconnect).await;
    assert!(server.accepts(&tokens.access).await);
    disconnect().await.location();
    assert!(!server.accepts(&tokens.access).await);

    let page = here.get("/account/profile").await.expect(200);
    let changed = [("given_name", "Janet"), ("family_name", "Doe")];
    twice(&state, async || here.submit(&page, "/account/profile", &changed).await).await.expect(200);
    assert!(here.get("/").await.html().contains("Janet"));

    let page = here.get("/account/password").await.expect(200);
    let fields = [("current_password", person.password.as_str()), ("new_password", NEW)];
    let mut change = async || here.submit(&page, "/account/password", &fields).await;
    refused(&state, &mut change).await;
    there.sign_in(&person).await;
    change().await.expect(200);
    assert!(!is_signed_in(&mut there).await);
    let person = Person { password: NEW.to_owned(), ..person };

    let page = here.get("/logout").await.expect(200);
    let mut sign_out = async || here.submit(&page, "/logout", &[]).await;
    refused(&state, &mut sign_out).await;
    there.cookies = here.cookies.clone();
    assert!(is_signed_in(&mut there).await);
    here.submit(&page, "/logout", &[]).await.expect(200);
    assert!(!is_signed_in(&mut there).await, "nor is a copy of the cookie");

    here.sign_in(&person).await;
    let page = here.get("/account/delete").await.expect(200);
    let fields = [("current_password", person.password.as_str())];
    let mut delete = async || here.submit(&page, "/account/delete", &fields).await;
    refused(&state, &mut delete).await;
    there.sign_in(&person).await;
    delete().await.expect(200);
    assert!(!is_signed_in(&mut there).await);
    server.stop();
}

#[tokio::test]
async fn what_clients_and_devices_begin_goes_on_where_it_was_refused() {
    let state = State::new();
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    let mut browser = Browser::new(&server);
    browser.sign_up().await;

    let app = App::confidential(&server).await;
    let form = [("response_type", "code"), ("redirect_uri", app.redirect_uri.as_str()), ("scope", "openid")];
    let pushed = twice(&state, async || app.request("/par", &form).ask().await).await.expect(201).json();
    let query = encode(&[("client_id", &app.id), ("request_uri", pushed["request_uri"].as_str().unwrap())]);
    let page = browser.visit(&format!("/authorize?{query}")).await.expect(200);
    assert!(page.url.path().ends_with("/consent"), "{}", page.url);

    let television = device(&server).await;
    let form = [("scope", television.scope.as_str())];
    let begun = twice(&state, async || television.request("/device_authorization", &form).ask().await).await;
    let codes = begun.expect(200).json();
    let (device_code, user_code) = (codes["device_code"].as_str().unwrap(), codes["user_code"].as_str().unwrap());
    twice(&state, async || poll(&television, device_code).await).await.expect_error(400, "authorization_pending");
    let page = twice(&state, async || enter(&mut browser, user_code).await).await.expect(200);
    twice(&state, async || decide(&mut browser, &page, "approve").await).await.expect(200);
    crate::support::pass(5).await;
    let tokens = Tokens::of(&twice(&state, async || poll(&television, device_code).await).await);
    assert!(server.accepts(&tokens.access).await);

    let open = json!({"redirect_uris": [app.redirect_uri], "client_name": "Brief"});
    let own = server.administer(Method::POST, "/register", open).await.expect(201).json();
    let path = format!("/register/{}", own["client_id"].as_str().unwrap());
    let key = own["registration_access_token"].as_str().unwrap();
    let request = async |method| server.request(method, &path).bearer_auth(key).ask().await;
    refused(&state, async || request(Method::DELETE).await).await;
    request(Method::GET).await.expect(200);
    request(Method::DELETE).await.expect(204);
    request(Method::GET).await.expect(401);
    server.stop();
}

#[tokio::test]
async fn a_link_for_a_new_password_is_good_until_the_password_is_stored() {
    let state = State::new();
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    let mut browser = Browser::new(&server);
    let person = browser.sign_up().await;
    let path = format!("/admin/api/users/{}/reset-link", person.email);
    let given = twice(&state, async || server.administer(Method::POST, &path, json!({})).await).await.expect(200);
    let mut elsewhere = Browser::new(&server);
    let page = elsewhere.get(&link(&server, &given.json())).await.expect(200);
    let mut choose = async || elsewhere.submit(&page, "/reset", &[("new_password", NEW)]).await;
    refused(&state, &mut choose).await;
    assert!(is_signed_in(&mut browser).await);
    choose().await.expect(200);
    assert!(!is_signed_in(&mut browser).await);
    browser.sign_in(&Person { password: NEW.to_owned(), ..person }).await;
    server.stop();
}

#[tokio::test]
async fn an_act_of_an_administrator_is_done_when_it_is_answered_and_not_before() {
    let state = State::new();
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    let user = signed_in(&server).await;
    let (who, client) =
        (format!("/admin/api/users/{}", user.person.email), format!("/admin/api/clients/{}", user.app.id));
    let made = json!({"email": "made@example.org", "given_name": "Mary", "family_name": "Jackson"});
    let acts = [
        (Method::PATCH, who.clone(), json!({"family_name": "King"}), 200),
        (Method::PATCH, client.clone(), json!({"client_name": "Renamed"}), 200),
        (Method::POST, format!("{client}/rotate-secret"), json!({}), 200),
        (Method::POST, "/admin/api/users".to_owned(), made, 201),
        (Method::POST, "/admin/api/clients".to_owned(), json!({"redirect_uris": [user.app.redirect_uri]}), 201),
        (Method::POST, "/admin/api/keys/rotate".to_owned(), json!({}), 200),
        (Method::POST, "/admin/api/purge".to_owned(), json!({}), 200),
    ];
    for (method, path, body, status) in acts {
        twice(&state, async || server.administer(method.clone(), &path, body.clone()).await).await.expect(status);
    }
    // What ends something ends it with the answer: nothing is half done.
    let suspended = json!({"access_level": "suspended"});
    for (method, path, body, status) in [
        (Method::PATCH, who.clone(), suspended, 200),
        (Method::DELETE, format!("{who}/sessions"), json!({}), 204),
        (Method::POST, format!("{who}/reset-password"), json!({}), 200),
        (Method::DELETE, client, json!({}), 204),
        (Method::DELETE, who.clone(), json!({}), 204),
    ] {
        let victim = signed_in(&server).await;
        let path = path.replace(&user.person.email, &victim.person.email).replace(&user.app.id, &victim.app.id);
        let mut act = async || server.administer(method.clone(), &path, body.clone()).await;
        refused(&state, &mut act).await;
        assert!(server.accepts(&victim.tokens.access).await, "{method} {path}");
        act().await.expect(status);
        assert!(!server.accepts(&victim.tokens.access).await, "{method} {path}");
    }
    server.stop();
}

#[tokio::test]
async fn the_dashboard_says_that_nothing_was_done_and_its_forms_can_be_sent_again() {
    let state = State::new();
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    let mut browser = Browser::new(&server);
    let person = browser.sign_up().await;
    server.set_access_level(&person.email, "admin").await;
    let victim = signed_in(&server).await;
    let known = server.administer(Method::GET, &format!("/admin/api/users/{}", victim.person.email), json!({})).await;
    let path = format!("/admin/users/{}", known.json()["sub"].as_str().unwrap());
    for (fields, ends) in [
        (&[("action", "change"), ("given_name", "Ada"), ("family_name", "King")][..], false),
        (&[("action", "suspend")], true),
        (&[("action", "reinstate")], true),
        (&[("action", "delete"), ("confirm", "yes")], true),
    ] {
        let page = browser.get(&path).await.expect(200);
        let more = [("email", victim.person.email.as_str()), ("access_level", "user")];
        let fields = [fields, &more].concat();
        let before = server.accepts(&victim.tokens.access).await;
        let mut act = async || browser.submit(&page, &path, &fields).await;
        refused(&state, &mut act).await;
        assert_eq!(server.accepts(&victim.tokens.access).await, before, "{fields:?}");
        act().await.location();
        assert_eq!(server.accepts(&victim.tokens.access).await, !ends, "{fields:?}");
    }
    browser.get(&path).await.expect(404);
    server.stop();
}

#[tokio::test]
async fn an_import_that_was_refused_has_brought_nothing_and_brings_everything_the_next_time() {
    let state = State::new();
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    let email = format!("imke.{}@example.org", unique());
    let hash = "$2b$05$abcdefghijklmnopqrstuuZPlR/GBjbS59/jYjpAoznyNSxdiMtFy";
    let user = json!({"email": email, "given_name": "Imke", "family_name": "Mahler", "password_hash": hash});
    let client = json!({
        "client_id": "brought", "client_name": "Brought", "redirect_uris": ["https://app.example/callback"],
        "token_endpoint_auth_method": "none",
    });
    for (path, line) in [("/admin/api/import/users", user), ("/admin/api/import/clients", client)] {
        let bring = async || {
            server.request(Method::POST, path).bearer_auth(&server.admin_token).body(format!("{line}\n")).ask().await
        };
        let brought = twice(&state, bring).await.expect(200).json();
        assert_eq!(brought["items"][0]["outcome"], "created", "{brought}");
    }
    server.stop();
}
