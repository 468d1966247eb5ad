//! Consent.

use crate::support::{Answer, App, Browser, Callback, REDIRECT_URI, Server, html, json, signed_in};

async fn asked(app: &App<'static>, more: &[(&str, &str)]) -> (Browser<'static>, Answer) {
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let page = browser.begin(app, more).await.expect(200);
    assert!(page.url.path().ends_with("/consent"), "{}", page.url);
    (browser, page)
}

#[tokio::test]
async fn the_page_says_who_asks_for_what_of_whom_and_where_it_goes() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    let person = browser.sign_up().await;
    let page = browser.begin(&app, &[]).await.expect(200);
    for text in ["Sample App", "app.example", &person.email] {
        assert!(html::unescape(page.html()).contains(text), "{text}: {}", page.body);
    }
    // The scopes are in words.
    for word in ["name", "email"] {
        assert!(page.body.to_lowercase().contains(word), "{word}: {}", page.body);
    }
    let form = browser.form(&page, "/consent");
    assert!(!form.value("csrf").is_empty() && !form.value("interaction").is_empty());
    let decisions: Vec<&str> =
        form.inputs.iter().filter(|(name, _)| name == "decision").map(|(_, value)| value.as_str()).collect();
    assert!(decisions.contains(&"approve") && decisions.contains(&"deny"), "{decisions:?}");
}

#[tokio::test]
async fn the_logo_and_the_policies_of_the_application_are_shown_where_users_decide() {
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "client_name": "Ada's <App>", "scope": "openid",
        "logo_uri": "https://logos.example:8443/a;script-src,b/logo.svg?x=1",
        "policy_uri": "https://app.example/privacy", "tos_uri": "https://app.example/terms",
    });
    let app = App::register(Server::shared(), metadata).await;
    let mut browser = Browser::new(app.server);
    let check = |page: &Answer| {
        for part in [
            "src=\"https://logos.example:8443/a;script-src,b/logo.svg?x=1\"",
            "https://app.example/privacy",
            "https://app.example/terms",
        ] {
            assert!(page.html().contains(part), "{part}: {}", page.body);
        }
        // The origin and nothing that the application could write a policy with; and never a part of the page.
        let policy = page.header("content-security-policy");
        assert!(policy.contains("; img-src https://logos.example:8443; "), "{policy}");
        assert!(!policy.contains("script-src") && !page.body.contains("<svg"), "{policy}");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
    };
    let page = browser.begin(&app, &[]).await.expect(200);
    assert!(page.url.path().ends_with("/login"));
    check(&page);
    let sign_up = page.url.to_string().replace("/login?", "/signup?");
    let page = browser.get(&sign_up).await.expect(200);
    check(&page);
    let answer = browser.submit(&page, "/signup", &crate::support::Person::new().application()).await;
    let page = browser.follow(answer).await.expect(200);
    assert!(page.url.path().ends_with("/consent"), "{}", page.url);
    check(&page);
    // Another application's page allows no image.
    let plain = App::confidential(app.server).await;
    let page = browser.begin(&plain, &[]).await.expect(200);
    assert!(page.header("content-security-policy").contains("; img-src 'none'; "));
}

#[tokio::test]
async fn a_user_who_denies_sends_the_client_away_without_a_code() {
    let app = App::confidential(Server::shared()).await;
    let (mut browser, page) = asked(&app, &[]).await;
    let callback = Callback { url: browser.decide(&page, "deny").await.location() };
    assert_eq!(callback.target(), REDIRECT_URI);
    callback.expect_error("access_denied");
    assert_eq!(callback.get("state").as_deref(), Some("af0ifjsldkj"));
    assert_eq!(callback.get("iss").as_deref(), Some(app.server.issuer.as_str()));
    // Nothing was remembered.
    assert_eq!(browser.begin(&app, &[]).await.status, 200);
}

#[tokio::test]
async fn what_was_allowed_is_not_asked_again() {
    let mut user = signed_in(Server::shared()).await;
    let answer = user.browser.get(&user.app.authorize_path(&[])).await;
    Callback { url: answer.location() }.code();
    // Less than that neither.
    let answer = user.browser.get(&user.app.authorize_path(&[("scope", "openid")])).await;
    Callback { url: answer.location() }.code();
}

#[tokio::test]
async fn more_than_was_allowed_is_asked() {
    let app = App::confidential(Server::shared()).await;
    let (mut browser, page) = asked(&app, &[("scope", "openid")]).await;
    browser.decide(&page, "approve").await.location();
    let page = browser.begin(&app, &[("scope", "openid email")]).await.expect(200);
    browser.decide(&page, "approve").await.location();
    // What was allowed before is still allowed.
    let answer = browser.get(&app.authorize_path(&[("scope", "email openid")])).await;
    Callback { url: answer.location() }.code();
}

#[tokio::test]
async fn consent_for_one_client_is_not_consent_for_another() {
    let mut user = signed_in(Server::shared()).await;
    let other = App::confidential(Server::shared()).await;
    let page = user.browser.begin(&other, &[]).await.expect(200);
    assert!(page.url.path().ends_with("/consent"));
}

#[tokio::test]
async fn consent_of_one_user_is_not_consent_of_another() {
    let user = signed_in(Server::shared()).await;
    let (_, page) = asked(&user.app, &[]).await;
    assert!(!page.body.contains(&user.person.email));
}

