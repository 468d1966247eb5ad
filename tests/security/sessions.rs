//! Session cookies cannot be planted, forged or kept.

use std::time::Duration;

use crate::support::{Browser, Server, jwt, server::State, signed_in, unique};

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

/// How long a refusal takes.
#[allow(clippy::disallowed_methods, reason = "what an attacker measures is the real clock")]
async fn time_of_refusal(server: &Server, email: &str) -> Duration {
    let mut browser = Browser::new(server);
    let page = browser.get("/login").await.expect(200);
    let start = std::time::Instant::now();
    let answer = browser.submit(&page, "/login", &[("email", email), ("password", "wrong password")]).await;
    let time = start.elapsed();
    answer.expect(401);
    time
}

#[tokio::test]
async fn the_time_of_a_refusal_does_not_tell_who_has_an_account() {
    // At this cost bcrypt takes far longer than all the rest.
    let settings = [("bcrypt_rounds", "9"), ("login_throttle", "off")];
    let state = State::new();
    let Some(server) = Server::start(&settings, &state) else { return };
    let person = Browser::new(&server).sign_up().await;
    let unknown = format!("nobody.{}@example.org", unique());
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..7 {
        // In turns, so that what else the machine does hits all alike. The last one cannot be an address.
        for (times, email) in times.iter_mut().zip([person.email.as_str(), &unknown, "no address"]) {
            times.push(time_of_refusal(&server, email).await);
        }
    }
    let least = times.map(|times| times.into_iter().min().unwrap());
    println!("known {:?}, unknown {:?}, no address {:?}", least[0], least[1], least[2]);
    for other in &least[1..] {
        assert!(*other * 2 > least[0] && least[0] * 2 > *other, "{least:?}");
    }
    server.stop();
}
