//! What ends an exchanged token, and who exchanges at all.

use super::*;

#[tokio::test]
async fn whatever_ends_the_grant_or_the_subject_token_ends_what_was_exchanged_at_once() {
    let server = Server::shared();
    for end in ["grant", "subject token", "user", "suspension", "session", "administrator"] {
        let mut user = signed_in(server).await;
        let first = service(server, &[&user.app]).await;
        let second = service(server, &[&first]).await;
        let one = delegate(&first, &user.tokens.access, &[]).await.access;
        let two = exchange(&second, &one, &[("requested_token_type", JWT)]).await.access;
        assert!(!is_dead(server, &one).await && !is_dead(server, &two).await, "{end}");
        let path = format!("/admin/api/users/{}", user.person.email);
        match end {
            "grant" => drop(user.app.revoke(user.tokens.refresh_token()).await.expect(200)),
            "subject token" => drop(user.app.revoke(&user.tokens.access).await.expect(200)),
            "user" => drop(server.administer(Method::DELETE, &path, json!({})).await.expect(204)),
            "suspension" => drop(server.set_access_level(&user.person.email, "suspended").await),
            "session" => {
                let page = user.browser.get("/logout").await.expect(200);
                user.browser.submit(&page, "/logout", &[]).await.expect(200);
            }
            _ => drop(server.administer(Method::DELETE, &format!("{path}/sessions"), json!({})).await.expect(204)),
        }
        assert!(is_dead(server, &one).await && is_dead(server, &two).await, "{end}");
        try_exchange(&second, &one, &[]).await.expect_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn deleting_any_client_on_its_way_ends_a_token_at_once() {
    let server = Server::shared();
    for end in 0..3 {
        let user = signed_in(server).await;
        let first = service(server, &[&user.app]).await;
        let second = service(server, &[&first]).await;
        let one = exchange(&first, &user.tokens.access, &[]).await.access;
        let two = exchange(&second, &one, &[]).await.access;
        assert!(!is_dead(server, &two).await);
        let gone = [&user.app, &first, &second][end];
        let path = format!("/admin/api/clients/{}", gone.id);
        server.administer(Method::DELETE, &path, json!({})).await.expect(204);
        assert!(is_dead(server, &two).await, "client {end}");
        assert_eq!(is_dead(server, &one).await, end < 2, "client {end}");
        assert_eq!(server.accepts(&user.tokens.access).await, end > 0, "client {end}");
    }
}

#[tokio::test]
async fn a_token_is_revoked_by_who_exchanged_it_and_by_no_other_and_takes_what_came_of_it() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let first = service(server, &[&user.app]).await;
    let second = service(server, &[&first]).await;
    let one = exchange(&first, &user.tokens.access, &[]).await.access;
    let two = exchange(&second, &one, &[]).await.access;
    for other in [&user.app, &second] {
        other.revoke(&one).await.expect(200);
        assert!(!is_dead(server, &one).await);
    }
    first.revoke(&one).await.expect(200);
    assert!(is_dead(server, &one).await && is_dead(server, &two).await);
    assert!(server.accepts(&user.tokens.access).await);
    // The token by which a client acts is one of those that it hangs on.
    let own = own_token(&first).await;
    let actor = [("actor_token", own.as_str()), ("actor_token_type", ACCESS_TOKEN)];
    let acting = exchange(&first, &user.tokens.access, &actor).await.access;
    first.revoke(&own).await.expect(200);
    assert!(is_dead(server, &acting).await);
}

#[tokio::test]
async fn a_chain_of_exchanges_ends_after_the_fourth() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let circle = service(server, &[&user.app]).await;
    let path = format!("/admin/api/clients/{}", circle.id);
    let both = json!({"token_exchange": policy(server, &[&user.app, &circle])});
    server.administer(Method::PATCH, &path, both).await.expect(200);
    let mut token = user.tokens.access.clone();
    for _ in 0..4 {
        token = delegate(&circle, &token, &[]).await.access;
    }
    assert!(token.len() < 1200, "{}", token.len());
    try_exchange(&circle, &token, &[]).await.expect_error(400, "invalid_request");
    server.get_as("/resource/me", &token).await.expect(200);
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_key_is_exchanged_by_who_has_the_key_and_stays_bound() {
    let server = Server::shared();
    let app = App::register(
        server,
        json!({"redirect_uris": [REDIRECT_URI], "scope": "openid profile email", "dpop_bound_access_tokens": true}),
    )
    .await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let code = browser.authorize(&app, &[]).await.code();
    let (key, other) = (Key::new(), Key::new());
    let redemption = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", REDIRECT_URI)];
    let bound = key.token(&app, &redemption).await.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let service = service(server, &[&app]).await;
    try_exchange(&service, &bound, &[]).await.expect_error(400, "invalid_request");
    other.token(&service, &form(&bound, &[])).await.expect_error(400, "invalid_request");
    let answer = key.token(&service, &form(&bound, &[])).await.expect(200).json();
    assert_eq!(answer["token_type"], "DPoP");
    let exchanged = answer["access_token"].as_str().unwrap();
    assert_eq!(about(server, exchanged).await["cnf"], json!({"jkt": key.thumbprint()}));
    key.get(server, "/userinfo", exchanged).await.expect(200);
    server.get_as("/userinfo", exchanged).await.expect_error(401, "invalid_token");
    // A token that is bound to nothing is bound to the key of who exchanges it, if they want that.
    let user = signed_in(server).await;
    let path = format!("/admin/api/clients/{}", service.id);
    let change = json!({"token_exchange": policy(server, &[&user.app])});
    server.administer(Method::PATCH, &path, change).await.expect(200);
    let answer = other.token(&service, &form(&user.tokens.access, &[])).await.expect(200).json();
    assert_eq!(about(server, answer["access_token"].as_str().unwrap()).await["cnf"]["jkt"], other.thumbprint());
}

#[tokio::test]
async fn a_client_that_is_not_registered_for_it_or_does_not_authenticate_exchanges_nothing() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let public = App::public(server).await;
    for by in [&user.app, &public, &App::machine(server).await] {
        try_exchange(by, &user.tokens.access, &[]).await.expect_error(400, "unauthorized_client");
    }
    let service = service(server, &[&user.app]).await;
    for secret in [None, Some("scs_guess".to_owned())] {
        let stranger = App { secret, ..service.clone() };
        try_exchange(&stranger, &user.tokens.access, &[]).await.expect_error(401, "invalid_client");
    }
    for missing in ["subject_token", "subject_token_type"] {
        let form: Vec<_> = form(&user.tokens.access, &[]).into_iter().filter(|(name, _)| *name != missing).collect();
        service.token(&form).await.expect_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn only_the_administrator_registers_what_a_client_may_exchange() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let asked = metadata(&policy(server, &[&user.app]));
    // Nobody gets it where registration is open.
    if let Some(open) = Server::with(profile::STRANGERS) {
        let with_code = |more: Value| {
            let mut body = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid"});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        for body in [
            json!({"grant_types": [GRANT_TYPE], "scope": "openid", "token_exchange": asked["token_exchange"]}),
            json!({"grant_types": [GRANT_TYPE], "scope": "openid"}),
            with_code(json!({"token_exchange": asked["token_exchange"]})),
            with_code(json!({"grant_types": ["authorization_code", GRANT_TYPE]})),
        ] {
            let answer = open.request(Method::POST, "/register").json(&body).ask().await;
            answer.expect_error(400, "invalid_client_metadata");
        }
    }
    // A client that has it makes no more of it by its own registration, and does not get it back.
    let client = register(server, asked.clone()).await.expect(201).json();
    let own = |name: &str| client[name].as_str().unwrap().to_owned();
    let (uri, token) = (server.own(&own("registration_client_uri")).unwrap(), own("registration_access_token"));
    let put = |mut body: Value| {
        body["client_id"] = json!(own("client_id"));
        server.request(Method::PUT, &uri).bearer_auth(&token).json(&body).ask()
    };
    let mut wider = asked.clone();
    wider["token_exchange"]["targets"]["admin"] = json!(server.issuer);
    wider["token_exchange"]["clients"] = json!(["others"]);
    assert_eq!(put(wider).await.expect(200).json()["token_exchange"], asked["token_exchange"]);
    let mut public = asked.clone();
    public["token_endpoint_auth_method"] = json!("none");
    put(public).await.expect_error(400, "invalid_client_metadata");
    let without = json!({"grant_types": ["client_credentials"], "scope": "openid"});
    assert_eq!(put(without).await.expect(200).json().get("token_exchange"), None);
    put(asked).await.expect_error(400, "invalid_client_metadata");
}

#[tokio::test]
async fn the_administrator_sees_changes_and_takes_away_what_a_client_may_exchange() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let given = policy(server, &[&user.app]);
    let created = server.administer(Method::POST, "/admin/api/clients", metadata(&given)).await.expect(201).json();
    assert_eq!(created["token_exchange"], given);
    let text = |name: &str| created[name].as_str().unwrap().to_owned();
    let service = App {
        server,
        id: text("client_id"),
        secret: Some(text("client_secret")),
        redirect_uri: String::new(),
        scope: text("scope"),
    };
    let path = format!("/admin/api/clients/{}", service.id);
    exchange(&service, &user.tokens.access, &[]).await;
    let change = |body: Value| server.administer(Method::PATCH, &path, body);
    for (member, bad) in [
        ("modes", json!([])),
        ("modes", json!(["anything"])),
        ("clients", json!([])),
        ("clients", json!([""])),
        ("clients", json!((0..21).map(|number| number.to_string()).collect::<Vec<_>>())),
        ("targets", json!({})),
        ("targets", json!({"orders": "orders"})),
        ("resources", json!(["https://u@service.example"])),
        ("resourcs", json!([])),
    ] {
        let mut policy = given.clone();
        policy[member] = bad;
        change(json!({"token_exchange": policy})).await.expect_error(400, "invalid_client_metadata");
    }
    // The one does not go without the other.
    change(json!({"token_exchange": null})).await.expect_error(400, "invalid_client_metadata");
    change(json!({"grant_types": ["client_credentials"]})).await.expect_error(400, "invalid_client_metadata");
    assert_eq!(server.administer(Method::GET, &path, json!({})).await.expect(200).json()["token_exchange"], given);
    let taken = change(json!({"token_exchange": null, "grant_types": ["client_credentials"]})).await.expect(200).json();
    assert_eq!(taken.get("token_exchange"), None);
    try_exchange(&service, &user.tokens.access, &[]).await.expect_error(400, "unauthorized_client");
}
