//! Throttles: failed sign-ins by default, volume where it is switched on.

use crate::support::{App, Ask, Browser, Method, Server, Tokens, profile, server::State};

#[tokio::test]
async fn seven_failures_in_a_row_make_an_account_wait_even_for_the_right_password() {
    let Some(server) = Server::with(profile::DEFAULT) else { return };
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let mut other = Browser::new(server);
    let bystander = other.sign_up().await;
    for _ in 0..7 {
        assert_eq!(browser.try_sign_in(&person.email, "wrong password").await.status, 401);
    }
    for password in ["wrong password", &person.password] {
        let answer = Browser::new(server).try_sign_in(&person.email, password).await.expect(429);
        let wait: u32 = answer.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        assert!(answer.html().contains("<form"), "a page for people");
    }
    // Somebody else at the same address is not held up, and who is signed in stays so.
    Browser::new(server).sign_in(&bystander).await;
    assert!(browser.session().is_some_and(|cookie| !cookie.is_empty()));
    assert!(browser.get("/").await.html().contains("Jane"));
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_throttled_alike() {
    let Some(server) = Server::with(profile::DEFAULT) else { return };
    let email = format!("nobody.{}@example.org", crate::support::unique());
    let mut browser = Browser::new(server);
    for _ in 0..7 {
        assert_eq!(browser.try_sign_in(&email, "wrong password").await.status, 401);
    }
    assert_eq!(browser.try_sign_in(&email.to_uppercase(), "wrong password").await.status, 429);
}

#[tokio::test]
async fn a_success_forgets_the_failures_before_it() {
    let Some(server) = Server::with(profile::DEFAULT) else { return };
    let person = Browser::new(server).sign_up().await;
    for _ in 0..2 {
        for _ in 0..5 {
            assert_eq!(Browser::new(server).try_sign_in(&person.email, "wrong password").await.status, 401);
        }
        Browser::new(server).sign_in(&person).await;
    }
}

#[tokio::test]
async fn parallel_guesses_are_no_more_than_guesses_in_a_row() {
    let state = State::new();
    let Some(server) = Server::start(&[], &state) else { return };
    let mut browser = Browser::new(&server);
    let person = browser.sign_up().await;
    let mut guesser = Browser::new(&server);
    let page = guesser.get("/login").await.expect(200);
    let form = guesser.form(&page, "/login");
    // The first guess of all makes the counter. From none the last writer wins, as Spin's store does it.
    assert_eq!(guesser.try_sign_in(&person.email, "guess number 0").await.status, 401);
    let cookie: Vec<String> = guesser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let guesses: Vec<_> = (1..30)
        .map(|number| {
            let password = format!("guess number {number}");
            let fields =
                [("csrf", form.value("csrf")), ("email", person.email.as_str()), ("password", password.as_str())];
            let request = server.request(Method::POST, "/login").header("cookie", cookie.join("; ")).form(&fields);
            tokio::spawn(async move { request.ask().await.status })
        })
        .collect();
    let mut checked = 1;
    for guess in guesses {
        match guess.await.unwrap() {
            401 => checked += 1,
            429 => {}
            other => panic!("answered {other}"),
        }
    }
    assert!((2..=7).contains(&checked), "{checked} passwords were checked");
    server.stop();
}

#[tokio::test]
async fn token_requests_are_limited_by_client_where_that_is_switched_on() {
    let Some(server) = Server::with(profile::LIMITED) else { return };
    let (busy, calm) = (App::machine(server).await, App::machine(server).await);
    let mut limited = None;
    // A minute may begin meanwhile, but not twice.
    for _ in 0..8 {
        let answer = busy.token(&[("grant_type", "client_credentials")]).await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
        Tokens::of(&answer);
    }
    let answer = limited.expect("the limit of 3 a minute");
    assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|wait| (1..=60).contains(&wait)));
    assert!(answer.json()["error"].is_string());
    Tokens::of(&calm.token(&[("grant_type", "client_credentials")]).await);
}

#[tokio::test]
async fn userinfo_requests_are_limited_by_token_where_that_is_switched_on() {
    let Some(server) = Server::with(profile::LIMITED) else { return };
    let user = crate::support::signed_in(server).await;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(server.get_as("/userinfo", &user.tokens.access).await.status);
    }
    assert_eq!(statuses[..3], [200; 3]);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn authorization_requests_are_limited_by_address_where_that_is_switched_on() {
    let Some(server) = Server::with(profile::CROWDED) else { return };
    let app = App::confidential(server).await;
    let mut statuses = Vec::new();
    for _ in 0..45 {
        statuses.push(server.request(Method::GET, &app.authorize_path(&[])).ask().await.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn without_limits_volume_is_free() {
    let app = App::machine(Server::shared()).await;
    for _ in 0..30 {
        Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    }
}
