//! What has a single winner has one under a race.

use std::sync::Arc;

use crate::support::{Answer, App, Ask, Browser, Person, Server, Tokens, jwt, signed_in};

/// Sends the same form so many times at once, each on a connection of its own.
async fn at_once(count: usize, path: &'static str, app: &App<'static>, form: &[(&str, &str)]) -> Vec<Answer> {
    let gate = Arc::new(tokio::sync::Barrier::new(count));
    let requests: Vec<_> = (0..count)
        .map(|_| {
            let (request, gate) = (app.request(path, form), gate.clone());
            tokio::spawn(async move {
                gate.wait().await;
                request.ask().await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for request in requests {
        answers.push(request.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn of_50_parallel_redemptions_of_one_code_one_succeeds() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let code = browser.authorize(&app, &[]).await.code();
    let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", &app.redirect_uri)];
    let answers = at_once(50, "/token", &app, &form).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    lost.iter().for_each(|answer| answer.expect_error(400, "invalid_grant"));
    // The losers were replays, so what the winner got is worth nothing; and a later replay changes nothing about it.
    let tokens = Tokens::of(won[0]);
    app.try_redeem(&code, &[]).await.expect_error(400, "invalid_grant");
    assert!(!app.server.accepts(&tokens.access).await);
    app.try_refresh(tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn fifty_parallel_refreshes_leave_one_lineage_and_a_client_that_goes_on() {
    let user = signed_in(Server::shared()).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", user.tokens.refresh_token())];
    let answers = at_once(50, "/token", &user.app, &form).await;
    let tokens: Vec<Tokens> = answers.iter().map(Tokens::of).collect();
    let successor = tokens[0].refresh_token();
    assert!(tokens.iter().all(|other| other.refresh_token() == successor), "the family has forked");
    for tokens in &tokens {
        assert!(user.app.server.accepts(&tokens.access).await);
    }
    let next = user.app.refresh(successor).await;
    assert!(user.app.server.accepts(&next.access).await);
    user.app.refresh(next.refresh_token()).await;
}

#[tokio::test]
async fn of_many_sign_ups_with_one_email_address_one_succeeds() {
    let server = Server::shared();
    let person = Person::new();
    let mut requests = Vec::new();
    for _ in 0..10 {
        let mut browser = Browser::new(server);
        let page = browser.get("/signup").await.expect(200);
        let person = person.clone();
        requests
            .push(tokio::spawn(async move { browser.submit(&page, "/signup", &person.application()).await.status }));
    }
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(request.await.unwrap());
    }
    statuses.sort_unstable();
    assert!(matches!(statuses[0], 302 | 303), "{statuses:?}");
    assert_eq!(statuses[1..], [400; 9]);
    Browser::new(server).sign_in(&person).await;
}

#[tokio::test]
async fn parallel_consents_are_all_remembered() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let (one, two) =
        (browser.begin(&app, &[("scope", "openid")]).await, browser.begin(&app, &[("scope", "email")]).await);
    let cookies = browser.cookies.clone();
    let decide = |page: Answer| {
        let mut browser = Browser::new(server);
        browser.cookies = cookies.clone();
        tokio::spawn(async move { browser.submit(&page, "/consent", &[("decision", "approve")]).await.location() })
    };
    let (one, two) = (decide(one), decide(two));
    assert!(one.await.unwrap().as_str().contains("code=") && two.await.unwrap().as_str().contains("code="));
    let answer = browser.get(&app.authorize_path(&[("scope", "openid email")])).await;
    assert!(answer.location().as_str().contains("code="), "both scopes are allowed now");
}

#[tokio::test]
async fn a_refresh_and_a_revocation_at_once_end_with_nothing_alive() {
    let user = signed_in(Server::shared()).await;
    let app = user.app.clone();
    let refresh = {
        let (app, token) = (app.clone(), user.tokens.refresh_token().to_owned());
        tokio::spawn(async move { app.try_refresh(&token, &[]).await })
    };
    user.app.revoke(user.tokens.refresh_token()).await.expect(200);
    let answer = refresh.await.unwrap();
    if answer.status == 200 {
        let tokens = Tokens::of(&answer);
        assert!(!app.server.accepts(&tokens.access).await);
        app.try_refresh(tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    } else {
        answer.expect_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn parallel_sign_ins_are_sessions_of_their_own() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    let sign_ins: Vec<_> = (0..8)
        .map(|_| {
            let person = person.clone();
            tokio::spawn(async move {
                let mut browser = Browser::new(server);
                browser.sign_in(&person).await;
                jwt::claims(browser.session().unwrap())["sid"].to_string()
            })
        })
        .collect();
    let mut sessions = std::collections::BTreeSet::new();
    for sign_in in sign_ins {
        sessions.insert(sign_in.await.unwrap());
    }
    assert_eq!(sessions.len(), 8);
}
