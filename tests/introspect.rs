//! Introspection: RFC 7662.

use crate::support::{
    Answer, App, Ask, Method, Server, Tokens, Value, json, jwt, pass, profile, signed_in, tokens_for, unique,
};

const PATH: &str = "/introspect";

/// What this application is told of a token.
async fn about(app: &App<'_>, token: &str) -> Value {
    ask(app, &[("token", token)]).await.expect(200).json()
}

async fn ask(app: &App<'_>, form: &[(&str, &str)]) -> Answer {
    app.request(PATH, form).ask().await
}

#[track_caller]
fn assert_inactive(answer: &Value) {
    // "SHOULD NOT include any additional information about an inactive token" (§2.2)
    assert_eq!(*answer, json!({"active": false}));
}

#[track_caller]
fn assert_active(answer: &Value) {
    assert_eq!(answer["active"], true, "{answer}");
}

#[tokio::test]
async fn a_resource_server_learns_what_a_users_access_token_is_good_for() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let answer = ask(&App::machine(server).await, &[("token", &user.tokens.access)]).await.expect(200);
    assert!(answer.header("cache-control").contains("no-store"));
    let userinfo = server.get_as("/userinfo", &user.tokens.access).await.expect(200).json();
    let mut token = answer.json();
    for time in ["exp", "auth_time"] {
        let time = token.as_object_mut().unwrap().remove(time).unwrap();
        assert!(time.is_i64(), "whole seconds: {}", answer.body);
    }
    assert_eq!(
        token,
        json!({
            "active": true, "scope": "openid profile email", "client_id": user.app.id, "sub": userinfo["sub"],
            "username": userinfo["user_id"], "token_type": "Bearer", "iss": server.issuer,
            "acr": "urn:spin-auth:acr:password",
        })
    );
}

#[tokio::test]
async fn a_clients_own_token_has_the_client_for_a_subject_and_no_username() {
    let server = Server::shared();
    let app = App::machine(server).await;
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials"), ("scope", "api:read")]).await);
    let mut token = about(&App::confidential(server).await, &tokens.access).await;
    assert!(token.as_object_mut().unwrap().remove("exp").unwrap().is_i64());
    assert_eq!(
        token,
        json!({
            "active": true, "scope": "api:read", "client_id": app.id, "sub": app.id, "token_type": "Bearer",
            "iss": server.issuer,
        })
    );
}

#[tokio::test]
async fn a_refresh_token_is_active_for_its_client_alone_and_is_no_bearer_token() {
    let user = signed_in(Server::shared()).await;
    let token = about(&user.app, user.tokens.refresh_token()).await;
    assert_active(&token);
    assert_eq!((&token["client_id"], &token["scope"]), (&json!(user.app.id), &json!("openid profile email")));
    assert!(token.get("token_type").is_none(), "{token}");
    assert_inactive(&about(&App::confidential(user.app.server).await, user.tokens.refresh_token()).await);
}

#[tokio::test]
async fn asking_about_a_replaced_refresh_token_changes_nothing() {
    let user = signed_in(Server::shared()).await;
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    let last = user.app.refresh(next.refresh_token()).await;
    for replaced in [user.tokens.refresh_token(), next.refresh_token()] {
        assert_inactive(&about(&user.app, replaced).await);
    }
    // To present the first one would have ended the grant.
    assert_active(&about(&user.app, last.refresh_token()).await);
    assert_active(&about(&user.app, &last.access).await);
    user.app.refresh(last.refresh_token()).await;
}

// ory/oathkeeper CVE-2021-32701: what was found good for one scope passed for another.
#[tokio::test]
async fn a_token_that_is_good_for_one_scope_is_not_active_for_another() {
    let server = Server::shared();
    let (app, asking) = (App::machine(server).await, App::machine(server).await);
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials"), ("scope", "api:read")]).await);
    for _ in 0..2 {
        for (scope, is_active) in
            [("api:read", true), ("api:write", false), ("api:read api:write", false), ("api", false), ("", true)]
        {
            let answer = ask(&asking, &[("token", &tokens.access), ("scope", scope)]).await.expect(200).json();
            if is_active {
                assert_eq!((&answer["active"], &answer["scope"]), (&json!(true), &json!("api:read")), "{scope}");
            } else {
                assert_inactive(&answer);
            }
        }
    }
    ask(&asking, &[("token", &tokens.access), ("scope", "api:\"read")]).await.expect_error(400, "invalid_scope");
}

