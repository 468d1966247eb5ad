//! A browser: cookies, forms, and redirects that a person would follow.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder, Url};

use super::{
    Answer, App, Ask, Server,
    html::{self, Form},
    server, unique,
};

/// The password of every user of the suite.
pub const PASSWORD: &str = "correct horse battery staple";

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Person {
    pub given_name: String,
    pub family_name: String,
    pub email: String,
    pub password: String,
}

impl Person {
    /// Somebody without an account yet.
    pub fn new() -> Self {
        Self {
            given_name: "Jane".to_owned(),
            family_name: "Doe".to_owned(),
            email: format!("jane.{}@example.org", unique()),
            password: PASSWORD.to_owned(),
        }
    }

    /// What this person types to sign up.
    pub fn application(&self) -> Vec<(&str, &str)> {
        vec![
            ("given_name", &self.given_name),
            ("family_name", &self.family_name),
            ("email", &self.email),
            ("password", &self.password),
        ]
    }
}

/// What an application gets back through the browser.
#[derive(Debug, Clone)]
pub struct Callback {
    pub url: Url,
}

impl Callback {
    /// A parameter of the answer, which must be there at most once.
    pub fn get(&self, name: &str) -> Option<String> {
        let values: Vec<String> =
            self.url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect();
        assert!(values.len() < 2, "{name} is repeated in {}", self.url);
        values.into_iter().next()
    }

    #[track_caller]
    pub fn code(&self) -> String {
        self.get("code").unwrap_or_else(|| panic!("no code in {}", self.url))
    }

    /// The answer is this error, with a description, without a code.
    #[track_caller]
    pub fn expect_error(&self, error: &str) {
        assert_eq!(self.get("error").as_deref(), Some(error), "{}", self.url);
        assert!(self.get("error_description").is_some_and(|text| !text.is_empty()), "{}", self.url);
        assert_eq!(self.get("code"), None, "{}", self.url);
    }

    /// Where the answer went, without the answer.
    pub fn target(&self) -> String {
        self.url.as_str().split('?').next().unwrap_or_default().to_owned()
    }
}

/// A browser that looks at one server.
pub struct Browser<'s> {
    pub server: &'s Server,
    pub cookies: BTreeMap<String, String>,
    client: reqwest::Client,
}

impl<'s> Browser<'s> {
    pub fn new(server: &'s Server) -> Self {
        Self { server, cookies: BTreeMap::new(), client: server::client() }
    }

    pub async fn get(&mut self, url: &str) -> Answer {
        let request = self.client.get(self.server.url(url));
        self.send(request).await
    }

    pub async fn post(&mut self, url: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.client.request(Method::POST, self.server.url(url)).form(form);
        self.send(request).await
    }

    async fn send(&mut self, mut request: RequestBuilder) -> Answer {
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", pairs.join("; "));
        }
        let answer = request.ask().await;
        for line in answer.headers_of("set-cookie") {
            let mut parts = line.split(';').map(str::trim);
            let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if value.is_empty() || parts.any(|attribute| attribute.eq_ignore_ascii_case("max-age=0")) {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// The value of the session cookie; `None` where nobody is signed in.
    pub fn session(&self) -> Option<&str> {
        self.cookies.get(&self.server.cookie_name("session")).map(String::as_str)
    }

    /// Follows redirects within the server, to a page or to a redirect that leaves it.
    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..8 {
            if !answer.is_redirect() {
                return answer;
            }
            let Some(next) = self.server.own(answer.location().as_str()) else { return answer };
            answer = self.get(&next).await;
        }
        panic!("redirected in circles to {}", answer.url);
    }

    /// Opens a page, following redirects within the server.
    pub async fn visit(&mut self, url: &str) -> Answer {
        let answer = self.get(url).await;
        self.follow(answer).await
    }

    /// The form of a page that goes to this endpoint.
    #[track_caller]
    pub fn form(&self, page: &Answer, endpoint: &str) -> Form {
        let forms = html::forms(page.html());
        let is_wanted = |form: &Form| {
            let action = page.url.join(&form.action).expect("an action");
            self.server
                .own(action.as_str())
                .is_some_and(|url| url.split('?').next() == Some(&self.server.url(endpoint)))
        };
        let form = forms.into_iter().find(is_wanted);
        let form = form.unwrap_or_else(|| panic!("{} has no form for {endpoint}: {}", page.url, page.body));
        assert_eq!(form.method, "post", "what changes something is sent by POST");
        form
    }

    /// Sends the form of a page that goes to this endpoint, with its hidden inputs and these fields.
    pub async fn submit(&mut self, page: &Answer, endpoint: &str, fields: &[(&str, &str)]) -> Answer {
        let form = self.form(page, endpoint);
        let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let hidden = hidden.filter(|(name, _)| !fields.iter().any(|(field, _)| field == name));
        let all: Vec<(&str, &str)> = hidden.chain(fields.iter().copied()).collect();
        self.post(endpoint, &all).await
    }

    /// Signs up a new person.
    pub async fn sign_up(&mut self) -> Person {
        let person = Person::new();
        self.sign_up_as(&person).await;
        person
    }

    /// Signs this person up.
    pub async fn sign_up_as(&mut self, person: &Person) {
        let page = self.get("/signup").await.expect(200);
        let answer = self.submit(&page, "/signup", &person.application()).await;
        answer.location();
        assert!(self.session().is_some(), "signing up signs in");
    }

    /// Opens the login page and sends the form; the answer is not followed.
    pub async fn try_sign_in(&mut self, email: &str, password: &str) -> Answer {
        let page = self.get("/login").await.expect(200);
        self.submit(&page, "/login", &[("email", email), ("password", password)]).await
    }

    /// Signs this person in.
    pub async fn sign_in(&mut self, person: &Person) {
        let answer = self.try_sign_in(&person.email, &person.password).await;
        answer.location();
        assert!(self.session().is_some());
    }

    /// Opens the authorization request of an application and goes as far as it goes without the user.
    pub async fn begin(&mut self, app: &App<'_>, more: &[(&str, &str)]) -> Answer {
        self.visit(&app.authorize_path(more)).await
    }

    /// Answers the login page of a pending request and goes on.
    pub async fn log_in_at(&mut self, page: &Answer, person: &Person) -> Answer {
        let fields = [("email", person.email.as_str()), ("password", person.password.as_str())];
        let answer = self.submit(page, "/login", &fields).await;
        self.follow(answer).await
    }

    /// Answers the consent page.
    pub async fn decide(&mut self, page: &Answer, decision: &str) -> Answer {
        let answer = self.submit(page, "/consent", &[("decision", decision)]).await;
        self.follow(answer).await
    }

    /// The whole authorization of a user who is signed in: approves where asked, and answers what the client gets.
    pub async fn authorize(&mut self, app: &App<'_>, more: &[(&str, &str)]) -> Callback {
        let mut answer = self.begin(app, more).await;
        if !answer.is_redirect() {
            assert_eq!(answer.url.path().rsplit('/').next(), Some("consent"), "{}: {}", answer.url, answer.body);
            answer = self.decide(&answer, "approve").await;
        }
        Callback { url: answer.location() }
    }
}
