//! A sample application: it signs people in with an authorization server, by the authorization code flow of
//! [OpenID Connect](https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth) with PKCE, and calls a protected
//! resource for them.

mod cookie;
mod page;
mod provider;

use cookie::{Jar, Pending, Session};
use http::{Method, Request, StatusCode, header};
use page::Page;
use provider::{Provider, Trouble};

type Response = http::Response<String>;
type Result<T> = std::result::Result<T, Trouble>;

#[spin_sdk::http_service]
async fn handle(request: spin_sdk::http::Request) -> http::Response<String> {
    let (request, _) = request.into_parts();
    let request = Request::from_parts(request, ());
    answer(&request).await.unwrap_or_else(|trouble| page::trouble(&trouble))
}

async fn answer(request: &Request<()>) -> Result<Response> {
    let provider = Provider::new().await?;
    let jar = Jar::new(&provider.settings);
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => Ok(page::show(&Page { session: jar.session(request).as_ref(), notes: None })),
        (&Method::GET, "/callback") => callback(&provider, &jar, request).await,
        // Buttons are forms of this site. A form of another site comes without the cookie, which is SameSite=Lax, and a
        // browser says where it comes from.
        (&Method::POST, _) if !is_own_form(request) => {
            Ok(page::plain(StatusCode::FORBIDDEN, "This came from another site."))
        }
        (&Method::POST, "/login") => login(&provider, &jar).await,
        (&Method::POST, "/notes") => notes(&provider, &jar, request).await,
        (&Method::POST, "/refresh") => refresh(&provider, &jar, request).await,
        (&Method::POST, "/logout") => logout(&provider, &jar, request).await,
        _ => Ok(page::plain(StatusCode::NOT_FOUND, "There is nothing here.")),
    }
}

/// Sends the browser to the authorization server. What the answer must match stays in a cookie of this browser.
async fn login(provider: &Provider, jar: &Jar) -> Result<Response> {
    let pending = Pending::new();
    let location = provider.authorization_url(&pending).await?;
    jar.set_pending(redirect(&location), &pending)
}

/// The browser comes back, with a code or with an error.
async fn callback(provider: &Provider, jar: &Jar, request: &Request<()>) -> Result<Response> {
    let pending =
        jar.pending(request).ok_or(Trouble::Page("This sign-in was not begun in this browser. Start again."))?;
    let session = provider.redeem(request.uri().query().unwrap_or_default(), &pending).await?;
    jar.set_session(redirect("/"), Some(&session))
}

/// Reads a protected resource with the access token, which may have to be replaced first.
async fn notes(provider: &Provider, jar: &Jar, request: &Request<()>) -> Result<Response> {
    let Some(mut session) = jar.session(request) else { return Ok(redirect("/")) };
    let notes = match provider.notes(&session).await? {
        Some(notes) => notes,
        None => {
            session = provider.refresh(&session).await?;
            provider.notes(&session).await?.ok_or(Trouble::Page("The resource does not take the access token."))?
        }
    };
    jar.set_session(page::show(&Page { session: Some(&session), notes: Some(&notes) }), Some(&session))
}

async fn refresh(provider: &Provider, jar: &Jar, request: &Request<()>) -> Result<Response> {
    let Some(session) = jar.session(request) else { return Ok(redirect("/")) };
    let session = provider.refresh(&session).await?;
    jar.set_session(redirect("/"), Some(&session))
}

/// Ends what this application has, and then the session at the authorization server.
async fn logout(provider: &Provider, jar: &Jar, request: &Request<()>) -> Result<Response> {
    let Some(session) = jar.session(request) else { return Ok(redirect("/")) };
    provider.revoke(&session).await?;
    jar.set_session(redirect(&provider.logout_url(&session).await?), None)
}

/// 303: what follows a form is fetched by GET.
fn redirect(location: &str) -> Response {
    let mut response = page::plain(StatusCode::SEE_OTHER, "");
    if let Ok(location) = location.try_into() {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn is_own_form(request: &Request<()>) -> bool {
    let site = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    matches!(site, None | Some("same-origin"))
}

impl Jar {
    fn session(&self, request: &Request<()>) -> Option<Session> {
        self.get(request, cookie::SESSION)
    }

    fn pending(&self, request: &Request<()>) -> Option<Pending> {
        self.get(request, cookie::PENDING)
    }

    fn set_pending(&self, response: Response, pending: &Pending) -> Result<Response> {
        self.set(response, cookie::PENDING, Some(pending))
    }

    /// Signed in or out: either way nothing is pending any more.
    fn set_session(&self, response: Response, session: Option<&Session>) -> Result<Response> {
        let response = self.set(response, cookie::SESSION, session)?;
        self.set::<Pending>(response, cookie::PENDING, None)
    }
}
