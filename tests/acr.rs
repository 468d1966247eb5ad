//! How strongly a user has signed in: OIDC Core §5.5.1.1, RFC 9470, and applications that require a second factor.

use crate::support::{
    Answer, App, Ask, Authenticator, Browser, Callback, Method, Person, REDIRECT_URI, Server, Value, app::register,
    json, jwt, profile, tokens_for,
};

const MFA: &str = "urn:spin-auth:acr:mfa";

/// An application that requires a second factor.
async fn demanding(server: &Server) -> App<'_> {
    let metadata = json!({
        "client_name": "The Vault", "redirect_uris": [REDIRECT_URI], "scope": "openid profile",
        "require_multi_factor": true,
    });
    App::register(server, metadata).await
}

/// Somebody who is signed in by a password alone, and has an authenticator app.
async fn by_password(server: &Server) -> (Browser<'_>, Person, Authenticator) {
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let mut other = Browser::new(server);
    other.sign_in(&person).await;
    let (app, _) = other.add_totp().await;
    (browser, person, app)
}

fn is_at(page: &Answer, path: &str) -> bool {
    page.url.path().ends_with(path)
}

/// Shows the code on this page and goes on to the application.
async fn show_code(browser: &mut Browser<'_>, page: &Answer, app: &mut Authenticator) -> Callback {
    assert!(is_at(page, "/login/factor"), "{}: {}", page.url, page.body);
    let code = app.next().await;
    let answer = browser.submit(page, "/login/factor", &[("code", &code)]).await;
    let answer = browser.follow(answer).await;
    match answer.is_redirect() {
        true => Callback { url: answer.location() },
        false => Callback { url: browser.decide(&answer, "approve").await.location() },
    }
}

async fn claims(app: &App<'_>, callback: &Callback) -> Value {
    jwt::claims(app.redeem(callback).await.id_token())
}

#[tokio::test]
async fn an_application_that_requires_it_gets_a_second_factor_without_the_password_again() {
    let server = Server::shared();
    let app = demanding(server).await;
    let (mut browser, _, mut authenticator) = by_password(server).await;
    let page = browser.begin(&app, &[]).await.expect(200);
    assert!(page.html().contains("The Vault") && !page.body.contains("type=\"password\""));
    let callback = show_code(&mut browser, &page, &mut authenticator).await;
    let told = claims(&app, &callback).await;
    assert_eq!((&told["acr"], &told["amr"]), (&json!(MFA), &json!(["pwd", "otp", "mfa"])));
    // From here on the session is strong enough.
    browser.authorize(&app, &[("prompt", "none")]).await.code();
}

#[tokio::test]
async fn who_has_no_second_factor_adds_one_and_goes_on_with_the_request() {
    let server = Server::shared();
    let app = demanding(server).await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let page = browser.begin(&app, &[("state", "kept")]).await.expect(200);
    assert!(is_at(&page, "/account/factors"), "{}", page.url);
    assert!(page.html().contains("<bdi>The Vault</bdi> asks for a second factor"));
    let link = page.body.split("href=\"").find(|rest| rest.contains("?add=totp")).unwrap().split('"').next().unwrap();
    let page = browser.visit(page.url.join(&crate::support::html::unescape(link)).unwrap().as_str()).await.expect(200);
    let (_, page) = browser.add_totp_at(&page).await;
    let link = page.body.split("href=\"").find(|rest| rest.contains("/authorize?")).unwrap().split('"').next().unwrap();
    let consent =
        browser.visit(page.url.join(&crate::support::html::unescape(link)).unwrap().as_str()).await.expect(200);
    let callback = Callback { url: browser.decide(&consent, "approve").await.location() };
    assert_eq!(callback.get("state").as_deref(), Some("kept"));
    assert_eq!(claims(&app, &callback).await["acr"], MFA);
}

#[tokio::test]
async fn the_consent_page_is_no_way_around_the_second_factor() {
    let server = Server::shared();
    let app = demanding(server).await;
    let (mut browser, person, _) = by_password(server).await;
    let page = browser.begin(&app, &[]).await.expect(200);
    let interaction = browser.form(&page, "/login/factor").value("interaction").to_owned();
    let answer = browser.visit(&format!("/consent?interaction={interaction}")).await.expect(200);
    assert!(is_at(&answer, "/login/factor"), "{}", answer.url);
    // Nor is the consent page of another application that the user is asked for.
    let easy = App::confidential(server).await;
    let consent = browser.begin(&easy, &[]).await.expect(200);
    let fields = [("decision", "approve"), ("interaction", interaction.as_str())];
    let answer = browser.submit(&consent, "/consent", &fields).await;
    let answer = browser.follow(answer).await.expect(200);
    assert!(is_at(&answer, "/login/factor"), "{} of {}", answer.url, person.email);
}