#[tokio::test]
async fn a_narrowed_token_says_its_own_scope() {
    let user = signed_in(Server::shared()).await;
    let narrow = Tokens::of(&user.app.try_refresh(user.tokens.refresh_token(), &[("scope", "openid")]).await);
    assert_eq!(about(&user.app, &narrow.access).await["scope"], "openid");
}

#[tokio::test]
async fn what_is_unknown_is_inactive_and_no_error() {
    let mut user = signed_in(Server::shared()).await;
    let code = user.browser.authorize(&user.app, &[]).await.code();
    for token in ["x", "sat_AAAA", "srt_AAAA", &unique(), "eyJhbGciOiJub25lIn0.e30.", &code, user.tokens.id_token()] {
        assert_inactive(&about(&user.app, token).await);
    }
    // To ask about a code does not redeem it.
    Tokens::of(&user.app.try_redeem(&code, &[]).await);
}

#[tokio::test]
async fn a_token_that_was_changed_is_inactive() {
    let user = signed_in(Server::shared()).await;
    let (rest, last) = user.tokens.access.split_at(user.tokens.access.len() - 8);
    let changed = format!("{rest}{}", if last == "AAAAAAAA" { "BBBBBBBB" } else { "AAAAAAAA" });
    assert_inactive(&about(&user.app, &changed).await);
    assert_active(&about(&user.app, &user.tokens.access).await);
}

#[tokio::test]
async fn a_revoked_token_is_inactive() {
    let user = signed_in(Server::shared()).await;
    user.app.revoke(&user.tokens.access).await.expect(200);
    assert_inactive(&about(&user.app, &user.tokens.access).await);
    assert_active(&about(&user.app, user.tokens.refresh_token()).await);
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    user.app.revoke(next.refresh_token()).await.expect(200);
    for token in [&next.access, next.refresh_token()] {
        assert_inactive(&about(&user.app, token).await);
    }
}

#[tokio::test]
async fn tokens_of_a_suspended_or_deleted_user_are_inactive() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let both = [user.tokens.access.as_str(), user.tokens.refresh_token()];
    server.set_access_level(&user.person.email, "suspended").await;
    for token in both {
        assert_inactive(&about(&user.app, token).await);
    }
    server.set_access_level(&user.person.email, "user").await;
    for token in both {
        assert_inactive(&about(&user.app, token).await);
    }
    let user = signed_in(server).await;
    let both = [user.tokens.access.as_str(), user.tokens.refresh_token()];
    for token in both {
        assert_active(&about(&user.app, token).await);
    }
    let path = format!("/admin/api/users/{}", user.person.email);
    server.administer(Method::DELETE, &path, json!({})).await.expect(204);
    for token in both {
        assert_inactive(&about(&user.app, token).await);
    }
}

#[tokio::test]
async fn an_expired_token_is_inactive() {
    let Some(server) = Server::with(profile::SHORT) else { return };
    let user = signed_in(server).await;
    pass(3).await;
    assert_inactive(&about(&user.app, &user.tokens.access).await);
    pass(3).await;
    assert_inactive(&about(&user.app, user.tokens.refresh_token()).await);
}

#[tokio::test]
async fn the_hint_may_be_wrong_or_unknown() {
    let user = signed_in(Server::shared()).await;
    for hint in ["refresh_token", "access_token", "unknown"] {
        for token in [&user.tokens.access, user.tokens.refresh_token()] {
            let answer = ask(&user.app, &[("token", token), ("token_type_hint", hint)]).await;
            assert_active(&answer.expect(200).json());
        }
    }
}

