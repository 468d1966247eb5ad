//! Token exchange: RFC 8693. An application that users sign in to calls services, and these call others.

use crate::support::{
    Answer, App, Ask, Browser, Method, REDIRECT_URI, Server, Tokens, Value, app::register, dpop::Key, json, jwt,
    profile, signed_in, tokens_for,
};

mod limits;

pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// What a client may exchange that may exchange the tokens of these for whatever is here.
fn policy(server: &Server, clients: &[&App<'_>]) -> Value {
    let clients: Vec<&str> = clients.iter().map(|client| client.id.as_str()).collect();
    json!({
        "modes": ["impersonation", "delegation"],
        "clients": clients,
        "resources": ["https://service.example"],
        "targets": {
            "sample": format!("{}/resource", server.issuer),
            "userinfo": format!("{}/userinfo", server.issuer),
            "orders": "https://orders.example",
            "service": "https://service.example",
        },
    })
}

/// A service that users do not sign in to.
fn metadata(policy: &Value) -> Value {
    json!({
        "grant_types": [GRANT_TYPE, "client_credentials"], "scope": "openid profile email api:read",
        "token_exchange": policy,
    })
}

async fn service(server: &'static Server, clients: &[&App<'_>]) -> App<'static> {
    App::register(server, metadata(&policy(server, clients))).await
}

/// The exchange of this token; `more` goes with it.
async fn try_exchange(by: &App<'_>, subject: &str, more: &[(&str, &str)]) -> Answer {
    by.token(&form(subject, more)).await
}

fn form<'a>(subject: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![("grant_type", GRANT_TYPE), ("subject_token", subject)];
    if !more.iter().any(|(name, _)| *name == "subject_token_type") {
        form.push(("subject_token_type", ACCESS_TOKEN));
    }
    form.extend(more);
    form
}

async fn exchange(by: &App<'_>, subject: &str, more: &[(&str, &str)]) -> Tokens {
    Tokens::of(&try_exchange(by, subject, more).await)
}

/// The same, where this client acts in its own name.
async fn delegate(by: &App<'_>, subject: &str, more: &[(&str, &str)]) -> Tokens {
    let own = own_token(by).await;
    let actor = [("actor_token", own.as_str()), ("actor_token_type", ACCESS_TOKEN)];
    exchange(by, subject, &[&actor, more].concat()).await
}

async fn own_token(by: &App<'_>) -> String {
    Tokens::of(&by.token(&[("grant_type", "client_credentials")]).await).access
}

async fn about(server: &'static Server, token: &str) -> Value {
    let asking = App::machine(server).await;
    asking.request("/introspect", &[("token", token)]).ask().await.expect(200).json()
}

/// Dead by every way to ask.
async fn is_dead(server: &'static Server, token: &str) -> bool {
    let inactive = about(server, token).await == json!({"active": false});
    let opens = server.get_as("/resource/me", token).await.status == 200 || server.accepts(token).await;
    assert_eq!(inactive, !opens);
    inactive
}

#[tokio::test]
async fn a_service_gets_a_token_of_its_own_for_the_user_of_anothers() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let service = service(server, &[&user.app]).await;
    let answer = try_exchange(&service, &user.tokens.access, &[]).await;
    let tokens = Tokens::of(&answer);
    let told = answer.json();
    assert_eq!((&told["issued_token_type"], &told["token_type"]), (&json!(ACCESS_TOKEN), &json!("Bearer")));
    assert!(tokens.access.starts_with("sat_") && tokens.refresh.is_none() && tokens.id.is_none());
    assert!((1..=900).contains(&told["expires_in"].as_i64().unwrap()));
    let (before, after) = (about(server, &user.tokens.access).await, about(server, &tokens.access).await);
    for same in ["sub", "username", "auth_time", "acr", "scope", "iss"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!((&after["client_id"], after.get("act")), (&json!(service.id), None));
    assert!(after["exp"].as_i64() <= before["exp"].as_i64());
    for path in ["/userinfo", "/resource/me"] {
        let claims = server.get_as(path, &tokens.access).await.expect(200);
        assert!(claims.body.contains(&user.person.email), "{}", claims.body);
    }
    assert!(server.accepts(&user.tokens.access).await, "the exchange has no impact on the subject token");
}

#[tokio::test]
async fn the_token_is_for_what_was_asked_for_by_name_or_by_resource_and_for_nothing_else() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let service = service(server, &[&user.app]).await;
    let sample = format!("{}/resource", server.issuer);
    for (asked, aud) in [
        (&[("audience", "orders")][..], json!("https://orders.example")),
        (&[("audience", "https://orders.example/")], json!("https://orders.example")),
        (&[("resource", sample.as_str())], json!(sample)),
        (&[("audience", "sample"), ("resource", "https://Orders.example/")], json!([sample, "https://orders.example"])),
        (&[("audience", "sample"), ("audience", "sample"), ("resource", sample.as_str())], json!(sample)),
    ] {
        let tokens = exchange(&service, &user.tokens.access, asked).await;
        assert_eq!(about(server, &tokens.access).await["aud"], aud, "{asked:?}");
        let opens = server.get_as("/resource/me", &tokens.access).await.status == 200;
        assert_eq!(opens, aud.to_string().contains(&sample), "{asked:?}");
        server.get_as("/userinfo", &tokens.access).await.expect_error(401, "invalid_token");
    }
    for unknown in [
        &[("audience", "nobody")][..],
        &[("audience", service.id.as_str())],
        &[("resource", "https://orders.example/admin")],
        &[("resource", server.issuer.as_str())],
        &[("audience", "orders"), ("audience", "nobody")],
        &[("audience", "orders"), ("resource", "https://other.example")],
        &[("resource", "orders")],
    ] {
        let answer = try_exchange(&service, &user.tokens.access, unknown).await;
        answer.expect_error(400, "invalid_target");
    }
}

