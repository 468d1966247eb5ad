//! Who is suspended or gone has nothing left that works.

use crate::support::{App, Browser, Callback, Server, signed_in};

#[tokio::test]
async fn a_suspended_user_loses_the_session_the_tokens_and_the_pending_code() {
    let server = Server::shared();
    let mut user = signed_in(server).await;
    let pending = user.browser.authorize(&user.app, &[]).await;
    let other = App::confidential(server).await;
    let consent = user.browser.begin(&other, &[]).await.expect(200);
    server.set_access_level(&user.person.email, "suspended").await;
    assert!(!server.accepts(&user.tokens.access).await);
    server.get_as("/resource/me", &user.tokens.access).await.expect_error(401, "invalid_token");
    user.app.try_refresh(user.tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    user.app.try_redeem(&pending.code(), &[]).await.expect_error(400, "invalid_grant");
    let answer = user.browser.submit(&consent, "/consent", &[("decision", "approve")]).await;
    assert!(!answer.header("location").contains("code="), "{:?}", answer.headers);
    let answer = user.browser.get(&user.app.authorize_path(&[("prompt", "none")])).await;
    Callback { url: answer.location() }.expect_error("login_required");
    assert_eq!(Browser::new(server).try_sign_in(&user.person.email, &user.person.password).await.status, 401);
}

#[tokio::test]
async fn a_suspended_user_cannot_sign_up_again_under_the_same_address() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    server.set_access_level(&person.email, "suspended").await;
    let mut browser = Browser::new(server);
    let page = browser.get("/signup").await.expect(200);
    assert_eq!(browser.submit(&page, "/signup", &person.application()).await.status, 400);
    assert!(browser.session().is_none());
}

#[tokio::test]
async fn suspending_one_user_leaves_the_others_alone() {
    let server = Server::shared();
    let (one, two) = (signed_in(server).await, signed_in(server).await);
    server.set_access_level(&one.person.email, "suspended").await;
    assert!(server.accepts(&two.tokens.access).await);
    two.app.refresh(two.tokens.refresh_token()).await;
}
