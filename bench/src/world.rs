//! What the operations need: a user who is signed in, applications that the user has allowed, codes and tokens.

use std::{cell::RefCell, collections::BTreeMap, net::SocketAddr, rc::Rc};

use anyhow::Result;
use driver::{Answer, App, Browser, Connection, Request};

use crate::load::{self, Script};

/// A server in use.
pub(crate) struct World {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    cookie: String,
    /// The application whose tokens are opaque and that asks for no ID token.
    pub(crate) plain: App,
    /// Those that ask for an ID token, by the algorithm that they registered.
    pub(crate) signed: BTreeMap<&'static str, App>,
}

impl World {
    /// Signs a user up, registers the applications and allows them.
    pub(crate) async fn create(address: SocketAddr) -> Result<Self> {
        let mut browser = Browser::open(address).await?;
        browser.sign_up("jane@example.org").await?;
        // The server makes its signing keys on first need, which is not what is measured.
        browser.get("/jwks").await?.expect(200)?;
        let mut signed = BTreeMap::new();
        for algorithm in ["RS256", "ES256", "EdDSA"] {
            signed.insert(algorithm, new_app(&mut browser, algorithm, "openid profile email").await?);
        }
        let plain = new_app(&mut browser, "ES256", "profile email").await?;
        Ok(Self { address, cookie: browser.cookie(), plain, signed })
    }

    /// A server whose user and applications are there already.
    pub(crate) fn of(
        address: SocketAddr,
        cookie: String,
        plain: App,
        signed: impl IntoIterator<Item = (&'static str, App)>,
    ) -> Self {
        Self { address, cookie, plain, signed: signed.into_iter().collect() }
    }

    /// An authorization request of the signed-in user.
    pub(crate) fn authorize(&self, app: &App) -> Result<Request> {
        app.authorize(&self.cookie)
    }

    /// As many codes as asked for.
    pub(crate) async fn codes(&self, app: &App, count: usize, connections: usize) -> Result<Vec<String>> {
        let codes = Rc::new(RefCell::new(Vec::with_capacity(count)));
        let collector = || Collector { request: None, count, codes: Rc::clone(&codes) };
        let request = self.authorize(app)?;
        let scripts =
            (0..connections).map(|_| Box::new(Collector { request: Some(request.clone()), ..collector() }) as _);
        load::run_out(self.address, scripts.collect()).await?;
        Ok(codes.take())
    }

    /// The tokens of a new grant.
    pub(crate) async fn tokens(&self, app: &App) -> Result<Answer> {
        let mut connection = Connection::open(self.address).await?;
        let code = connection.send(self.authorize(app)?).await?.redirected_with("code")?;
        connection.send(app.redeem(&code)?).await?.expect(200)
    }
}

/// Registers an application, and allows it what it asks for.
async fn new_app(browser: &mut Browser, algorithm: &str, scope: &'static str) -> Result<App> {
    let app = App::register(&mut browser.connection, algorithm, scope).await?;
    browser.allow(&app).await?;
    Ok(app)
}

/// Collects the codes of authorization answers.
struct Collector {
    request: Option<Request>,
    count: usize,
    codes: Rc<RefCell<Vec<String>>>,
}

impl Script for Collector {
    fn next(&mut self) -> Result<Option<Request>> {
        Ok(self.request.clone().filter(|_| self.codes.borrow().len() < self.count))
    }

    fn read(&mut self, answer: Answer) -> Result<()> {
        self.codes.borrow_mut().push(answer.redirected_with("code")?);
        Ok(())
    }
}