#[tokio::test]
async fn a_device_of_such_an_application_is_not_allowed_by_a_password_alone() {
    let server = Server::shared();
    let metadata = json!({
        "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"], "token_endpoint_auth_method": "none",
        "scope": "openid", "require_multi_factor": true,
    });
    let app = App::register(server, metadata).await;
    let codes =
        server.post("/device_authorization", &[("client_id", &app.id), ("scope", "openid")]).await.expect(200).json();
    let user_code = codes["user_code"].as_str().unwrap();
    let (mut browser, _, mut authenticator) = by_password(server).await;
    let page = browser.visit(&format!("/device?user_code={user_code}")).await.expect(200);
    let forged = browser.submit(&page, "/device", &[("user_code", user_code), ("decision", "approve")]).await;
    assert_eq!(forged.status, 400, "a form that no page has shown");
    let answer = browser.submit(&page, "/device", &[("user_code", user_code)]).await;
    let forged = browser.submit(&page, "/device", &[("user_code", user_code), ("decision", "approve")]).await;
    assert_eq!(forged.status, 400, "now that the code is theirs, neither");
    let page = browser.follow(answer).await.expect(200);
    assert!(is_at(&page, "/login/factor"), "{}", page.url);
    let code = authenticator.next().await;
    let answer = browser.submit(&page, "/login/factor", &[("code", &code)]).await;
    let page = browser.follow(answer).await.expect(200);
    let page = browser.submit(&page, "/device", &[("user_code", user_code)]).await.expect(200);
    browser.submit(&page, "/device", &[("decision", "approve")]).await.expect(200);
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", &app.id),
        ("device_code", codes["device_code"].as_str().unwrap()),
    ];
    let tokens = server.post("/token", &form).await.expect(200).json();
    assert_eq!(jwt::claims(tokens["id_token"].as_str().unwrap())["acr"], MFA);
}

#[tokio::test]
async fn only_the_administrator_registers_that_a_second_factor_is_required() {
    let server = Server::shared();
    let asked = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid", "require_multi_factor": true});
    let mut client = register(server, asked.clone()).await.expect(201).json();
    let own = |name: &str| client[name].as_str().unwrap().to_owned();
    let (uri, token) = (server.own(&own("registration_client_uri")).unwrap(), own("registration_access_token"));
    let changed = json!({"client_id": own("client_id"), "redirect_uris": [REDIRECT_URI], "scope": "openid"});
    let answer = server.request(Method::PUT, &uri).bearer_auth(token).json(&changed).ask().await.expect(200);
    client = answer.json();
    assert_eq!(client["require_multi_factor"], true, "a client does not take it away");
    let Some(open) = Server::with(profile::STRANGERS) else { return };
    let answer = open.request(Method::POST, "/register").json(&asked).ask().await;
    answer.expect_error(400, "invalid_client_metadata");
}

#[tokio::test]
async fn an_essential_acr_asks_for_the_second_factor_and_comes_back() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let (mut browser, _, mut authenticator) = by_password(server).await;
    let asked = json!({"id_token": {"acr": {"essential": true, "values": [MFA]}}}).to_string();
    let quiet = [("claims", asked.as_str()), ("prompt", "none")];
    Callback { url: browser.get(&app.authorize_path(&quiet)).await.location() }.expect_error("login_required");
    let page = browser.begin(&app, &[("claims", &asked)]).await.expect(200);
    let callback = show_code(&mut browser, &page, &mut authenticator).await;
    assert_eq!(claims(&app, &callback).await["acr"], MFA);
    // "MUST return an acr Claim Value that matches one of the requested values"
    let weaker = json!({"id_token": {"acr": {"essential": true, "value": "urn:spin-auth:acr:password"}}}).to_string();
    let callback = browser.authorize(&app, &[("claims", &weaker)]).await;
    assert_eq!(claims(&app, &callback).await["acr"], "urn:spin-auth:acr:password");
}

#[tokio::test]
async fn an_acr_that_nothing_here_has_is_told_at_once() {
    let app = App::confidential(Server::shared()).await;
    let asked = json!({"id_token": {"acr": {"essential": true, "values": ["urn:example:gold"]}}}).to_string();
    let answer = app.server.get(&app.authorize_path(&[("claims", &asked)])).await;
    Callback { url: answer.location() }.expect_error("unmet_authentication_requirements");
}

#[tokio::test]
async fn acr_values_ask_for_the_second_factor_of_whoever_has_one() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let wish = [("acr_values", MFA)];
    let mut without = Browser::new(server);
    without.sign_up().await;
    let callback = without.authorize(&app, &wish).await;
    assert_eq!(claims(&app, &callback).await["acr"], "urn:spin-auth:acr:password", "it is a wish");
    let (mut browser, _, mut authenticator) = by_password(server).await;
    let page = browser.begin(&app, &wish).await.expect(200);
    let callback = show_code(&mut browser, &page, &mut authenticator).await;
    assert_eq!(claims(&app, &callback).await["acr"], MFA);
}

#[tokio::test]
async fn rfc9470_a_resource_that_wants_two_factors_gets_a_token_that_says_so() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let (mut browser, _, mut authenticator) = by_password(server).await;
    let callback = browser.authorize(&app, &[]).await;
    let weak = app.redeem(&callback).await;
    let answer = server.get_as("/resource/strong", &weak.access).await.expect(401);
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
    let values = challenge.split("acr_values=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let page = browser.begin(&app, &[("acr_values", values)]).await.expect(200);
    let callback = show_code(&mut browser, &page, &mut authenticator).await;
    let strong = app.redeem(&callback).await;
    server.get_as("/resource/strong", &strong.access).await.expect(200);
    server.get_as("/resource/strong", &weak.access).await.expect(401);
}

#[tokio::test]
async fn discovery_lists_the_values_of_acr() {
    let metadata = Server::shared().get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(metadata["acr_values_supported"], json!(["urn:spin-auth:acr:password", MFA]));
}

#[tokio::test]
async fn a_token_of_a_password_says_so_everywhere() {
    let app = App::confidential(Server::shared()).await;
    let (_, _, tokens) = tokens_for(&app).await;
    let claims = jwt::claims(tokens.id_token());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("urn:spin-auth:acr:password"), &json!(["pwd"])));
}
