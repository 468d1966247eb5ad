//! The audit log: what users do themselves, and what is registered with the admin token.

use crate::support::{App, Browser, Method, Server, Value, json};

/// The lines about this subject, the newest first: who, from where, what.
async fn lines(server: &Server, subject: &str) -> Vec<[String; 3]> {
    let path = format!("/admin/api/audit?subject={subject}");
    let log = server.administer(Method::GET, &path, json!({})).await.expect(200).json();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    let lines = log["items"].as_array().unwrap().iter();
    lines.map(|entry| ["actor", "address", "action"].map(|name| text(entry, name))).collect()
}

#[tokio::test]
async fn what_users_do_with_their_account_is_in_the_log_with_their_address() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    browser.add_totp().await;
    let page = browser.get("/account/factors").await.expect(200);
    browser.submit(&page, "/account/factors", &[("action", "remove_totp")]).await.location();
    let page = browser.get("/account/password").await.expect(200);
    let fields = [("current_password", person.password.as_str()), ("new_password", "another horse altogether")];
    browser.submit(&page, "/account/password", &fields).await.expect(200);
    let path = format!("/admin/api/users/{}", person.email);
    let user = server.administer(Method::GET, &path, json!({})).await.expect(200).json();
    let acts = ["user.password", "user.factor_removed", "user.factor_added", "user.create"];
    let expected = acts.map(|act| ["user", "127.0.0.1", act].map(str::to_owned));
    assert_eq!(lines(server, user["user_id"].as_str().unwrap()).await, expected);
}

#[tokio::test]
async fn what_is_registered_with_the_admin_token_is_in_the_log() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    assert_eq!(lines(server, &app.id).await, [["admin_token", "127.0.0.1", "client.create"].map(str::to_owned)]);
}
