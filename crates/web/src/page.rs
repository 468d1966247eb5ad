//! Pages: rendered here from templates. None needs script. The one that posts an answer to a client has a line of it, and
//! those that use passkeys have a file of it.

use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Settings;
use http::{HeaderValue, StatusCode, header};
use protocol::{Error, ErrorCode, client_metadata::ClientMetadata, language::Language, redirect_uri::csp_source};
use sha2::{Digest, Sha256};

use crate::{
    Failure, Request, Result, color,
    response::{Response, response},
    texts::{
        self,
        failure::{self as failure_texts, Message as Words},
        layout,
    },
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
    /// The terms of service of this server.
    pub(crate) terms_uri: Option<&'a str>,
    /// Its privacy policy.
    pub(crate) privacy_uri: Option<&'a str>,
    /// A further image that the page shows, an https URL: the policy names its origin.
    pub(crate) image: Option<&'a str>,
    /// The script of this server that the page may have; the policy names it.
    pub(crate) script: Option<String>,
    /// The language of the page.
    pub(crate) language: Language,
    /// The words that many pages have.
    pub(crate) texts: &'static layout::Texts,
    /// The style sheet. It is inline, so that a page is one response; the policy names its hash.
    pub(crate) style: String,
}

impl<'a> Layout<'a> {
    /// The layout that these settings ask for, in the language that the request does.
    pub(crate) fn new(settings: &'a Settings, request: &Request) -> Result<Self> {
        let language = texts::language(settings, request)?;
        Ok(Self {
            language,
            texts: layout::TEXTS.of(language),
            base: settings.issuer()?.path().to_owned(),
            brand_name: settings.brand_name()?,
            brand_logo_uri: settings.brand_logo_uri()?,
            support_uri: settings.support_uri()?,
            terms_uri: settings.terms_uri()?,
            privacy_uri: settings.privacy_uri()?,
            image: None,
            script: None,
            style: include_str!("../templates/style.css").to_owned() + &color::rules(settings.brand_color()?),
        })
    }

    /// The same with the script for passkeys.
    pub(crate) fn with_passkeys(self, settings: &Settings) -> Result<Self> {
        Ok(Self { script: Some(settings.issuer()?.endpoint("/passkey.js")), ..self })
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

/// The only script within a page: it sends the page's form.
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
        script.map(hash).or(layout.script.clone()).map(|source| format!("script-src {source}; ")).unwrap_or_default(),
        hash(&layout.style),
        images(layout),
    );
    let policy = HeaderValue::from_str(&policy)
        .map_err(|_| domain::Failure::Internal("a page's policy has characters that no header can have".to_owned()))?;
    let headers = page.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(layout.language.tag()));
    headers.append(header::VARY, HeaderValue::from_name(header::ACCEPT_LANGUAGE));
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
    pub(crate) description: Option<String>,
    pub(crate) logo_uri: Option<String>,
    pub(crate) policy_uri: Option<String>,
    pub(crate) tos_uri: Option<String>,
}

