//! What this server asks of others, and what nobody can make it ask (server-side request forgery).

use std::{
    io::{Read, Write},
    net::TcpListener,
    time::{Duration, Instant},
};

use crate::support::{
    App, Ask, Browser, Callback, Method, REDIRECT_URI, Server, json, profile,
    site::{Reply, Site},
    unique,
};

/// A server on this machine that sends the beginning of an answer, and then a space each half second; its URL.
fn drip() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/{}/client.json", listener.local_addr().unwrap(), unique());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{";
                let _ = stream.write_all(head.as_bytes());
                while stream.write_all(b" ").is_ok() {
                    std::thread::sleep(Duration::from_millis(500));
                }
            });
        }
    });
    url
}

fn stranger(server: &'static Server, id: &str) -> App<'static> {
    let (redirect_uri, scope) = (REDIRECT_URI.to_owned(), "openid".to_owned());
    App { server, id: id.to_owned(), secret: None, redirect_uri, scope }
}

#[allow(clippy::disallowed_methods, reason = "this is about how long something takes")]
#[tokio::test]
async fn a_server_that_drips_is_given_up_after_five_seconds() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let path = stranger(server, &drip()).authorize_path(&[]);
    let begun = Instant::now();
    server.get(&path).await.expect_error_page(400);
    let took = begun.elapsed();
    // A first request of a component compiles nothing, but the machine may be busy.
    assert!((Duration::from_secs(4)..Duration::from_secs(12)).contains(&took), "{took:?}");
    assert!(server.log().contains("no answer in time"), "{}", server.log());
}

// keycloak CVE-2026-1180, rauthy 0.32.1
#[tokio::test]
async fn neither_the_logo_nor_the_pages_of_a_client_are_ever_fetched() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let (site, path) = (Site::start(), format!("/{}", unique()));
    let members = ["logo_uri", "client_uri", "policy_uri", "tos_uri", "initiate_login_uri"];
    let mut metadata = json!({"redirect_uris": [REDIRECT_URI], "client_name": "Pictured", "scope": "openid"});
    for member in members {
        metadata[member] = site.url(&format!("{path}/{member}")).into();
    }
    let app = App::register(server, metadata.clone()).await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[]).await;
    app.redeem(&callback).await;
    // Nor those of a client that publishes itself.
    let document = format!("{path}/client.json");
    metadata["client_id"] = site.url(&document).into();
    metadata["token_endpoint_auth_method"] = "none".into();
    site.serve(&document, Reply::json(&metadata));
    browser.begin(&stranger(server, &site.url(&document)), &[]).await.expect(200);
    assert_eq!(site.received(&document).len(), 1);
    for member in members {
        assert!(site.received(&format!("{path}/{member}")).is_empty(), "{member}");
    }
}

// keycloak CVE-2020-10770
#[tokio::test]
async fn a_request_uri_is_never_fetched() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let (site, path) = (Site::start(), format!("/{}/request.jwt", unique()));
    let uri = site.url(&path);
    let app = App::confidential(server).await;
    let answer = server.get(&app.authorize_path(&[("request_uri", &uri)])).await;
    Callback { url: answer.location() }.expect_error("request_uri_not_supported");
    let usual = [("response_type", "code"), ("redirect_uri", REDIRECT_URI), ("request_uri", &uri)];
    app.request("/par", &usual).ask().await.expect_error(400, "invalid_request");
    assert!(site.received(&path).is_empty());
}

#[tokio::test]
async fn what_another_server_says_is_shown_to_nobody() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let (site, path) = (Site::start(), format!("/{}/client.json", unique()));
    let secret = format!("intranet-{}", unique());
    for reply in [
        Reply::json(&json!({"secret": secret})),
        Reply { status: 500, ..Reply::json(&json!([secret])) },
        Reply::empty(302).with("Location", &format!("/{secret}")),
    ] {
        site.serve(&path, reply);
        let metadata = json!({"redirect_uris": [REDIRECT_URI], "sector_identifier_uri": site.url(&path)});
        let answer = server.request(Method::POST, "/register").bearer_auth(&server.admin_token).json(&metadata);
        let answer = answer.ask().await;
        answer.expect_error(400, "invalid_client_metadata");
        assert!(!answer.body.contains(&secret), "{}", answer.body);
    }
    let page = server.get(&stranger(server, &site.url(&path)).authorize_path(&[])).await;
    page.expect_error_page(400);
    assert!(!page.body.contains(&secret) && !server.log().contains(&secret));
}

// keycloak CVE-2020-10770 CVE-2026-1180: addresses that only the server can reach.
#[tokio::test]
async fn no_spelling_of_a_private_address_is_asked() {
    let Some(server) = Server::with(profile::DOCUMENTS) else { return };
    for host in [
        "127.0.0.1",
        "127.1",
        "0177.0.0.1",
        "0x7f000001",
        "2130706433",
        "0.0.0.0",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "[fd00::1]",
        "[fe80::1]",
        "10.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "metadata.google.internal",
        "printer.local",
        "token.spin.internal",
        "intranet",
    ] {
        let url = format!("https://{host}/client.json");
        server.get(&stranger(server, &url).authorize_path(&[])).await.expect_error_page(400);
        let metadata = json!({"redirect_uris": [REDIRECT_URI], "sector_identifier_uri": url});
        let request = server.request(Method::POST, "/register").bearer_auth(&server.admin_token).json(&metadata);
        request.ask().await.expect_error(400, "invalid_client_metadata");
    }
    // Each was refused for its address, and none because nobody answered.
    let log = server.log();
    assert!(!log.contains("the name has no address") && !log.contains("the connection failed"), "{log}");
}
