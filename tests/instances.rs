//! Two hosts of one server, as behind a load balancer: whatever one has answered the other knows.

use crate::support::{App, Browser, Callback, Server, Tokens, server::State, signed_in};

const SETTINGS: [(&str, &str); 1] = [("login_throttle", "off")];

#[tokio::test]
async fn a_flow_may_go_on_at_another_host_at_every_step() {
    let state = State::new();
    let Some(one) = Server::start(&SETTINGS, &state) else { return };
    let two = one.start_beside(&SETTINGS, &state);
    let app_at_one = App::confidential(&one).await;
    let app_at_two = App { server: &two, ..app_at_one.clone() };
    let mut browser = Browser::new(&one);
    let person = browser.sign_up().await;
    // The login page comes from one host and is answered by the other.
    let mut elsewhere = Browser::new(&two);
    let page = elsewhere.begin(&app_at_two, &[]).await.expect(200);
    let form = elsewhere.form(&page, "/login");
    let mut back = Browser::new(&one);
    back.cookies = elsewhere.cookies.clone();
    let fields = [
        ("csrf", form.value("csrf")),
        ("interaction", form.value("interaction")),
        ("email", &person.email),
        ("password", &person.password),
    ];
    let answer = back.post("/login", &fields).await;
    let page = back.follow(answer).await.expect(200);
    let callback = Callback { url: back.decide(&page, "approve").await.location() };
    assert_eq!(callback.get("iss").as_deref(), Some(one.issuer.as_str()));
    // Redeemed where it was not issued, used where it was not redeemed.
    let tokens = app_at_two.redeem(&callback).await;
    assert!(one.accepts(&tokens.access).await);
    let next = app_at_one.refresh(tokens.refresh_token()).await;
    assert!(two.accepts(&next.access).await);
    app_at_two.revoke(next.refresh_token()).await.expect(200);
    assert!(!one.accepts(&next.access).await);
    assert_eq!(one.get("/jwks").await.json(), two.get("/jwks").await.json());
    // The session is known at both, and its end too.
    let mut moved = Browser::new(&two);
    moved.cookies = back.cookies.clone();
    assert!(moved.get("/").await.html().contains("Jane"));
    crate::logout::sign_out(&mut moved).await;
    assert!(!back.get("/").await.html().contains("Jane"));
    two.stop();
    one.stop();
}

#[tokio::test]
async fn races_across_hosts_have_one_winner() {
    let state = State::new();
    let Some(one) = Server::start(&SETTINGS, &state) else { return };
    let two = one.start_beside(&SETTINGS, &state);
    let mut user = signed_in(&one).await;
    let code = user.browser.authorize(&user.app, &[]).await.code();
    let at = |server| App { server, ..user.app.clone() };
    let hosts = [at(&one), at(&two)];
    let redemptions: Vec<_> = hosts
        .iter()
        .cycle()
        .take(20)
        .map(|app| {
            let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &app.redirect_uri)];
            let request = app.request("/token", &form);
            tokio::spawn(async move { crate::support::Ask::ask(request).await })
        })
        .collect();
    let mut won = 0;
    for redemption in redemptions {
        won += usize::from(redemption.await.unwrap().status == 200);
    }
    assert_eq!(won, 1);

    let refreshes: Vec<_> = hosts
        .iter()
        .cycle()
        .take(20)
        .map(|app| {
            let form = [("grant_type", "refresh_token"), ("refresh_token", user.tokens.refresh_token())];
            let request = app.request("/token", &form);
            tokio::spawn(async move { crate::support::Ask::ask(request).await })
        })
        .collect();
    let mut successors = Vec::new();
    for refresh in refreshes {
        successors.push(Tokens::of(&refresh.await.unwrap()).refresh_token().to_owned());
    }
    successors.dedup();
    assert_eq!(successors.len(), 1, "the family has forked");
    hosts[1].refresh(&successors[0]).await;
    two.stop();
    one.stop();
}

#[tokio::test]
async fn two_hosts_that_start_at_once_on_an_empty_directory_agree_on_the_keys() {
    let state = State::new();
    let Some(one) = Server::start(&SETTINGS, &state) else { return };
    let two = one.start_beside(&SETTINGS, &state);
    let ask = |server: &Server| {
        let url = server.url("/jwks");
        tokio::spawn(async move { crate::support::Ask::ask(crate::support::server::client().get(url)).await })
    };
    let (first, second) = (ask(&one), ask(&two));
    let (first, second) = (first.await.unwrap().expect(200).json(), second.await.unwrap().expect(200).json());
    assert_eq!(first["keys"].as_array().map(Vec::len), Some(3), "{first}");
    assert_eq!(first, second);
    two.stop();
    one.stop();
}