impl AskingClient {
    pub(crate) fn of(metadata: &ClientMetadata, texts: &layout::Texts) -> Self {
        Self {
            name: metadata.name(texts.unnamed_application).to_owned(),
            description: metadata.description.clone(),
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
    /// What only some readers need, with a label.
    detail: Option<(&'a str, &'a str)>,
    /// Where it goes on, with its address; `None`: at the start page.
    onward: Option<(&'a str, &'a str)>,
}

/// A page that says one thing.
pub(crate) fn message(layout: &Layout<'_>, status: StatusCode, (title, text): Words) -> Result {
    page(status, layout, &Message { layout, title, text, detail: None, onward: None }, None)
}

/// A page that says one thing, and where it goes on.
pub(crate) fn message_and_link(
    layout: &Layout<'_>,
    status: StatusCode,
    (title, text): Words,
    onward: (&str, &str),
) -> Result {
    page(status, layout, &Message { layout, title, text, detail: None, onward: Some(onward) }, None)
}

/// The page of a failure, in plain words. Where even the layout fails, plain text must do.
pub(crate) fn failure(
    settings: &Settings,
    request: &Request,
    failure: &Failure,
    reference: &dyn Fn() -> String,
) -> Response {
    // A refusal is a page to read and not a challenge to answer, so it is never a 401.
    let status =
        Some(failure.status()).filter(|status| *status != StatusCode::UNAUTHORIZED).unwrap_or(StatusCode::BAD_REQUEST);
    let reference = failure.reason().map(|_| reference());
    let show = |layout: Layout<'_>| {
        let texts = failure_texts::TEXTS.of(layout.language);
        let (title, text) = words(texts, failure);
        let detail = match (&reference, failure) {
            (Some(reference), _) => Some((texts.reference, reference.as_str())),
            (None, Failure::Domain(domain::Failure::Refused(error))) => Some((texts.for_developers, error.description)),
            (None, _) => None,
        };
        page(status, &layout, &Message { layout: &layout, title, text, detail, onward: None }, None)
    };
    Layout::new(settings, request).and_then(show).unwrap_or_else(|_| {
        let texts = &failure_texts::TEXTS.en;
        let ((title, text), label) = (words(texts, failure), texts.reference);
        let reference = reference.as_deref().unwrap_or("-");
        response(status, "text/plain; charset=utf-8", format!("{title}\n{text}\n{label} {reference}\n").into_bytes())
    })
}

fn words(texts: &failure_texts::Texts, failure: &Failure) -> Words {
    match failure {
        Failure::Domain(domain::Failure::Refused(error)) => words_of_refusal(texts, *error),
        Failure::Domain(domain::Failure::TooManyRequests { .. }) => texts.too_many,
        Failure::Domain(domain::Failure::Storage(_)) => texts.unavailable,
        Failure::Domain(domain::Failure::Setting(_) | domain::Failure::Internal(_)) => texts.server,
        Failure::Domain(domain::Failure::Insufficient(_) | domain::Failure::UseDpopNonce(_)) | Failure::NoToken => {
            texts.needs_token
        }
        Failure::NotFound => texts.not_found,
        Failure::MethodNotAllowed(_) => texts.method,
        Failure::BodyTooLarge => texts.too_large,
    }
}

/// What a user is told of an error whose description is for developers.
fn words_of_refusal(texts: &failure_texts::Texts, error: Error) -> Words {
    match error.code {
        ErrorCode::InvalidClient => texts.unknown_application,
        ErrorCode::UnauthorizedClient
        | ErrorCode::InvalidScope
        | ErrorCode::InsufficientScope
        | ErrorCode::InvalidTarget => texts.not_permitted,
        ErrorCode::AccessDenied => texts.denied,
        ErrorCode::AuthorizationPending | ErrorCode::SlowDown | ErrorCode::ExpiredToken | ErrorCode::InvalidGrant => {
            texts.expired
        }
        ErrorCode::InsufficientUserAuthentication
        | ErrorCode::UnmetAuthenticationRequirements
        | ErrorCode::LoginRequired
        | ErrorCode::ConsentRequired => texts.sign_in_again,
        ErrorCode::ServerError => texts.server,
        ErrorCode::TemporarilyUnavailable => texts.unavailable,
        ErrorCode::InvalidToken | ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce => texts.needs_token,
        ErrorCode::InvalidRequest
        | ErrorCode::UnsupportedGrantType
        | ErrorCode::UnsupportedResponseType
        | ErrorCode::InvalidRedirectUri
        | ErrorCode::InvalidClientMetadata
        | ErrorCode::UnapprovedSoftwareStatement
        | ErrorCode::InvalidSoftwareStatement
        | ErrorCode::RequestUriNotSupported
        | ErrorCode::InvalidRequestUri
        | ErrorCode::InvalidRequestObject
        | ErrorCode::UnsupportedTokenType => texts.request,
    }
}

#[cfg(test)]
mod tests;
