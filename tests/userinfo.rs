//! Userinfo: OIDC Core §5.3, bearer tokens by RFC 6750.

use crate::support::{App, Ask, Browser, Method, Server, Tokens, signed_in};

async fn with_scope(scope: &str) -> (App<'static>, Tokens, crate::support::Person) {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    let person = browser.sign_up().await;
    let callback = browser.authorize(&app, &[("scope", scope)]).await;
    let tokens = app.redeem(&callback).await;
    (app, tokens, person)
}

#[tokio::test]
async fn every_scope_opens_its_claims() {
    let (app, tokens, person) = with_scope("openid profile email").await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(claims["given_name"], "Jane");
    assert_eq!(claims["family_name"], "Doe");
    assert_eq!(claims["name"], "Jane Doe");
    assert_eq!(claims["email"], person.email);
    assert_eq!(claims["access_level"], "user");
    assert!(claims["user_id"].as_str().unwrap().starts_with("JD-"));
}

#[tokio::test]
async fn openid_alone_opens_the_subject_alone() {
    let (app, tokens, _) = with_scope("openid").await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(claims.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub"]);
}

#[tokio::test]
async fn email_opens_no_name_and_profile_no_address() {
    let (app, tokens, _) = with_scope("openid email").await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert!(claims["email"].is_string() && claims.get("name").is_none() && claims.get("user_id").is_none(), "{claims}");
    let (app, tokens, _) = with_scope("openid profile").await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert!(claims["name"].is_string() && claims.get("email").is_none(), "{claims}");
}

#[tokio::test]
async fn the_token_may_come_by_post_in_the_header_or_the_form() {
    let user = signed_in(Server::shared()).await;
    let server = user.app.server;
    let by_get = server.get_as("/userinfo", &user.tokens.access).await.expect(200).json();
    let header = server.request(Method::POST, "/userinfo").bearer_auth(&user.tokens.access).ask().await;
    assert_eq!(header.expect(200).json(), by_get);
    let form = server.post("/userinfo", &[("access_token", &user.tokens.access)]).await;
    assert_eq!(form.expect(200).json(), by_get);
}

#[tokio::test]
async fn the_name_of_the_scheme_may_be_in_any_case() {
    let user = signed_in(Server::shared()).await;
    let request = user.app.server.request(Method::GET, "/userinfo");
    request.header("authorization", format!("bearer {}", user.tokens.access)).ask().await.expect(200);
}

#[tokio::test]
async fn a_token_in_the_query_is_no_token() {
    let user = signed_in(Server::shared()).await;
    let answer = user.app.server.get(&format!("/userinfo?access_token={}", user.tokens.access)).await;
    assert!(matches!(answer.status, 400 | 401), "{}", answer.body);
}

#[tokio::test]
async fn a_token_in_two_places_is_an_invalid_request() {
    let user = signed_in(Server::shared()).await;
    let request = user.app.server.request(Method::POST, "/userinfo").bearer_auth(&user.tokens.access);
    let answer = request.form(&[("access_token", &user.tokens.access)]).ask().await;
    // "Clients MUST NOT use more than one method to transmit the token in each request." (RFC 6750 §2)
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.json()["error"], "invalid_request");
}

#[tokio::test]
async fn without_a_token_the_challenge_is_bare() {
    for method in [Method::GET, Method::POST] {
        let answer = Server::shared().request(method, "/userinfo").ask().await.expect(401);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        // "the resource server SHOULD NOT include an error code or other error information" (RFC 6750 §3.1)
        assert!(!challenge.contains("error="), "{challenge}");
    }
}

#[tokio::test]
async fn a_bad_token_is_challenged_with_the_reason() {
    let user = signed_in(Server::shared()).await;
    let good = &user.tokens.access;
    let mut changed = good.clone().into_bytes();
    changed[20] = if changed[20] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for token in [
        "x",
        "sat_",
        "sat_AAAA",
        &good[..good.len() - 1],
        &good.replace("sat_", "srt_"),
        &changed,
        user.tokens.refresh_token(),
        user.tokens.id_token(),
    ] {
        let answer = user.app.server.get_as("/userinfo", token).await;
        answer.expect_error(401, "invalid_token");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer") && challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
}

#[tokio::test]
async fn a_token_of_a_client_stands_for_no_user() {
    let app = App::machine(Server::shared()).await;
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    let answer = app.server.get_as("/userinfo", &tokens.access).await;
    answer.expect_error(403, "insufficient_scope");
    assert!(answer.header("www-authenticate").contains("error=\"insufficient_scope\""));
}

#[tokio::test]
async fn basic_credentials_are_no_token() {
    let app = App::confidential(Server::shared()).await;
    let request = app.server.request(Method::GET, "/userinfo").basic_auth(&app.id, app.secret.as_ref());
    let answer = request.ask().await;
    assert!(matches!(answer.status, 400 | 401), "{}", answer.body);
}

#[tokio::test]
async fn what_userinfo_says_is_not_kept() {
    let user = signed_in(Server::shared()).await;
    let answer = user.app.server.get_as("/userinfo", &user.tokens.access).await.expect(200);
    assert!(answer.header("cache-control").contains("no-store"), "{:?}", answer.headers);
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let answer = Server::shared().request(Method::PUT, "/userinfo").ask().await.expect(405);
    let allow = answer.header("allow");
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
}
