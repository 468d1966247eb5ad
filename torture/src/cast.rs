//! Who takes part: a user, applications, tokens.

use anyhow::{Context, Result};
use driver::{Answer, App, Browser, Connection};

use crate::{crowd::Crowd, pair::Pair, report::Row};

/// Everything that applications here ask for.
pub(crate) const SCOPE: &str = "openid profile email";

/// A user who is signed in and has allowed an application everything.
pub(crate) struct User {
    /// The address, which is also a name for the administrator.
    pub(crate) email: String,
    /// The cookies of the browser.
    pub(crate) cookie: String,
}

impl User {
    /// Signs one up, who allows this application.
    pub(crate) async fn new(browser: &mut Browser, email: String, app: &App) -> Result<Self> {
        browser.sign_up(&email).await?;
        browser.allow(app).await?;
        Ok(Self { email, cookie: browser.cookie() })
    }
}

/// Those of the races: a user, the application that the user has allowed, and another one that watches tokens.
pub(crate) struct Cast {
    /// The user.
    pub(crate) user: User,
    /// The application.
    pub(crate) app: App,
    /// Introspects what others have.
    pub(crate) watcher: App,
}

impl Cast {
    /// Brings them in at the first host.
    pub(crate) async fn new(pair: &Pair) -> Result<Self> {
        let [address, _] = pair.addresses();
        let mut connection = Connection::open(address).await?;
        let app = App::register(&mut connection, "ES256", SCOPE).await?;
        let watcher = App::register(&mut connection, "ES256", SCOPE).await?;
        let user = User::new(&mut Browser::open(address).await?, "jane@example.org".to_owned(), &app).await?;
        Ok(Self { user, app, watcher })
    }

    /// The same with another user, who signs up.
    pub(crate) async fn with_new_user(&self, pair: &Pair, email: String) -> Result<Self> {
        let [_, address] = pair.addresses();
        let user = User::new(&mut Browser::open(address).await?, email, &self.app).await?;
        Ok(Self { user, app: self.app.clone(), watcher: self.watcher.clone() })
    }

    /// A code for the application.
    pub(crate) async fn code(&self, crowd: &mut Crowd) -> Result<String> {
        crowd.send(self.app.authorize(&self.user.cookie)?).await?.redirected_with("code")
    }

    /// The tokens of a new grant.
    pub(crate) async fn tokens(&self, crowd: &mut Crowd) -> Result<Tokens> {
        let code = self.code(crowd).await?;
        Tokens::of(crowd.send(self.app.redeem(&code)?).await?)
    }

    /// Notes where these tokens are good for anything, at either host.
    pub(crate) async fn expect_dead(&self, row: &mut Row, crowd: &mut Crowd, tokens: &Tokens) -> Result<()> {
        for active in self.active(crowd, &tokens.access).await? {
            row.expect(!active, || "an access token is active after its end was acknowledged".to_owned());
        }
        for answer in crowd.everywhere(&self.app.refresh(&tokens.refresh)?).await? {
            row.expect(is_refused(&answer), || format!("a refresh token is good after its end: {}", said(&answer)));
        }
        Ok(())
    }

    /// Notes where this access token is not good everywhere.
    pub(crate) async fn expect_alive(&self, row: &mut Row, crowd: &mut Crowd, tokens: &Tokens) -> Result<()> {
        for active in self.active(crowd, &tokens.access).await? {
            row.expect(active, || "an access token is worth nothing that nobody has ended".to_owned());
        }
        Ok(())
    }

    async fn active(&self, crowd: &mut Crowd, access_token: &str) -> Result<[bool; 2]> {
        let [first, second] = crowd.everywhere(&self.watcher.about_token("/introspect", access_token)?).await?;
        Ok([is_active(first)?, is_active(second)?])
    }
}

/// What a token request gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tokens {
    /// The access token.
    pub(crate) access: String,
    /// The refresh token.
    pub(crate) refresh: String,
    /// The ID token.
    pub(crate) id: String,
}

impl Tokens {
    /// Those of this answer.
    pub(crate) fn of(answer: Answer) -> Result<Self> {
        let answer = answer.expect(200)?;
        let [access, refresh, id] = ["access_token", "refresh_token", "id_token"].map(|name| answer.member(name));
        Ok(Self { access: access?, refresh: refresh?, id: id? })
    }
}

/// Whether a token request is answered that what it brings is worth nothing.
pub(crate) fn is_refused(answer: &Answer) -> bool {
    answer.status == 400 && answer.member("error").is_ok_and(|error| error == "invalid_grant")
}

/// Whether introspection answers that a token is active.
pub(crate) fn is_active(answer: Answer) -> Result<bool> {
    let json: serde_json::Value = serde_json::from_slice(&answer.expect(200)?.body)?;
    json.get("active").and_then(serde_json::Value::as_bool).context("no active")
}

/// An answer in a violation: never a token.
pub(crate) fn said(answer: &Answer) -> String {
    format!("{} {}", answer.status.as_u16(), answer.member("error").unwrap_or_default())
}