#[tokio::test]
async fn the_scope_goes_beyond_neither_that_of_the_subject_nor_that_of_the_client() {
    let server = Server::shared();
    let app = App::register(
        server,
        json!({"redirect_uris": [REDIRECT_URI], "scope": "openid profile email api:write offline_access"}),
    )
    .await;
    let (_, _, tokens) = tokens_for(&app).await;
    let service = service(server, &[&app]).await;
    assert_eq!(exchange(&service, &tokens.access, &[]).await.scope, "openid profile email");
    assert_eq!(exchange(&service, &tokens.access, &[("scope", "profile")]).await.scope, "profile");
    for wider in ["api:read", "profile api:write", "offline_access", "profile admin"] {
        let answer = try_exchange(&service, &tokens.access, &[("scope", wider)]).await;
        answer.expect_error(400, "invalid_scope");
    }
    // A narrowed token does not become wide again.
    let narrow = Tokens::of(&app.try_refresh(tokens.refresh_token(), &[("scope", "email")]).await);
    assert_eq!(exchange(&service, &narrow.access, &[]).await.scope, "email");
    try_exchange(&service, &narrow.access, &[("scope", "profile")]).await.expect_error(400, "invalid_scope");
    let narrow = Tokens::of(&app.try_refresh(narrow.refresh_token(), &[("scope", "api:write")]).await);
    try_exchange(&service, &narrow.access, &[]).await.expect_error(400, "invalid_scope");
}

#[tokio::test]
async fn who_acts_is_told_and_who_acted_before_stays_inside() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let first = service(server, &[&user.app]).await;
    let second = service(server, &[&first]).await;
    let third = service(server, &[&second]).await;
    let one = delegate(&first, &user.tokens.access, &[]).await;
    let told = about(server, &one.access).await;
    assert_eq!((&told["client_id"], &told["act"]), (&json!(first.id), &json!({"sub": first.id})));
    let two = delegate(&second, &one.access, &[]).await;
    let told = about(server, &two.access).await;
    assert_eq!(told["act"], json!({"sub": second.id, "act": {"sub": first.id}}));
    assert_eq!(told["sub"], about(server, &user.tokens.access).await["sub"]);
    // Who does not say that it acts does not make the others forgotten.
    let three = exchange(&third, &two.access, &[("requested_token_type", JWT)]).await;
    let claims = jwt::claims(&three.access);
    assert_eq!((&claims["act"], &claims["client_id"]), (&told["act"], &json!(third.id)));
    assert_eq!(about(server, &three.access).await["act"], told["act"]);
    server.get_as("/resource/me", &three.access).await.expect(200);
}

