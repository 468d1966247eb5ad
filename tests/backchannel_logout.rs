//! Applications are told by this server that a session has ended: OIDC Back-Channel Logout.

use std::{collections::BTreeSet, time::Duration};

use crate::support::{
    App, Browser, Method, Person, REDIRECT_URI, Server, Value,
    app::{Tokens, register},
    decode, json, jwt, profile,
    site::{Reply, Site},
    tokens_for, unique,
};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const BYE: &str = "https://app.example/bye";

/// An application that is told at a path of this site which no other test uses, and that path.
async fn listening<'s>(server: &'s Server, site: &Site, more: Value) -> (App<'s>, String) {
    let path = format!("/{}/logout", unique());
    let mut metadata = json!({
        "redirect_uris": [REDIRECT_URI], "scope": "openid profile email", "post_logout_redirect_uris": [BYE],
        "backchannel_logout_uri": site.url(&path), "backchannel_logout_session_required": true,
    });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (App::register(server, metadata).await, path)
}

/// The logout tokens that came to this path.
fn told(site: &Site, path: &str) -> Vec<String> {
    let received = site.received(path).into_iter().map(|request| {
        assert_eq!(
            (request.method.as_str(), request.headers["content-type"].as_str()),
            ("POST", "application/x-www-form-urlencoded")
        );
        match decode(&request.body).as_slice() {
            [(name, token)] if name == "logout_token" => token.clone(),
            other => panic!("{other:?}"),
        }
    });
    received.collect()
}

/// The logout tokens that came to this path, once there are some: who told the application may be the sign-out of another
/// test, which then is not done yet.
async fn heard(site: &Site, path: &str) -> Vec<String> {
    for _ in 0..50 {
        if !told(site, path).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    told(site, path)
}

async fn sign_out(browser: &mut Browser<'_>) {
    crate::logout::sign_out(browser).await;
}

async fn deliver(server: &Server) -> Value {
    server.administer(Method::POST, "/admin/api/logouts/deliver", json!({})).await.expect(200).json()
}

#[tokio::test]
async fn the_metadata_says_so_and_registration_keeps_where_to() {
    let server = Server::shared();
    let metadata = server.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["backchannel_logout_supported"], true);
    assert_eq!(metadata["backchannel_logout_session_supported"], true);
    let good = json!({
        "redirect_uris": [REDIRECT_URI], "backchannel_logout_uri": "https://app.example:8443/out?of=here",
        "backchannel_logout_session_required": true,
    });
    let client = register(server, good.clone()).await.expect(201).json();
    assert_eq!(client["backchannel_logout_uri"], good["backchannel_logout_uri"]);
    assert_eq!(client["backchannel_logout_session_required"], true);
    for bad in [
        "/out",
        "https://app.example/out#here",
        "ftp://app.example/out",
        "https://u@app.example/",
        "javascript:alert(1)",
    ] {
        let mut metadata = good.clone();
        metadata["backchannel_logout_uri"] = json!(bad);
        register(server, metadata).await.expect_error(400, "invalid_client_metadata");
    }
    let public = json!({
        "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none",
        "backchannel_logout_uri": "http://app.example/out",
    });
    register(server, public).await.expect_error(400, "invalid_client_metadata");
}

#[tokio::test]
async fn each_application_of_the_session_is_told_before_the_redirect_and_no_other() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let site = Site::start();
    let (app, path) = listening(server, &site, json!({})).await;
    let (second, second_path) = listening(server, &site, json!({"grant_types": ["authorization_code"]})).await;
    let (stranger, stranger_path) = listening(server, &site, json!({})).await;
    for path in [&path, &second_path, &stranger_path] {
        site.serve(path, Reply::empty(200));
    }
    let (mut browser, person, tokens) = tokens_for(&app).await;
    app.redeem(&browser.authorize(&app, &[]).await).await;
    second.redeem(&browser.authorize(&second, &[]).await).await;
    let mut elsewhere = Browser::new(server);
    elsewhere.sign_in(&person).await;
    stranger.redeem(&elsewhere.authorize(&stranger, &[]).await).await;
    let query = crate::support::encode(&[("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE)]);
    let answer = browser.get(&format!("/logout?{query}")).await;
    assert_eq!(answer.location().as_str(), BYE);
    let told_app = heard(&site, &path).await;
    assert_eq!(
        (told_app.len(), heard(&site, &second_path).await.len()),
        (1, 1),
        "once, although there were two grants"
    );
    assert!(told(&site, &stranger_path).is_empty(), "another session goes on");
    let (header, claims) = (jwt::header(&told_app[0]), jwt::claims(&told_app[0]));
    assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("logout+jwt"), Some("RS256")));
    let keys = server.get("/jwks").await.json();
    assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"]));
    let id = jwt::claims(tokens.id_token());
    for name in ["iss", "sub", "sid", "aud"] {
        assert_eq!(claims[name], id[name], "{name}");
    }
    assert_eq!(claims["events"], json!({EVENT: {}}));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
    assert!(!claims["jti"].as_str().unwrap().is_empty() && claims.get("nonce").is_none(), "{claims}");
    // Nothing is told twice.
    deliver(server).await;
    assert_eq!(told(&site, &path).len(), 1);
}

#[tokio::test]
async fn a_pairwise_application_is_told_by_its_own_name_for_the_user_and_by_its_own_algorithm() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let site = Site::start();
    let more = json!({"subject_type": "pairwise", "id_token_signed_response_alg": "EdDSA"});
    let (app, path) = listening(server, &site, more).await;
    site.serve(&path, Reply::empty(204));
    let (mut browser, _, tokens) = tokens_for(&app).await;
    sign_out(&mut browser).await;
    let token = heard(&site, &path).await.remove(0);
    assert_eq!(jwt::header(&token)["alg"], "EdDSA");
    assert_eq!(jwt::claims(&token)["sub"], jwt::claims(tokens.id_token())["sub"]);
}

