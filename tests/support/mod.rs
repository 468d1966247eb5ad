//! What the tests stand on: a server, a browser, an application, and what a wire shows.

pub mod answer;
pub mod app;
pub mod browser;
pub mod dpop;
pub mod html;
pub mod jwt;
pub mod mailbox;
pub mod passkeys;
pub mod raw;
pub mod record;
pub mod server;
pub mod site;
pub mod totp;

pub use answer::{Answer, Ask};
pub use app::{App, CHALLENGE, REDIRECT_URI, Tokens, VERIFIER};
pub use browser::{Browser, Callback, PASSWORD, Person};
pub use reqwest::Method;
pub use serde_json::{Value, json};
pub use server::{Server, profile};
pub use totp::Authenticator;

/// Text that no other test and no earlier run has used.
pub fn unique() -> String {
    let random = openidconnect::CsrfToken::new_random();
    random.secret().chars().filter(char::is_ascii_alphanumeric).take(16).collect::<String>().to_lowercase()
}

/// Percent-encodes a query or a form.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://localhost").unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

/// Lets the server's clock go on by a little more than so many whole seconds.
pub async fn pass(seconds: u64) {
    tokio::time::sleep(std::time::Duration::from_millis(seconds * 1000 + 100)).await;
}

/// A user, signed in with a browser, and the tokens that an application got for them.
pub struct SignedIn<'s> {
    pub browser: Browser<'s>,
    pub person: Person,
    pub app: App<'s>,
    pub tokens: Tokens,
}

/// Signs a new user up and gets tokens of all scopes for a new confidential client.
pub async fn signed_in(server: &Server) -> SignedIn<'_> {
    let app = App::confidential(server).await;
    let (browser, person, tokens) = tokens_for(&app).await;
    SignedIn { browser, person, app, tokens }
}

/// Signs a new user up and gets this application tokens for them.
pub async fn tokens_for<'s>(app: &App<'s>) -> (Browser<'s>, Person, Tokens) {
    let mut browser = Browser::new(app.server);
    let person = browser.sign_up().await;
    let callback = browser.authorize(app, &[]).await;
    let tokens = app.redeem(&callback).await;
    (browser, person, tokens)
}

/// The decoded pairs of a query.
pub fn decode(query: &str) -> Vec<(String, String)> {
    let mut url = reqwest::Url::parse("http://localhost").unwrap();
    url.set_query(Some(query));
    url.query_pairs().into_owned().collect()
}
