//! The device grant: a device without a browser, and its user with one.

use crate::support::{Answer, App, Ask, Browser, Method, REDIRECT_URI, Server, Tokens, html, json, jwt, pass, profile};

pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What a device is told.
pub struct Codes {
    pub device: String,
    pub user: String,
    pub complete: String,
}

/// A program without a secret on a device without a browser.
pub async fn device(server: &Server) -> App<'_> {
    let metadata = json!({
        "client_name": "Sample Television", "client_uri": "https://tv.example/about", "scope": "openid profile email",
        "grant_types": [GRANT_TYPE, "refresh_token"], "token_endpoint_auth_method": "none",
    });
    App::register(server, metadata).await
}

/// Starts a device authorization.
pub async fn begin(app: &App<'_>) -> Codes {
    let answer = app.request("/device_authorization", &[("scope", &app.scope)]).ask().await.expect(200);
    let text = |name: &str| answer.json()[name].as_str().expect(name).to_owned();
    Codes { device: text("device_code"), user: text("user_code"), complete: text("verification_uri_complete") }
}

/// The device asks for its tokens.
pub async fn poll(app: &App<'_>, device_code: &str) -> Answer {
    app.token(&[("grant_type", GRANT_TYPE), ("device_code", device_code)]).await
}

/// Enters a code at the page, as somebody who is signed in.
pub async fn enter(browser: &mut Browser<'_>, user_code: &str) -> Answer {
    let page = browser.get("/device").await.expect(200);
    browser.submit(&page, "/device", &[("user_code", user_code)]).await
}

/// Answers the question.
pub async fn decide(browser: &mut Browser<'_>, page: &Answer, decision: &str) -> Answer {
    browser.submit(page, "/device", &[("decision", decision)]).await
}