#[tokio::test]
async fn the_name_of_the_application_is_escaped() {
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "client_name": "<img src=x onerror=alert(1)>"});
    let app = App::register(Server::shared(), metadata).await;
    let (_, page) = asked(&app, &[]).await;
    assert!(!page.body.contains("<img src=x"));
    assert!(html::unescape(&page.body).contains("<img src=x onerror=alert(1)>"));
}

#[tokio::test]
async fn a_program_on_the_users_own_machine_is_pointed_out() {
    let metadata = json!({"redirect_uris": ["http://localhost/cb"], "token_endpoint_auth_method": "none"});
    let app = App::register(Server::shared(), metadata).await;
    let (_, page) = asked(&app, &[]).await;
    assert!(
        page.body.contains("localhost") || page.body.contains("this device") || page.body.contains("your computer")
    );
}

#[tokio::test]
async fn the_form_may_end_at_the_client_and_nowhere_else() {
    let app = App::confidential(Server::shared()).await;
    let (_, page) = asked(&app, &[]).await;
    let policy = page.header("content-security-policy");
    let directive = policy.split(';').map(str::trim).find(|part| part.starts_with("form-action")).expect("form-action");
    let sources: Vec<&str> = directive.split(' ').skip(1).collect();
    assert!(sources.contains(&"'self'") && sources.contains(&"https://app.example"), "{directive}");
    assert!(!sources.contains(&"*") && !sources.contains(&"https:"), "{directive}");
}

#[tokio::test]
async fn a_decision_that_is_neither_yes_nor_no_is_refused() {
    let app = App::confidential(Server::shared()).await;
    let (mut browser, page) = asked(&app, &[]).await;
    for decision in ["", "maybe", "APPROVE"] {
        let answer = browser.submit(&page, "/consent", &[("decision", decision)]).await;
        assert!(!answer.header("location").contains("code="), "{decision:?}");
        assert_eq!(answer.status, 400, "{decision:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_user_who_signed_out_meanwhile_signs_in_first() {
    let app = App::confidential(Server::shared()).await;
    let (mut browser, page) = asked(&app, &[]).await;
    browser.cookies.remove(&app.server.cookie_name("session"));
    let answer = browser.submit(&page, "/consent", &[("decision", "approve")]).await;
    assert!(answer.location().path().ends_with("/login"), "{:?}", answer.headers);
}

#[tokio::test]
async fn consent_without_a_pending_request_is_an_error_page() {
    let mut browser = Browser::new(Server::shared());
    browser.sign_up().await;
    browser.get("/consent").await.expect_error_page(400);
}

#[tokio::test]
async fn who_presses_the_button_twice_is_told_that_the_answer_was_given_and_where_to_go() {
    let app = App::register(
        Server::shared(),
        json!({
            "redirect_uris": [REDIRECT_URI], "client_name": "Ada's <App>", "client_uri": "https://app.example/start",
            "scope": "openid profile",
        }),
    )
    .await;
    let (mut browser, page) = asked(&app, &[]).await;
    let callback = Callback { url: browser.decide(&page, "approve").await.location() };
    // The button again, the other button, and the page when it is loaded again.
    for decision in ["approve", "deny"] {
        let told = browser.decide(&page, decision).await;
        told.expect_error_page(409);
        assert!(told.html().contains("https://app.example/start"), "{}", told.body);
        assert!(html::unescape(told.html()).contains("Ada's <App>"), "{}", told.body);
    }
    browser.get(page.url.as_str()).await.expect_error_page(409);
    // The one code is good, and nothing that was pressed has disturbed it.
    app.redeem(&callback).await;
    assert!(!browser.begin(&app, &[]).await.location().as_str().contains("error"));
}

#[tokio::test]
async fn of_many_clicks_at_once_one_gets_a_code() {
    let app = App::confidential(Server::shared()).await;
    let (browser, page) = asked(&app, &[]).await;
    let clicks: Vec<_> = (0..8)
        .map(|_| {
            let mut tab = Browser::new(app.server);
            tab.cookies = browser.cookies.clone();
            let page = page.clone();
            tokio::spawn(async move { tab.submit(&page, "/consent", &[("decision", "approve")]).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for click in clicks {
        statuses.push(click.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn who_is_asked_again_sees_what_is_new_before_what_was_allowed() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    browser.authorize(&app, &[("scope", "openid email")]).await;
    let page = browser.begin(&app, &[]).await.expect(200);
    let (new, allowed) = page.html().split_once("You have allowed it before to").expect("what was allowed");
    assert!(new.contains("see your name") && !new.contains("see your email address"), "{new}");
    assert!(allowed.contains("see your email address") && allowed.contains("know which account is yours"), "{allowed}");
}

#[tokio::test]
async fn whoever_is_asked_can_use_another_account_whose_own_consent_counts() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let (mut other, mut browser) = (Browser::new(server), Browser::new(server));
    let jane = other.sign_up().await;
    other.authorize(&app, &[]).await;
    let eve = browser.sign_up().await;
    let page = browser.begin(&app, &[]).await.expect(200);
    assert!(page.html().contains(&eve.email));
    let (_, rest) = page.html().split_once("href=\"/login?interaction=").expect("the way to another account");
    let login = browser.visit(&format!("/login?interaction={}", rest.split('"').next().unwrap())).await.expect(200);
    let callback = Callback { url: browser.log_in_at(&login, &jane).await.location() };
    assert!(app.redeem(&callback).await.id.is_some(), "Jane has allowed it before");
    assert!(browser.get("/").await.expect(200).html().contains(&jane.email));
}
