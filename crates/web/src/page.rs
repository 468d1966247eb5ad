//! Pages: rendered here from templates. None needs script, and none but the one that posts an answer to a client has any.

use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Settings;
use http::{HeaderValue, StatusCode, header};
use protocol::{client_metadata::ClientMetadata, redirect_uri::csp_source};
use sha2::{Digest, Sha256};

use crate::{
    Failure, Result,
    response::{Response, response},
};

/// What every page has around its content.
pub(crate) struct Layout<'a> {
    /// The path of the issuer, which links start with.
    pub(crate) base: String,
    /// The name of this server as people know it.
    pub(crate) brand_name: &'a str,
    /// Its logo.
    pub(crate) brand_logo_uri: Option<&'a str>,
    /// Where help is found.
    pub(crate) support_uri: Option<&'a str>,
    /// A further image that the page shows, an https URL: the policy names its origin.
    pub(crate) image: Option<&'a str>,
    /// The style sheet. It is inline, so that a page is one response; the policy names its hash.
    pub(crate) style: String,
}

impl<'a> Layout<'a> {
    /// The layout that these settings ask for.
    pub(crate) fn new(settings: &'a Settings) -> Result<Self> {
        Ok(Self {
            base: settings.issuer()?.path().to_owned(),
            brand_name: settings.brand_name()?,
            brand_logo_uri: settings.brand_logo_uri()?,
            support_uri: settings.support_uri()?,
            image: None,
            style: format!(":root{{--brand:{}}}{}", settings.brand_color()?, include_str!("../templates/style.css")),
        })
    }
}

/// A page with its security headers.
///
/// `form_target` is where a form of this page may lead besides this server: browsers hold the redirect after a form
/// against the policy, too.
pub(crate) fn page(
    status: StatusCode,
    layout: &Layout<'_>,
    template: &impl Template,
    form_target: Option<&str>,
) -> Result {
    guarded(status, layout, template, &format!("'self' {}", form_target.unwrap_or_default()), None)
}

/// The only script of any page: it sends the page's form.
pub(crate) const SUBMIT: &str = "document.forms[0].submit()";

/// A page whose form goes to a client alone, and which may have the script [`SUBMIT`] and no other.
pub(crate) fn self_submitting_page(
    status: StatusCode,
    layout: &Layout<'_>,
    template: &impl Template,
    form_target: &str,
) -> Result {
    guarded(status, layout, template, form_target, Some(SUBMIT))
}

fn guarded(
    status: StatusCode,
    layout: &Layout<'_>,
    template: &impl Template,
    form_action: &str,
    script: Option<&str>,
) -> Result {
    let body = template.render().map_err(|error| domain::Failure::Internal(error.to_string()))?;
    let mut page = response(status, "text/html; charset=utf-8", body.into_bytes());
    let hash = |inline: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(inline)));
    let policy = format!(
        "default-src 'none'; {}style-src {}; img-src {}; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'",
        script.map(|script| format!("script-src {}; ", hash(script))).unwrap_or_default(),
        hash(&layout.style),
        images(layout),
    );
    let policy = HeaderValue::from_str(&policy)
        .map_err(|_| domain::Failure::Internal("a page's policy has characters that no header can have".to_owned()))?;
    let headers = page.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    Ok(page)
}

/// Where the images of a page come from.
fn images(layout: &Layout<'_>) -> String {
    let sources = layout.brand_logo_uri.map(str::to_owned).into_iter().chain(layout.image.map(csp_source));
    let sources = sources.collect::<Vec<_>>().join(" ");
    if sources.is_empty() { "'none'".to_owned() } else { sources }
}

/// What a page says of the application that waits for the user
/// ([OIDC Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata): `logo_uri` "the
/// server SHOULD display this image to the End-User", and so on). The logo is an image from where the application has
/// it, never a part of the page.
pub(crate) struct AskingClient {
    pub(crate) name: String,
    pub(crate) logo_uri: Option<String>,
    pub(crate) policy_uri: Option<String>,
    pub(crate) tos_uri: Option<String>,
}

impl AskingClient {
    pub(crate) fn of(metadata: &ClientMetadata) -> Self {
        Self {
            name: metadata.name("an application").to_owned(),
            logo_uri: metadata.logo_uri.clone(),
            policy_uri: metadata.policy_uri.clone(),
            tos_uri: metadata.tos_uri.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    layout: &'a Layout<'a>,
    title: &'a str,
    text: &'a str,
    reference: Option<&'a str>,
}

/// A page that says one thing.
pub(crate) fn message(settings: &Settings, status: StatusCode, title: &str, text: &str) -> Result {
    let layout = Layout::new(settings)?;
    page(status, &layout, &Message { layout: &layout, title, text, reference: None }, None)
}

/// The page of a failure, in plain words. Where even the layout fails, plain text must do.
pub(crate) fn failure(settings: &Settings, failure: &Failure, reference: &dyn Fn() -> String) -> Response {
    let (title, text) = words(failure);
    // A refusal is a page to read and not a challenge to answer, so it is never a 401.
    let status =
        Some(failure.status()).filter(|status| *status != StatusCode::UNAUTHORIZED).unwrap_or(StatusCode::BAD_REQUEST);
    let reference = failure.reason().map(|_| reference());
    let reference = reference.as_deref();
    let page = Layout::new(settings)
        .and_then(|layout| page(status, &layout, &Message { layout: &layout, title, text, reference }, None));
    page.unwrap_or_else(|_| {
        response(
            status,
            "text/plain; charset=utf-8",
            format!("{title}\n{text}\nReference: {}\n", reference.unwrap_or("-")).into_bytes(),
        )
    })
}

fn words(failure: &Failure) -> (&'static str, &'static str) {
    match failure {
        Failure::Domain(domain::Failure::Refused(error)) => ("This did not work", error.description),
        Failure::Domain(domain::Failure::TooManyRequests { .. }) => {
            ("Too many attempts", "Too many requests came from here in a short time. Wait a little and try again.")
        }
        Failure::Domain(domain::Failure::Storage(_)) => {
            ("We cannot answer right now", "The server cannot reach its data. Nothing is lost: try again in a moment.")
        }
        Failure::Domain(domain::Failure::Setting(_) | domain::Failure::Internal(_)) => (
            "Something went wrong",
            "The fault is ours. If it stays, tell the people who run this server the reference below.",
        ),
        Failure::Domain(domain::Failure::Insufficient(_) | domain::Failure::UseDpopNonce(_)) | Failure::NoToken => {
            ("This did not work", "This page needs an access token.")
        }
        Failure::NotFound => ("There is nothing here", "The address does not lead anywhere on this server."),
        Failure::MethodNotAllowed(_) => ("This did not work", "This page cannot be used in that way."),
        Failure::BodyTooLarge => ("That was too much", "What was sent is larger than this page takes."),
    }
}

#[cfg(test)]
mod tests;
