//! What registering must not give.

use crate::support::{App, Ask, Browser, Method, REDIRECT_URI, Server, Value, json, profile, tokens_for};

/// Every member that some server has taken for trust.
fn presumptuous() -> Value {
    json!({
        "redirect_uris": [REDIRECT_URI], "client_name": "Presumptuous", "scope": "openid profile",
        "launchpad": true, "on_launchpad": true, "trusted": true, "first_party": true, "skip_consent": true,
        "require_consent": false, "access_level": "admin", "roles": ["admin"], "authorities": ["ROLE_ADMIN"],
        "unused_expires_at": null, "client_id": "admin", "client_secret": "scs_x", "settings.client.require-consent": false,
    })
}

#[tokio::test]
async fn metadata_gives_no_privilege() {
    // Spring Authorization Server CVE-2026-59354
    let Some(server) = Server::with(profile::STRANGERS) else { return };
    let answer = server.request(Method::POST, "/register").json(&presumptuous()).ask().await.expect(201).json();
    for member in presumptuous().as_object().unwrap().keys() {
        let is_metadata =
            ["redirect_uris", "client_name", "scope", "client_id", "client_secret"].contains(&member.as_str());
        assert!(is_metadata || answer.get(member).is_none(), "{member} in {answer}");
    }
    assert!(answer["client_id"] != "admin" && answer["client_secret"] != "scs_x");
    let app = App {
        server,
        id: answer["client_id"].as_str().unwrap().to_owned(),
        secret: answer["client_secret"].as_str().map(str::to_owned),
        redirect_uri: REDIRECT_URI.to_owned(),
        scope: "openid profile".to_owned(),
    };
    // Nobody has it on their launchpad, everybody is asked, and what it gets is what users have.
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    assert!(!browser.get("/").await.expect(200).html().contains("Presumptuous"));
    let page = browser.begin(&app, &[]).await.expect(200);
    assert!(page.url.path().ends_with("/consent"), "{}", page.url);
    let (_, _, tokens) = tokens_for(&app).await;
    let claims = server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(claims["access_level"], "user");
    let request = server.request(Method::POST, "/admin/api/keys/rotate").bearer_auth(&tokens.access);
    request.ask().await.expect_error(401, "invalid_token");
    // Neither does it get in as a machine, nor by what it may ask later.
    app.token(&[("grant_type", "client_credentials")]).await.expect_error(400, "unauthorized_client");
    let answer = browser.get(&app.authorize_path(&[("scope", "openid admin")])).await;
    assert!(answer.location().query().is_some_and(|query| query.contains("error=invalid_scope")));
}

// rauthy 0.32.1 served SVG that anybody had uploaded. Here a logo is an address, and this server serves none.
#[tokio::test]
async fn a_logo_is_an_address_and_never_a_document() {
    for logo in [
        "data:image/svg+xml,<svg onload=alert(1)>",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "javascript:alert(1)",
        "http://logos.example/logo.svg",
        "//logos.example/logo.svg",
        "blob:https://app.example/1",
        "https://logos.example/\" onerror=\"alert(1)",
    ] {
        let metadata = json!({"redirect_uris": [REDIRECT_URI], "logo_uri": logo});
        let request = Server::shared().administer(Method::POST, "/register", metadata).await;
        request.expect_error(400, "invalid_client_metadata");
    }
}
