//! Resource indicators: RFC 8707.

use crate::support::{
    Answer, App, Ask, Browser, Method, REDIRECT_URI, Server, Tokens, Value, json, profile, tokens_for,
};

const MCP: &str = "https://mcp.example/mcp";
const FILES: &str = "https://files.example/";

/// What a resource server is told of a token.
async fn about(server: &Server, token: &str) -> Value {
    let asking = App::machine(server).await;
    asking.request("/introspect", &[("token", token)]).ask().await.expect(200).json()
}

/// The `aud` of an access token.
async fn audience(server: &Server, token: &str) -> Value {
    let mut token = about(server, token).await;
    assert_eq!(token["active"], true, "{token}");
    token["aud"].take()
}

async fn code_for(app: &App<'static>, more: &[(&str, &str)]) -> String {
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    browser.authorize(app, more).await.code()
}

#[tokio::test]
async fn a_token_is_for_the_resources_that_were_asked_for_at_authorize() {
    let app = App::public(Server::shared()).await;
    let code = code_for(&app, &[("resource", MCP), ("resource", FILES)]).await;
    let tokens = Tokens::of(&app.try_redeem(&code, &[]).await);
    assert_eq!(audience(app.server, &tokens.access).await, json!([MCP, FILES]));
    let next = app.refresh(tokens.refresh_token()).await;
    assert_eq!(audience(app.server, &next.access).await, json!([MCP, FILES]), "a refresh inherits");
}

#[tokio::test]
async fn a_user_sees_which_resources_the_application_asks_for() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let page = browser.begin(&app, &[("resource", MCP), ("resource", FILES)]).await.expect(200);
    for resource in [MCP, FILES] {
        assert!(page.html().contains(&format!(">{resource}</bdi>")), "{resource}: {}", page.body);
    }
    let page = browser.begin(&app, &[]).await.expect(200);
    assert!(!page.html().contains("asks for access to"));
}

#[tokio::test]
async fn the_token_request_may_name_one_of_them_and_a_refresh_another() {
    let app = App::confidential(Server::shared()).await;
    let code = code_for(&app, &[("resource", MCP), ("resource", FILES)]).await;
    let tokens = Tokens::of(&app.try_redeem(&code, &[("resource", MCP)]).await);
    assert_eq!(audience(app.server, &tokens.access).await, MCP);
    let next = Tokens::of(&app.try_refresh(tokens.refresh_token(), &[("resource", FILES)]).await);
    assert_eq!(audience(app.server, &next.access).await, FILES);
    let last = app.refresh(next.refresh_token()).await;
    assert_eq!(audience(app.server, &last.access).await, json!([MCP, FILES]), "narrowing does not last");
}

#[tokio::test]
async fn a_resource_that_was_not_granted_is_an_invalid_target_and_spends_nothing() {
    let app = App::confidential(Server::shared()).await;
    for (granted, asked) in [(&[("resource", MCP)][..], FILES), (&[], MCP)] {
        let code = code_for(&app, granted).await;
        for _ in 0..2 {
            app.try_redeem(&code, &[("resource", asked)]).await.expect_error(400, "invalid_target");
        }
        let tokens = Tokens::of(&app.try_redeem(&code, &[]).await);
        let refresh = app.try_refresh(tokens.refresh_token(), &[("resource", asked)]).await;
        refresh.expect_error(400, "invalid_target");
        app.refresh(tokens.refresh_token()).await;
    }
}

#[tokio::test]
async fn a_replayed_code_is_an_invalid_grant_whatever_resource_it_asks_for() {
    let app = App::confidential(Server::shared()).await;
    let code = code_for(&app, &[("resource", MCP)]).await;
    let tokens = Tokens::of(&app.try_redeem(&code, &[]).await);
    app.try_redeem(&code, &[("resource", FILES)]).await.expect_error(400, "invalid_grant");
    assert_eq!(about(app.server, &tokens.access).await, json!({"active": false}));
}

#[tokio::test]
async fn what_is_no_absolute_uri_or_has_a_fragment_is_told_to_the_client() {
    let app = App::confidential(Server::shared()).await;
    let machine = App::machine(Server::shared()).await;
    for resource in ["mcp.example", "/mcp", "https://mcp.example/#tools", "https://u:p@mcp.example/", "https://"] {
        let mut browser = Browser::new(app.server);
        browser.sign_up().await;
        let callback = browser.authorize(&app, &[("resource", resource)]).await;
        callback.expect_error("invalid_target");
        assert_eq!(callback.get("state").as_deref(), Some("af0ifjsldkj"));
        let form = [("grant_type", "client_credentials"), ("resource", resource)];
        machine.token(&form).await.expect_error(400, "invalid_target");
    }
}

