//! Sign-up.

use crate::support::{Answer, App, Browser, PASSWORD, Person, Server, html, profile, tokens_for, unique};

async fn try_sign_up(fields: &[(&str, &str)]) -> (Browser<'static>, Answer) {
    let mut browser = Browser::new(Server::shared());
    let page = browser.get("/signup").await.expect(200);
    let answer = browser.submit(&page, "/signup", fields).await;
    (browser, answer)
}

#[tokio::test]
async fn a_new_user_is_signed_in_at_once() {
    let server = Server::shared();
    let person = Person::new();
    let (mut browser, answer) = try_sign_up(&person.application()).await;
    assert_eq!(server.own(answer.location().as_str()), Some(server.url("/")));
    assert!(browser.get("/").await.expect(200).html().contains("Jane"));
}

#[tokio::test]
async fn a_user_id_is_initials_and_digits_and_the_subject_a_uuid() {
    let app = App::confidential(Server::shared()).await;
    let (_, _, tokens) = tokens_for(&app).await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    let user_id = claims["user_id"].as_str().unwrap();
    let (initials, digits) = user_id.split_once('-').expect("initials and digits");
    assert_eq!(initials, "JD");
    assert!(digits.len() >= 4 && digits.bytes().all(|digit| digit.is_ascii_digit()), "{user_id}");
    let sub = claims["sub"].as_str().unwrap();
    assert_eq!(sub.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{sub}");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_what_was_typed_is_kept_but_never_the_password() {
    let email = format!("ada.{}@example.org", unique());
    let cases: [&[(&str, &str)]; 11] = [
        &[("password", "short")],
        &[("password", "")],
        &[("password", "Iloveyou")],
        &[("password", "Ada Lovelace")],
        &[("password", &"p".repeat(73))],
        &[("given_name", "")],
        &[("given_name", "   ")],
        &[("given_name", &"x".repeat(101))],
        &[("email", "")],
        &[("email", "no-at-sign")],
        &[("email", "a b@example.org")],
    ];
    for wrong in cases {
        let usual =
            [("given_name", "Ada"), ("family_name", "Lovelace"), ("email", &email), ("password", "typed-pass-9")];
        let usual = usual.into_iter().filter(|(name, _)| wrong.iter().all(|(other, _)| other != name));
        let fields: Vec<(&str, &str)> = usual.chain(wrong.iter().copied()).collect();
        let (browser, answer) = try_sign_up(&fields).await;
        let answer = answer.expect(400);
        assert!(browser.session().is_none());
        let form = browser.form(&answer, "/signup");
        for (name, value) in fields.iter().filter(|(name, _)| *name != "password") {
            let kept = form.inputs.iter().find(|(input, _)| input == name).map(|(_, value)| value.as_str());
            assert_eq!(kept, Some(*value), "{wrong:?}");
        }
        assert!(!answer.body.contains("typed-pass-9") && !answer.body.contains(&"p".repeat(73)));
        assert!(
            answer.body.contains("role=\"alert\"") || answer.body.contains("aria-invalid"),
            "the problem is announced"
        );
    }
    // None of these made an account.
    let mut browser = Browser::new(Server::shared());
    assert_eq!(browser.try_sign_in(&email, "typed-pass-9").await.status, 401);
}

#[tokio::test]
async fn a_password_of_eight_characters_and_one_of_72_will_do() {
    for password in ["8 chars!".to_owned(), "y".repeat(72)] {
        let person = Person { password, ..Person::new() };
        let mut browser = Browser::new(Server::shared());
        browser.sign_up_as(&person).await;
        Browser::new(Server::shared()).sign_in(&person).await;
    }
}

#[tokio::test]
async fn an_email_address_has_one_account_whatever_its_case() {
    let person = Browser::new(Server::shared()).sign_up().await;
    for email in [person.email.clone(), person.email.to_uppercase()] {
        let twin = Person { email, password: "another password".to_owned(), ..Person::new() };
        let (browser, answer) = try_sign_up(&twin.application()).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(browser.session().is_none());
    }
    Browser::new(Server::shared()).sign_in(&person).await;
}

#[tokio::test]
async fn names_of_every_alphabet_are_kept() {
    let app = App::confidential(Server::shared()).await;
    for (given, family, initials) in [("王", "明", "XX"), ("Élodie", "O'Brien & Söhne", "LO"), ("Cher", "", "CX")] {
        let person = Person { given_name: given.to_owned(), family_name: family.to_owned(), ..Person::new() };
        let mut browser = Browser::new(app.server);
        browser.sign_up_as(&person).await;
        let callback = browser.authorize(&app, &[]).await;
        let tokens = app.redeem(&callback).await;
        let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
        assert_eq!(claims["given_name"], given);
        assert_eq!(claims["name"], format!("{given} {family}").trim());
        assert_eq!(claims.get("family_name").is_some(), !family.is_empty());
        assert!(claims["user_id"].as_str().unwrap().starts_with(&format!("{initials}-")), "{claims}");
    }
}

#[tokio::test]
async fn what_is_typed_is_escaped() {
    let evil = "<script>alert('x')</script>\"onload=";
    let (_, page) =
        try_sign_up(&[("given_name", evil), ("family_name", evil), ("email", "x"), ("password", "12345678")]).await;
    assert!(!page.expect(400).body.contains("<script>alert"));
    let person = Person { given_name: evil.to_owned(), ..Person::new() };
    let mut browser = Browser::new(Server::shared());
    browser.sign_up_as(&person).await;
    let home = browser.get("/").await.expect(200);
    assert!(!home.body.contains("<script>alert"));
    assert!(html::unescape(&home.body).contains(evil), "the name is shown as it is");
}

#[tokio::test]
async fn nobody_signs_up_as_administrator() {
    let person = Person::new();
    let mut fields = person.application();
    fields.extend([("access_level", "admin"), ("email_verified", "true"), ("user_id", "AA-0001")]);
    let (mut browser, answer) = try_sign_up(&fields).await;
    answer.location();
    let app = App::confidential(Server::shared()).await;
    let callback = browser.authorize(&app, &[]).await;
    let tokens = app.redeem(&callback).await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(claims["access_level"], "user");
    assert_eq!(claims["email_verified"], false);
    assert_ne!(claims["user_id"], "AA-0001");
}

#[tokio::test]
async fn an_open_server_asks_for_no_invite() {
    let mut browser = Browser::new(Server::shared());
    let page = browser.get("/signup").await.expect(200);
    assert!(!browser.form(&page, "/signup").inputs.iter().any(|(name, _)| name == "invite_code"));
    assert!(page.body.contains("autocomplete=\"new-password\""));
}

#[tokio::test]
async fn a_closed_server_signs_nobody_up() {
    let Some(server) = Server::with(profile::CLOSED) else { return };
    let mut browser = Browser::new(server);
    browser.get("/signup").await.expect_error_page(403);
    // Not even by a form that was got elsewhere.
    let csrf = {
        let page = browser.get("/login").await.expect(200);
        browser.form(&page, "/login").value("csrf").to_owned()
    };
    let person = Person::new();
    let mut fields = person.application();
    fields.push(("csrf", &csrf));
    assert_eq!(browser.post("/signup", &fields).await.status, 403);
    assert!(browser.session().is_none());
}

/// Signs somebody up where that needs an invite.
pub async fn sign_up_with_invite(browser: &mut Browser<'_>) -> Person {
    let person = Person::new();
    let page = browser.get("/signup").await.expect(200);
    let mut fields = person.application();
    fields.push(("invite_code", "an-invite-code-of-the-suite"));
    browser.submit(&page, "/signup", &fields).await.location();
    assert!(browser.session().is_some());
    person
}

#[tokio::test]
async fn an_invite_opens_sign_up() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    let mut browser = Browser::new(server);
    let page = browser.get("/signup").await.expect(200);
    assert!(browser.form(&page, "/signup").inputs.iter().any(|(name, _)| name == "invite_code"));
    for code in ["", "wrong", "an-invite-code-of-the-suit", "AN-INVITE-CODE-OF-THE-SUITE"] {
        let person = Person { password: PASSWORD.to_owned(), ..Person::new() };
        let mut fields = person.application();
        fields.push(("invite_code", code));
        assert_eq!(browser.submit(&page, "/signup", &fields).await.status, 400, "{code:?}");
        assert!(browser.session().is_none());
    }
    sign_up_with_invite(&mut browser).await;
}
