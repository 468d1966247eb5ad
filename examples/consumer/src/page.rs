//! The one page of this application, and what is said when something goes wrong.

use askama::Template;
use http::{HeaderValue, StatusCode, header};

use crate::{Response, cookie::Session, provider::Trouble};

/// The page: who is signed in, and what the protected resource said.
#[derive(Template)]
#[template(path = "page.html")]
pub(crate) struct Page<'a> {
    pub(crate) session: Option<&'a Session>,
    pub(crate) notes: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'a> {
    text: &'a str,
}

pub(crate) fn show(page: &Page<'_>) -> Response {
    html(StatusCode::OK, page)
}

/// Tells the user, and the operator's log where it is not the user's to know.
pub(crate) fn trouble(trouble: &Trouble) -> Response {
    let (status, text) = match trouble {
        Trouble::Page(text) => (StatusCode::BAD_REQUEST, *text),
        Trouble::Denied => {
            (StatusCode::OK, "You did not allow it, so nobody is signed in. You can try again at any time.")
        }
        Trouble::Log(reason) => {
            log(reason);
            (StatusCode::BAD_GATEWAY, "The sign-in service cannot be used right now. Try again in a moment.")
        }
    };
    html(status, &TroublePage { text })
}

pub(crate) fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(text.to_owned());
    *response.status_mut() = status;
    // What a person sees is for their browser alone, and their tokens' cookies even more.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn html(status: StatusCode, page: &impl Template) -> Response {
    let mut response = plain(status, &page.render().unwrap_or_default());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // No script, no frame, no other site. The form that signs out is redirected to the authorization server, so the policy
    // leaves the targets of forms open.
    let policy = "default-src 'none'; style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

#[allow(clippy::print_stderr, reason = "standard error is the log of a component")]
fn log(reason: &str) {
    eprintln!("{reason}");
}
