//! Session cookies cannot be planted, forged or kept.

use crate::support::{Browser, Server, jwt, signed_in};

#[tokio::test]
async fn a_sign_in_replaces_a_planted_session() {
    let server = Server::shared();
    let mut attacker = Browser::new(server);
    attacker.sign_up().await;
    let person = Browser::new(server).sign_up().await;
    let mut victim = Browser::new(server);
    victim.cookies = attacker.cookies.clone();
    let planted = victim.session().unwrap().to_owned();
    victim.sign_in(&person).await;
    let fresh = victim.session().unwrap();
    assert_ne!(fresh, planted);
    assert_ne!(jwt::claims(fresh)["sid"], jwt::claims(&planted)["sid"]);
}

#[tokio::test]
async fn a_made_up_session_is_not_adopted() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    let mut victim = Browser::new(server);
    victim.cookies.insert(server.cookie_name("session"), "chosen-by-the-attacker".to_owned());
    victim.sign_in(&person).await;
    assert_ne!(victim.session(), Some("chosen-by-the-attacker"));
}

#[tokio::test]
async fn forged_cookies_are_nobody() {
    let server = Server::shared();
    let user = signed_in(server).await;
    let cookie = user.browser.session().unwrap().to_owned();
    let claims = jwt::claims(&cookie);
    let parts: Vec<&str> = cookie.split('.').collect();
    let none = serde_json::json!({"alg": "none", "typ": "JWT"});
    let keys = server.get("/jwks").await.json().to_string();
    let mut longer = claims.clone();
    longer["exp"] = (claims["exp"].as_i64().unwrap() + 1).into();
    for forged in [
        jwt::unsigned(&none, &claims),
        jwt::unsigned(&serde_json::json!({"alg": "None"}), &claims),
        jwt::unsigned(&jwt::header(&cookie), &claims),
        jwt::hs256(&claims, b""),
        jwt::hs256(&claims, b"secret"),
        jwt::hs256(&claims, keys.as_bytes()),
        format!("{}.{}.{}", parts[0], jwt::base64url(longer.to_string()), parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{cookie}x"),
        user.tokens.id_token().to_owned(),
        user.tokens.access.clone(),
    ] {
        let mut browser = Browser::new(server);
        browser.cookies.insert(server.cookie_name("session"), forged.clone());
        assert!(!browser.get("/").await.expect(200).html().contains("Jane"), "{forged}");
    }
}

#[tokio::test]
async fn the_cookie_does_not_carry_the_password_or_a_token() {
    let user = signed_in(Server::shared()).await;
    let claims = jwt::claims(user.browser.session().unwrap()).to_string();
    assert!(!claims.contains(&user.person.password) && !claims.contains("sat_") && !claims.contains("$2"), "{claims}");
}

#[tokio::test]
async fn a_session_cookie_is_no_bearer_token() {
    let user = signed_in(Server::shared()).await;
    assert!(!user.app.server.accepts(user.browser.session().unwrap()).await);
}

/// The median of some sign-in attempts.
#[allow(clippy::disallowed_methods, reason = "what an attacker measures is the real clock")]
async fn time_of_attempts(emails: &[String]) -> std::time::Duration {
    let mut browser = Browser::new(Server::shared());
    let page = browser.get("/login").await.expect(200);
    let mut times = Vec::new();
    for email in emails {
        let start = std::time::Instant::now();
        let answer = browser.submit(&page, "/login", &[("email", email), ("password", "wrong password")]).await;
        times.push(start.elapsed());
        assert_eq!(answer.status, 401, "{}", answer.body);
    }
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test]
async fn the_time_of_a_refusal_does_not_tell_who_has_an_account() {
    // At the lowest cost bcrypt takes a few milliseconds here, which an answer without it would be short of.
    let person = Browser::new(Server::shared()).sign_up().await;
    let known: Vec<String> = (0..15).map(|_| person.email.clone()).collect();
    let unknown: Vec<String> = (0..15).map(|_| format!("nobody.{}@example.org", crate::support::unique())).collect();
    let (known, unknown) = (time_of_attempts(&known).await, time_of_attempts(&unknown).await);
    println!("known {known:?}, unknown {unknown:?}");
    assert!(unknown * 3 > known && known * 3 > unknown, "known {known:?}, unknown {unknown:?}");
}
