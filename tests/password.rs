//! Changing the password.

use crate::support::{Browser, Person, Server};

const NEW: &str = "another horse altogether";

#[tokio::test]
async fn a_change_of_password_signs_out_everywhere_else() {
    let server = Server::shared();
    let (mut here, mut elsewhere) = (Browser::new(server), Browser::new(server));
    let person = here.sign_up().await;
    elsewhere.sign_in(&person).await;
    let page = here.get("/account/password").await.expect(200);
    let fields = [("current_password", person.password.as_str()), ("new_password", NEW)];
    here.submit(&page, "/account/password", &fields).await.expect(200);
    assert!(here.get("/").await.expect(200).html().contains("Jane"));
    assert!(!elsewhere.get("/").await.expect(200).html().contains("Jane"));
    assert_eq!(Browser::new(server).try_sign_in(&person.email, &person.password).await.status, 401);
    Browser::new(server).sign_in(&Person { password: NEW.to_owned(), ..person }).await;
}

#[tokio::test]
async fn the_password_is_changed_only_by_who_knows_it() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let page = browser.get("/account/password").await.expect(200);
    let wrong = [("current_password", "a guess"), ("new_password", NEW)];
    let answer = browser.submit(&page, "/account/password", &wrong).await.expect(401);
    assert!(!answer.body.contains("a guess") && !answer.body.contains(NEW), "a password is never shown again");
    let fields = [("current_password", person.password.as_str()), ("new_password", NEW)];
    browser.post("/account/password", &fields).await.expect(403);
    Browser::new(server).sign_in(&person).await;
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first_and_comes_back() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    let mut browser = Browser::new(server);
    let login = browser.visit("/account/password").await.expect(200);
    assert_eq!(login.url.path(), "/login");
    let page = browser.log_in_at(&login, &person).await.expect(200);
    assert_eq!(page.url.path(), "/account/password");
    browser.form(&page, "/account/password");
}