#[tokio::test]
async fn what_has_just_been_tried_is_left_for_later() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let site = Site::start();
    for status in [503, 400] {
        let (app, path) = listening(server, &site, json!({})).await;
        site.serve(&path, Reply::empty(status));
        let (mut browser, ..) = tokens_for(&app).await;
        sign_out(&mut browser).await;
        deliver(server).await;
        assert_eq!(heard(&site, &path).await.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn an_application_that_does_not_answer_holds_nobody_up() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    // It accepts connections and never says anything.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/logout", silent.local_addr().unwrap());
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid", "backchannel_logout_uri": uri});
    let app = App::register(server, metadata).await;
    let (mut browser, ..) = tokens_for(&app).await;
    let page = browser.get("/logout").await.expect(200);
    let signed_out = tokio::time::timeout(Duration::from_secs(5), browser.submit(&page, "/logout", &[])).await;
    signed_out.expect("an answer is waited for no longer than three seconds").expect(200);
    assert!(browser.session().is_none());
}

/// An application that is told, and a user of it with the tokens that it got.
struct Told<'s> {
    app: App<'s>,
    path: String,
    browser: Browser<'s>,
    person: Person,
    tokens: Tokens,
}

async fn someone_of<'s>(server: &'s Server, site: &Site) -> Told<'s> {
    let (app, path) = listening(server, site, json!({})).await;
    site.serve(&path, Reply::empty(200));
    let (browser, person, tokens) = tokens_for(&app).await;
    Told { app, path, browser, person, tokens }
}

#[tokio::test]
async fn a_change_of_password_is_told_to_the_applications_of_every_session() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let site = Site::start();
    let Told { app, path, mut browser, person, .. } = someone_of(server, &site).await;
    let mut elsewhere = Browser::new(server);
    elsewhere.sign_in(&person).await;
    app.redeem(&elsewhere.authorize(&app, &[]).await).await;
    let page = browser.get("/account/password").await.expect(200);
    let fields = [("current_password", person.password.as_str()), ("new_password", "another horse altogether")];
    browser.submit(&page, "/account/password", &fields).await.expect(200);
    for _ in 0..50 {
        if told(&site, &path).len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let sessions: BTreeSet<_> = told(&site, &path).iter().map(|token| jwt::claims(token)["sid"].to_string()).collect();
    assert_eq!(sessions.len(), 2);
}

#[tokio::test]
async fn whatever_an_administrator_ends_is_told_at_once() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let site = Site::start();
    for (act, body) in [
        ("DELETE /admin/api/sessions/{sid}", json!({})),
        ("DELETE /admin/api/users/{email}/sessions", json!({})),
        ("PATCH /admin/api/users/{email}", json!({"access_level": "suspended"})),
        ("POST /admin/api/users/{email}/reset-password", json!({})),
        ("DELETE /admin/api/users/{email}", json!({})),
    ] {
        let Told { path, person, tokens, .. } = someone_of(server, &site).await;
        let id = jwt::claims(tokens.id_token());
        let (method, route) = act.split_once(' ').unwrap();
        let route = route.replace("{sid}", id["sid"].as_str().unwrap()).replace("{email}", &person.email);
        let answer = server.administer(method.parse().unwrap(), &route, body).await;
        assert!(matches!(answer.status, 200 | 204), "{act}: {}", answer.body);
        let heard = heard(&site, &path).await;
        let claims = jwt::claims(heard.first().unwrap_or_else(|| panic!("{act} was not told")));
        assert_eq!((&claims["sid"], &claims["sub"]), (&id["sid"], &id["sub"]), "{act}");
    }
}

#[tokio::test]
async fn an_administrator_is_not_held_up_either_and_what_does_not_sign_out_tells_nobody() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let site = Site::start();
    let Told { path, person, .. } = someone_of(server, &site).await;
    let user = format!("/admin/api/users/{}", person.email);
    server.administer(Method::PATCH, &user, json!({"given_name": "Joan"})).await.expect(200);
    assert_eq!(told(&site, &path).len(), 0);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/logout", silent.local_addr().unwrap());
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid", "backchannel_logout_uri": uri});
    let app = App::register(server, metadata).await;
    let (_, person, _) = tokens_for(&app).await;
    let user = format!("/admin/api/users/{}", person.email);
    let suspended = server.administer(Method::PATCH, &user, json!({"access_level": "suspended"}));
    tokio::time::timeout(Duration::from_secs(5), suspended).await.expect("three seconds and no longer").expect(200);
}

#[tokio::test]
async fn the_clock_and_the_administrator_end_sessions_and_applications_are_told() {
    let Some(server) = Server::with(profile::SHORT_SESSION_OUTBOUND) else { return };
    let site = Site::start();
    let (app, path) = listening(server, &site, json!({})).await;
    let (suspended, suspended_path) = listening(server, &site, json!({})).await;
    site.serve(&path, Reply::empty(200));
    site.serve(&suspended_path, Reply::empty(200));
    let (_, _, tokens) = tokens_for(&app).await;
    let (_, person, _) = tokens_for(&suspended).await;
    server.set_access_level(&person.email, "suspended").await;
    assert_eq!(heard(&site, &suspended_path).await.len(), 1);
    crate::support::pass(3).await;
    deliver(server).await;
    assert_eq!(told(&site, &path).len(), 1);
    // What was allowed goes on: nobody has signed out.
    app.refresh(tokens.refresh_token()).await;
}
