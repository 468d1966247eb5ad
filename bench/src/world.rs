//! What the operations need: a user who is signed in, applications that the user has allowed, codes and tokens.

use std::{cell::RefCell, collections::BTreeMap, net::SocketAddr, rc::Rc};

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::header;
use serde_json::json;

use crate::{
    client::{Answer, Connection, Request, get, post, post_json},
    load::{self, Script},
};

/// The token of the administrator.
pub(crate) const ADMIN_TOKEN: &str = "the-admin-token-of-the-benchmark";
/// Where codes go.
const REDIRECT_URI: &str = "https://app.example/callback";
/// [RFC 7636 appendix B](https://www.rfc-editor.org/rfc/rfc7636#appendix-B)
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered application.
#[derive(Clone)]
pub(crate) struct App {
    id: String,
    authorization: String,
    scope: &'static str,
}

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
        let mut browser = Browser { connection: Connection::open(address).await?, cookies: BTreeMap::new() };
        browser.sign_up().await?;
        // The server makes its signing keys on first need, which is not what is measured.
        browser.get("/jwks").await?.expect(200)?;
        let mut signed = BTreeMap::new();
        for algorithm in ["RS256", "ES256", "EdDSA"] {
            signed.insert(algorithm, browser.new_app(algorithm, "openid profile email").await?);
        }
        let plain = browser.new_app("ES256", "profile email").await?;
        Ok(Self { address, cookie: browser.cookie(), plain, signed })
    }

    /// An authorization request of the signed-in user.
    pub(crate) fn authorize(&self, app: &App) -> Result<Request> {
        get(&app.authorize_path(), &[("cookie", &self.cookie)])
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

impl App {
    fn authorize_path(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", &self.id),
                ("redirect_uri", REDIRECT_URI),
                ("scope", self.scope),
                ("state", "af0ifjsldkj"),
                ("nonce", "n-0S6_WzA2Mj"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        format!("/authorize?{query}")
    }

    /// The token request for a code.
    pub(crate) fn redeem(&self, code: &str) -> Result<Request> {
        self.post(
            "/token",
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", REDIRECT_URI),
                ("code_verifier", VERIFIER),
            ],
        )
    }

    /// The token request for a refresh token.
    pub(crate) fn refresh(&self, refresh_token: &str) -> Result<Request> {
        self.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
    }

    /// The token request of a client for itself.
    pub(crate) fn client_credentials(&self) -> Result<Request> {
        self.post("/token", &[("grant_type", "client_credentials"), ("scope", "api:read")])
    }

    /// A request about a token, to the endpoint that introspects or to the one that revokes.
    pub(crate) fn about_token(&self, path: &str, token: &str) -> Result<Request> {
        self.post(path, &[("token", token)])
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Request> {
        post(path, &[("authorization", &self.authorization)], form)
    }
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

/// A browser, for what happens once.
struct Browser {
    connection: Connection,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    async fn sign_up(&mut self) -> Result<()> {
        let page = self.get("/signup").await?.expect(200)?;
        let person = [
            ("given_name", "Jane"),
            ("family_name", "Doe"),
            ("email", "jane@example.org"),
            ("password", "correct horse battery staple"),
        ];
        let signed_up = self.submit("/signup", &page, &person).await?;
        if !signed_up.status.is_redirection() {
            bail!("cannot sign up: {}", signed_up.text());
        }
        Ok(())
    }

    /// Registers an application, and allows it what it asks for.
    async fn new_app(&mut self, algorithm: &str, scope: &'static str) -> Result<App> {
        let metadata = json!({
            "client_name": format!("Benchmark {algorithm}"),
            "redirect_uris": [REDIRECT_URI],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "scope": format!("{scope} api:read"),
            "id_token_signed_response_alg": algorithm,
        });
        let authorization = format!("Bearer {ADMIN_TOKEN}");
        let request = post_json("/register", &[("authorization", &authorization)], &metadata)?;
        let registered = self.connection.send(request).await?.expect(201)?;
        let (id, secret) = (registered.member("client_id")?, registered.member("client_secret")?);
        let authorization = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let app = App { id, authorization, scope };
        let asked = self.get(&app.authorize_path()).await?;
        let page = location(&asked)?;
        let page = self.get(&page).await?.expect(200)?;
        self.submit("/consent", &page, &[("decision", "approve")]).await?.redirected_with("code")?;
        Ok(app)
    }

    async fn get(&mut self, path: &str) -> Result<Answer> {
        let cookie = self.cookie();
        self.send(get(path, &[("cookie", &cookie)])?).await
    }

    /// Sends the form of a page, with its hidden inputs.
    async fn submit(&mut self, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Result<Answer> {
        let (cookie, text) = (self.cookie(), page.text());
        let form: Vec<_> = hidden(&text).into_iter().chain(fields.iter().copied()).collect();
        self.send(post(path, &[("cookie", &cookie)], &form)?).await
    }

    async fn send(&mut self, request: Request) -> Result<Answer> {
        let answer = self.connection.send(request).await?;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without =")?;
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Ok(answer)
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

fn location(answer: &Answer) -> Result<String> {
    let found = answer.headers.get(header::LOCATION);
    Ok(found.with_context(|| format!("no redirect: {}", answer.text()))?.to_str()?.to_owned())
}

/// The hidden inputs of our own pages, whose values need no unescaping.
fn hidden(page: &str) -> Vec<(&str, &str)> {
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1);
    inputs
        .filter_map(|rest| rest.split_once("\" value=\""))
        .map(|(n, rest)| (n, rest.split('"').next().unwrap_or("")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hidden_inputs_of_a_page_are_found() {
        let page = r#"<input type="hidden" name="csrf" value="a"> <input id="x"><input type="hidden" name="interaction" value="b.c">"#;
        assert_eq!(hidden(page), [("csrf", "a"), ("interaction", "b.c")]);
    }
}