#[tokio::test]
async fn who_does_not_prove_who_they_are_is_told_nothing() {
    let user = signed_in(Server::shared()).await;
    let server = user.app.server;
    for token in [user.tokens.access.as_str(), "sat_AAAA"] {
        let form = [("token", token)];
        let wrong = server.request(Method::POST, PATH).basic_auth(&user.app.id, Some("scs_wrong")).form(&form);
        let answer = wrong.ask().await;
        answer.expect_error(401, "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic "));
        server.post(PATH, &[form[0], ("client_id", &user.app.id)]).await.expect_error(401, "invalid_client");
        server.post(PATH, &[form[0], ("client_id", "unknown")]).await.expect_error(401, "invalid_client");
        server.post(PATH, &form).await.expect_error(401, "invalid_client");
        // The token itself is no right to ask about it.
        let bearer = server.request(Method::POST, PATH).bearer_auth(&user.tokens.access).form(&form);
        bearer.ask().await.expect_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn a_public_client_cannot_ask_not_even_about_its_own_tokens() {
    let app = App::public(Server::shared()).await;
    let (_, _, tokens) = tokens_for(&app).await;
    for token in [&tokens.access, tokens.refresh_token()] {
        ask(&app, &[("token", token)]).await.expect_error(401, "invalid_client");
    }
    // A resource server may ask about an access token of a public client.
    assert_active(&about(&App::machine(app.server).await, &tokens.access).await);
}

#[tokio::test]
async fn the_secret_may_come_in_the_form() {
    let app = App::machine(Server::shared()).await;
    let form = [("token", "x"), ("client_id", &app.id), ("client_secret", app.secret.as_deref().unwrap())];
    assert_inactive(&app.server.post(PATH, &form).await.expect(200).json());
}

#[tokio::test]
async fn a_request_without_a_token_is_invalid() {
    let app = App::confidential(Server::shared()).await;
    ask(&app, &[("token_type_hint", "access_token")]).await.expect_error(400, "invalid_request");
    ask(&app, &[("token", "")]).await.expect_error(400, "invalid_request");
    ask(&app, &[("token", "a"), ("token", "b")]).await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn introspection_is_by_post_and_for_no_page() {
    let server = Server::shared();
    // "The protected resource calls the introspection endpoint using an HTTP POST request" (§2.1): a query ends up in logs.
    let answer = server.get("/introspect?token=x").await.expect(405);
    assert_eq!(answer.header("allow"), "POST");
    let Some(server) = Server::with(profile::STRICT) else { return };
    let origin = "https://spa.example";
    let preflight = server.request(Method::OPTIONS, PATH).header("origin", origin);
    let preflight = preflight.header("access-control-request-method", "POST").ask().await;
    let answer = server.request(Method::POST, PATH).header("origin", origin).form(&[("token", "x")]).ask().await;
    for answer in [preflight, answer] {
        assert!(answer.headers.get("access-control-allow-origin").is_none(), "{:?}", answer.headers);
    }
}

#[tokio::test]
async fn a_resource_server_that_asks_for_a_jwt_gets_the_same_answer_signed_for_itself() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let more = json!({"introspection_signed_response_alg": "ES256", "redirect_uris": [], "scope": "api:read",
        "grant_types": ["client_credentials"]});
    let signed = App::register(server, more).await;
    for (app, algorithm) in [(&signed, "ES256"), (&App::machine(server).await, "RS256")] {
        for (token, active) in [(user.tokens.access.as_str(), true), ("sat_unknown", false)] {
            let request = app.request(PATH, &[("token", token)]);
            let accept = "application/json;q=0.5, Application/token-introspection+JWT";
            let answer = request.header("accept", accept).ask().await.expect(200);
            assert_eq!(answer.header("content-type"), "application/token-introspection+jwt");
            let (header, claims) = (jwt::header(&answer.body), jwt::claims(&answer.body));
            assert_eq!((&header["typ"], &header["alg"]), (&json!("token-introspection+jwt"), &json!(algorithm)));
            assert_eq!((&claims["iss"], &claims["aud"]), (&json!(server.issuer), &json!(app.id)));
            assert!(claims["iat"].is_i64() && claims.get("sub").is_none() && claims.get("exp").is_none(), "{claims}");
            assert_eq!(claims["token_introspection"], about(app, token).await);
            assert_eq!(claims["token_introspection"]["active"], active);
            // It is no access token, and no ID token.
            assert!(!server.accepts(&answer.body).await);
        }
    }
}