#[tokio::test]
async fn a_clients_own_token_is_for_the_resource_that_it_asks_for() {
    let app = App::machine(Server::shared()).await;
    let form = [("grant_type", "client_credentials"), ("resource", "HTTPS://API.example:443/v1")];
    let tokens = Tokens::of(&app.token(&form).await);
    assert_eq!(audience(app.server, &tokens.access).await, "https://api.example/v1", "its host is normalised");
    let tokens = Tokens::of(&app.token(&form[..1]).await);
    assert_eq!(audience(app.server, &tokens.access).await, Value::Null);
}

// workers-oauth-provider#288: a slash, the case of the host, the resource lost at a refresh.
#[tokio::test]
async fn a_host_in_another_case_is_the_same_resource_and_another_path_is_not() {
    let app = App::confidential(Server::shared()).await;
    let code = code_for(&app, &[("resource", "https://MCP.example:443/mcp")]).await;
    for other in
        ["https://mcp.example/mcp/", "https://mcp.example/MCP", "https://mcp.example", "http://mcp.example/mcp"]
    {
        app.try_redeem(&code, &[("resource", other)]).await.expect_error(400, "invalid_target");
    }
    let tokens = Tokens::of(&app.try_redeem(&code, &[("resource", MCP)]).await);
    let next = Tokens::of(&app.try_refresh(tokens.refresh_token(), &[("resource", "https://mcp.EXAMPLE/mcp")]).await);
    assert_eq!(audience(app.server, &next.access).await, MCP);
}

async fn opens(server: &Server, path: &str, token: &str) -> Answer {
    server.get_as(path, token).await
}

// better-auth CVE-2026-67332: the audience of a token was not looked at.
#[tokio::test]
async fn a_token_for_another_resource_opens_nothing_here() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let (code, own) = (code_for(&app, &[("resource", MCP)]).await, format!("{}/resource", server.issuer));
    let tokens = Tokens::of(&app.try_redeem(&code, &[]).await);
    for path in ["/userinfo", "/resource/me"] {
        let answer = opens(server, path, &tokens.access).await;
        answer.expect_error(401, "invalid_token");
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
    }
    let code = code_for(&app, &[("resource", MCP), ("resource", &own)]).await;
    let tokens = Tokens::of(&app.try_redeem(&code, &[("resource", &own)]).await);
    opens(server, "/resource/me", &tokens.access).await.expect(200);
    opens(server, "/userinfo", &tokens.access).await.expect_error(401, "invalid_token");
    let wide = Tokens::of(&app.try_refresh(tokens.refresh_token(), &[]).await);
    opens(server, "/resource/me", &wide.access).await.expect(200);
}

#[tokio::test]
async fn a_token_for_this_server_or_for_no_resource_opens_what_is_here() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    for more in [&[("resource", server.issuer.as_str())][..], &[]] {
        let code = code_for(&app, more).await;
        let tokens = Tokens::of(&app.try_redeem(&code, &[]).await);
        for path in ["/userinfo", "/resource/me"] {
            opens(server, path, &tokens.access).await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_refresh_token_says_what_it_may_be_used_for() {
    let app = App::confidential(Server::shared()).await;
    let code = code_for(&app, &[("resource", MCP), ("resource", FILES)]).await;
    let tokens = Tokens::of(&app.try_redeem(&code, &[("resource", MCP)]).await);
    let asked = app.request("/introspect", &[("token", tokens.refresh_token())]).ask().await.expect(200).json();
    assert_eq!(asked["aud"], json!([MCP, FILES]));
}

#[tokio::test]
async fn where_the_operator_lists_the_resources_no_others_can_be_asked_for() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    let app = App::machine(server).await;
    let token = async |resource: &str| app.token(&[("grant_type", "client_credentials"), ("resource", resource)]).await;
    // The listed name, though the URL parser of a browser has added a slash.
    let tokens = Tokens::of(&token("https://api.example/").await);
    assert_eq!(audience(server, &tokens.access).await, "https://api.example");
    Tokens::of(&token(&format!("{}/resource", server.issuer)).await);
    for unknown in ["https://api.example/v1", "https://mcp.example", &format!("{}.evil.example", server.issuer)] {
        token(unknown).await.expect_error(400, "invalid_target");
    }
    let app = App::public(server).await;
    let path = app.authorize_path(&[("resource", "https://mcp.example")]);
    let answer = server.request(Method::GET, &path).ask().await;
    assert!(answer.location().as_str().starts_with(REDIRECT_URI), "no page is shown first");
    assert!(answer.location().query().unwrap().contains("error=invalid_target"), "{}", answer.location());
}

#[tokio::test]
async fn without_a_resource_nothing_changes() {
    let app = App::public(Server::shared()).await;
    let (_, _, tokens) = tokens_for(&app).await;
    assert!(about(app.server, &tokens.access).await.get("aud").is_none());
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token()), ("resource", "")];
    let next = Tokens::of(&app.token(&form).await);
    assert!(about(app.server, &next.access).await.get("aud").is_none());
}