#[tokio::test]
async fn a_device_gets_tokens_once_its_user_has_allowed_it() {
    let app = device(Server::shared()).await;
    let codes = begin(&app).await;
    poll(&app, &codes.device).await.expect_error(400, "authorization_pending");
    let mut browser = Browser::new(app.server);
    let person = browser.sign_up().await;
    let page = enter(&mut browser, &codes.user).await.expect(200);
    // Who asks, for what, whom, and which device it is.
    let text = html::unescape(page.html());
    for part in ["Sample Television", "tv.example", &codes.user, &person.email, "your name", "your email address"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let done = decide(&mut browser, &page, "approve").await.expect(200);
    assert!(done.html().contains("Go back to your device"));
    let tokens = Tokens::of(&poll(&app, &codes.device).await);
    assert_eq!(tokens.scope, app.scope);
    let claims = jwt::claims(tokens.id_token());
    assert_eq!((claims["aud"].as_str(), claims.get("nonce")), (Some(app.id.as_str()), None));
    assert!(app.server.accepts(&tokens.access).await);
}

#[tokio::test]
async fn what_a_device_got_is_a_grant_like_any_other() {
    let app = device(Server::shared()).await;
    let (mut browser, codes) = (Browser::new(app.server), begin(&app).await);
    let person = browser.sign_up().await;
    let page = enter(&mut browser, &codes.user).await.expect(200);
    decide(&mut browser, &page, "approve").await.expect(200);
    let tokens = Tokens::of(&poll(&app, &codes.device).await);
    let next = app.refresh(tokens.refresh_token()).await;
    assert!(app.server.accepts(&next.access).await);
    // The browser that allowed it may sign out.
    let home = browser.get("/").await;
    browser.submit(&home, "/logout", &[]).await;
    let next = app.refresh(next.refresh_token()).await;
    let machine = App::machine(app.server).await;
    let told = machine.request("/introspect", &[("token", &next.access)]).ask().await.json();
    assert_eq!((told["active"].as_bool(), told["client_id"].as_str()), (Some(true), Some(app.id.as_str())));
    app.revoke(next.refresh_token()).await.expect(200);
    assert!(!app.server.accepts(&next.access).await);
    // And allowed is allowed: the person's account ends what is left of it.
    app.server.set_access_level(&person.email, "suspended").await;
    poll(&app, &codes.device).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn the_answer_has_every_member_and_is_not_stored() {
    let app = device(Server::shared()).await;
    let answer = app.request("/device_authorization", &[("scope", "openid"), ("unknown", "x")]).ask().await.expect(200);
    assert!(answer.header("cache-control").contains("no-store"), "{:?}", answer.headers);
    let json = answer.json();
    let page = format!("{}/device", app.server.issuer);
    let code = json["user_code"].as_str().unwrap();
    assert_eq!(json["verification_uri"], page);
    assert_eq!(json["verification_uri_complete"], format!("{page}?user_code={code}"));
    assert_eq!((json["expires_in"].as_i64(), json["interval"].as_i64()), (Some(600), Some(5)));
    let groups: Vec<&str> = code.split('-').collect();
    assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [4, 4], "{code}");
    assert!(code.replace('-', "").chars().all(|letter| "BCDFGHJKLMNPQRSTVWXZ".contains(letter)), "{code}");
    assert!(json["device_code"].as_str().unwrap().len() > 64, "{json}");
}

#[tokio::test]
async fn who_may_ask_is_decided_as_at_the_token_endpoint() {
    let server = Server::shared();
    let app = device(server).await;
    let metadata = json!({"grant_types": [GRANT_TYPE], "scope": "openid"});
    let confidential = App::register(server, metadata).await;
    let ask = |form: &[(&str, &str)]| server.request(Method::POST, "/device_authorization").form(form).ask();
    ask(&[]).await.expect_error(401, "invalid_client");
    ask(&[("client_id", "unknown")]).await.expect_error(401, "invalid_client");
    ask(&[("client_id", &confidential.id)]).await.expect_error(401, "invalid_client");
    let wrong = [("client_id", confidential.id.as_str()), ("client_secret", "scs_wrong")];
    ask(&wrong).await.expect_error(401, "invalid_client");
    ask(&[("client_id", &app.id), ("scope", "api:read")]).await.expect_error(400, "invalid_scope");
    ask(&[("client_id", &app.id), ("client_id", &app.id)]).await.expect_error(400, "invalid_request");
    confidential.request("/device_authorization", &[]).ask().await.expect(200);
    ask(&[("client_id", &app.id), ("scope", "")]).await.expect(200);
    // A client for the browser is not one for devices.
    let other = App::public(server).await;
    other.request("/device_authorization", &[]).ask().await.expect_error(400, "unauthorized_client");
    poll(&other, "sdc_AAAA").await.expect_error(400, "unauthorized_client");
}

#[tokio::test]
async fn a_user_who_denies_leaves_the_device_without_tokens_for_good() {
    let app = device(Server::shared()).await;
    let (mut browser, codes) = (Browser::new(app.server), begin(&app).await);
    browser.sign_up().await;
    let page = enter(&mut browser, &codes.user).await.expect(200);
    decide(&mut browser, &page, "deny").await.expect(200);
    poll(&app, &codes.device).await.expect_error(400, "access_denied");
    // The page that is still open changes nothing about it.
    decide(&mut browser, &page, "approve").await.expect_error_page(400);
    poll(&app, &codes.device).await.expect_error(400, "access_denied");
}

#[tokio::test]
async fn a_device_that_asks_too_often_is_slowed_down() {
    let app = device(Server::shared()).await;
    let codes = begin(&app).await;
    poll(&app, &codes.device).await.expect_error(400, "authorization_pending");
    poll(&app, &codes.device).await.expect_error(400, "slow_down");
    pass(6).await;
    poll(&app, &codes.device).await.expect_error(400, "slow_down");
}

#[tokio::test]
async fn a_device_code_is_good_once() {
    let app = device(Server::shared()).await;
    let (mut browser, codes) = (Browser::new(app.server), begin(&app).await);
    browser.sign_up().await;
    let page = enter(&mut browser, &codes.user).await.expect(200);
    decide(&mut browser, &page, "approve").await.expect(200);
    let polls: Vec<_> = (0..20)
        .map(|_| {
            let request = app.request("/token", &[("grant_type", GRANT_TYPE), ("device_code", &codes.device)]);
            tokio::spawn(request.ask())
        })
        .collect();
    let mut won = Vec::new();
    for poll in polls {
        let answer = poll.await.unwrap();
        match answer.status {
            200 => won.push(Tokens::of(&answer)),
            _ => answer.expect_error(400, "invalid_grant"),
        }
    }
    assert_eq!(won.len(), 1);
    assert!(app.server.accepts(&won[0].access).await, "a device that asked twice has done nothing wrong");
}

#[tokio::test]
async fn both_codes_expire() {
    let Some(server) = Server::with(profile::SHORT) else { return };
    let app = device(server).await;
    let (mut browser, codes) = (Browser::new(server), begin(&app).await);
    browser.sign_up().await;
    let page = enter(&mut browser, &codes.user).await.expect(200);
    pass(3).await;
    poll(&app, &codes.device).await.expect_error(400, "expired_token");
    enter(&mut browser, &codes.user).await.expect(400);
    decide(&mut browser, &page, "approve").await.expect_error_page(400);
    poll(&app, &codes.device).await.expect_error(400, "expired_token");
}

#[tokio::test]
async fn what_is_no_device_code_is_refused() {
    let app = device(Server::shared()).await;
    let code = begin(&app).await.device;
    for bad in ["x", "sdc_", "sdc_AAAA", &code.replace("sdc_", "sac_"), &format!("{code}AAAA")] {
        poll(&app, bad).await.expect_error(400, "invalid_grant");
    }
    app.token(&[("grant_type", GRANT_TYPE)]).await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn case_and_punctuation_of_a_code_do_not_matter() {
    let app = device(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    for change in
        [|code: &str| code.to_lowercase().replace('-', ""), |code: &str| format!(" {} ", code.replace('-', " "))]
    {
        let page = enter(&mut browser, &change(&begin(&app).await.user)).await.expect(200);
        assert!(page.html().contains("Sample Television"));
    }
}

#[tokio::test]
async fn a_user_who_is_not_signed_in_signs_in_first_and_the_code_waits() {
    let app = device(Server::shared()).await;
    let codes = begin(&app).await;
    let person = Browser::new(app.server).sign_up().await;
    let mut browser = Browser::new(app.server);
    let path = app.server.own(&codes.complete).expect("a page of this server");
    let login = browser.visit(&path).await.expect(200);
    assert!(login.url.path().ends_with("/login"), "{}", login.url);
    let page = browser.log_in_at(&login, &person).await.expect(200);
    assert!(page.url.path().ends_with("/device"), "{}", page.url);
    // The code in the address saves typing it, and is still to be compared: nobody is asked and nothing happens before.
    assert!(page.html().contains(&codes.user) && page.html().contains("your device shows the same code"));
    assert!(!page.html().contains("Sample Television"));
    let question = browser.submit(&page, "/device", &[("user_code", &codes.user)]).await.expect(200);
    decide(&mut browser, &question, "approve").await.expect(200);
    Tokens::of(&poll(&app, &codes.device).await);
}

#[tokio::test]
async fn a_new_user_signs_up_on_the_way() {
    let app = device(Server::shared()).await;
    let codes = begin(&app).await;
    let mut browser = Browser::new(app.server);
    let login = browser.visit(&format!("/device?user_code={}", codes.user)).await.expect(200);
    let signup = login.body.split('"').find(|link| link.contains("/signup?interaction=")).expect("a way to sign up");
    let page = browser.get(&html::unescape(signup)).await.expect(200);
    let person = crate::support::Person::new();
    let answer = browser.submit(&page, "/signup", &person.application()).await;
    let page = browser.follow(answer).await.expect(200);
    assert!(page.url.path().ends_with("/device") && page.html().contains(&codes.user), "{}", page.url);
}

#[tokio::test]
async fn a_device_is_asked_about_even_where_the_application_was_allowed_before() {
    let app = device(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    for _ in 0..2 {
        let codes = begin(&app).await;
        let page = enter(&mut browser, &codes.user).await.expect(200);
        poll(&app, &codes.device).await.expect_error(400, "authorization_pending");
        decide(&mut browser, &page, "approve").await.expect(200);
    }
}

#[tokio::test]
async fn what_was_allowed_on_a_device_is_remembered_for_the_browser() {
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "scope": "openid profile", "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", GRANT_TYPE], "client_name": "Everywhere",
    });
    let app = App::register(Server::shared(), metadata).await;
    let (mut browser, codes) = (Browser::new(app.server), begin(&app).await);
    browser.sign_up().await;
    let page = enter(&mut browser, &codes.user).await.expect(200);
    decide(&mut browser, &page, "approve").await.expect(200);
    let tokens = Tokens::of(&poll(&app, &codes.device).await);
    assert_eq!(tokens.refresh, None, "it did not register for refresh tokens");
    let answer = browser.get(&app.authorize_path(&[])).await;
    crate::support::Callback { url: answer.location() }.code();
}

#[tokio::test]
async fn codes_that_are_not_there_slow_the_next_ones_down() {
    let Some(server) = Server::with(profile::DEFAULT) else { return };
    let app = device(server).await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    // A code that was entered right does not count, and does not clear the count either.
    enter(&mut browser, &begin(&app).await.user).await.expect(200);
    for guess in ["BCDFGHJB", "BCDFGHJC", "BCDFGHJD", "BCDFGHJF", "BCDFGHJG", "BCDFGHJH"] {
        enter(&mut browser, guess).await.expect(400);
    }
    let right = begin(&app).await.user;
    enter(&mut browser, &right).await.expect(200);
    enter(&mut browser, "BCDFGHJJ").await.expect(400);
    let answer = enter(&mut browser, &right).await.expect(429);
    let wait: u32 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait) && answer.html().contains("<form"), "{wait}");
    // Somebody else at the same address is not held up.
    let mut other = Browser::new(server);
    other.sign_up().await;
    enter(&mut other, &begin(&app).await.user).await.expect(200);
}

#[tokio::test]
async fn what_cannot_be_a_code_is_a_mistake_to_correct_and_no_guess() {
    let app = device(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    for typed in ["", "hello", "BCDF-GHJ1", "<script>"] {
        let page = enter(&mut browser, typed).await.expect(400);
        let form = browser.form(&page, "/device");
        let kept = form.inputs.iter().find(|(name, _)| name == "user_code").map(|(_, value)| value.as_str());
        assert_eq!(kept, Some(typed));
        assert!(!page.html().contains("<script>"));
    }
    let page = enter(&mut browser, &begin(&app).await.user).await.expect(200);
    decide(&mut browser, &page, "maybe").await.expect_error_page(400);
}

#[tokio::test]
async fn metadata_names_the_endpoint_and_the_grant() {
    let server = Server::shared();
    let metadata = server.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["device_authorization_endpoint"], format!("{}/device_authorization", server.issuer));
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT_TYPE)));
}