#[tokio::test]
async fn a_user_of_the_client_may_be_who_acts_and_ends_with_their_own_grant() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let mut desk = metadata(&policy(server, &[&user.app]));
    desk["grant_types"] = json!([GRANT_TYPE, "authorization_code", "refresh_token"]);
    desk["redirect_uris"] = json!([REDIRECT_URI]);
    let desk = App::register(server, desk).await;
    let (_, helper, own) = tokens_for(&desk).await;
    let actor = [("actor_token", own.access.as_str()), ("actor_token_type", ACCESS_TOKEN)];
    let tokens = exchange(&desk, &user.tokens.access, &actor).await;
    let (told, helping) = (about(server, &tokens.access).await, about(server, &own.access).await);
    assert_eq!((&told["act"], &told["client_id"]), (&json!({"sub": helping["sub"]}), &json!(desk.id)));
    let claims = server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(claims["email"], user.person.email.as_str());
    // Nobody acts who is suspended, whoever else is not.
    server.set_access_level(&helper.email, "suspended").await;
    assert!(is_dead(server, &tokens.access).await);
    assert!(server.accepts(&user.tokens.access).await);
    try_exchange(&desk, &user.tokens.access, &actor).await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn who_acts_must_be_the_client_or_its_user() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let first = service(server, &[&user.app]).await;
    let second = service(server, &[&user.app, &first]).await;
    let exchanged = exchange(&first, &user.tokens.access, &[]).await.access;
    let of_another = own_token(&second).await;
    for actor in [&user.tokens.access, &exchanged, &of_another, "x", user.tokens.id_token()] {
        let more = [("actor_token", actor), ("actor_token_type", ACCESS_TOKEN)];
        try_exchange(&first, &user.tokens.access, &more).await.expect_error(400, "invalid_request");
    }
    let own = own_token(&first).await;
    for half in [("actor_token", own.as_str()), ("actor_token_type", ACCESS_TOKEN)] {
        try_exchange(&first, &user.tokens.access, &[half]).await.expect_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_client_exchanges_only_in_the_ways_and_of_the_clients_that_it_may() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let stranger = App::confidential(server).await;
    for (mode, with_actor) in [("impersonation", true), ("delegation", false)] {
        let mut only = policy(server, &[&user.app]);
        only["modes"] = json!([mode]);
        let service = App::register(server, metadata(&only)).await;
        let own = own_token(&service).await;
        let actor = [("actor_token", own.as_str()), ("actor_token_type", ACCESS_TOKEN)];
        let refused = if with_actor { &actor[..] } else { &[] };
        let allowed = if with_actor { &[] } else { &actor[..] };
        try_exchange(&service, &user.tokens.access, refused).await.expect_error(400, "invalid_request");
        exchange(&service, &user.tokens.access, allowed).await;
    }
    let service = service(server, &[&stranger]).await;
    try_exchange(&service, &user.tokens.access, &[]).await.expect_error(400, "invalid_request");
    let own = own_token(&service).await;
    try_exchange(&service, &own, &[]).await.expect_error(400, "invalid_request");
    // Its own name in the list makes its own tokens no tokens of a user.
    let path = format!("/admin/api/clients/{}", service.id);
    let itself = json!({"token_exchange": policy(server, &[&service])});
    server.administer(Method::PATCH, &path, itself).await.expect(200);
    try_exchange(&service, &own, &[]).await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn what_is_no_live_access_token_of_this_server_is_not_exchanged() {
    let server = Server::shared();
    let mut user = signed_in(server).await;
    let service = service(server, &[&user.app]).await;
    let code = user.browser.authorize(&user.app, &[]).await.code();
    let dead = user.app.refresh(user.tokens.refresh_token()).await.access;
    user.app.revoke(&dead).await.expect(200);
    let changed = format!("{}A", user.tokens.access);
    for subject in ["x", "sat_AAAA", &changed, &dead, &code, user.tokens.refresh_token(), user.tokens.id_token()] {
        for kind in [ACCESS_TOKEN, JWT] {
            let answer = try_exchange(&service, subject, &[("subject_token_type", kind)]).await;
            answer.expect_error(400, "invalid_request");
        }
    }
    // What a token is, is said rightly, and there are no others.
    for kind in [JWT, "urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:refresh_token"] {
        let answer = try_exchange(&service, &user.tokens.access, &[("subject_token_type", kind)]).await;
        answer.expect_error(400, "invalid_request");
    }
    for kind in ["urn:ietf:params:oauth:token-type:refresh_token", "urn:ietf:params:oauth:token-type:saml2", "Bearer"] {
        let answer = try_exchange(&service, &user.tokens.access, &[("requested_token_type", kind)]).await;
        answer.expect_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_token_for_another_resource_is_not_exchanged_by_who_it_is_not_for() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let service = service(server, &[&app]).await;
    for (resource, is_for_the_service) in [
        ("https://service.example", true),
        ("https://elsewhere.example", false),
        (&format!("{}/userinfo", server.issuer), false),
        (&server.issuer, true),
    ] {
        let callback = browser.authorize(&app, &[("resource", resource)]).await;
        let tokens = app.redeem(&callback).await;
        let answer = try_exchange(&service, &tokens.access, &[("audience", "orders")]).await;
        match is_for_the_service {
            true => drop(Tokens::of(&answer)),
            false => answer.expect_error(400, "invalid_request"),
        }
    }
}

#[tokio::test]
async fn jwts_are_exchanged_for_jwts() {
    let server = Server::shared();
    let app = App::register(
        server,
        json!({
            "redirect_uris": [REDIRECT_URI], "scope": "openid profile email", "access_token_signed_response_alg": "ES256",
        }),
    )
    .await;
    let (_, person, tokens) = tokens_for(&app).await;
    let service = service(server, &[&app]).await;
    let more = [("subject_token_type", JWT), ("requested_token_type", JWT), ("audience", "userinfo")];
    let answer = try_exchange(&service, &tokens.access, &more).await.expect(200).json();
    assert_eq!((&answer["issued_token_type"], &answer["token_type"]), (&json!(JWT), &json!("Bearer")));
    let access = answer["access_token"].as_str().unwrap();
    assert_eq!(jwt::header(access)["typ"], "at+jwt");
    let (before, claims) = (jwt::claims(&tokens.access), jwt::claims(access));
    for same in ["sub", "auth_time", "acr", "amr", "iss"] {
        assert_eq!(claims[same], before[same], "{same}");
    }
    assert_eq!(
        (&claims["client_id"], &claims["aud"]),
        (&json!(service.id), &json!(format!("{}/userinfo", server.issuer)))
    );
    assert_eq!(server.get_as("/userinfo", access).await.expect(200).json()["email"], person.email.as_str());
    app.revoke(tokens.refresh_token()).await.expect(200);
    assert!(is_dead(server, access).await);
}
