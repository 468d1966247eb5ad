//! Requests to other servers: what the component `outbound` sends, and how the others ask it to.

use std::time::Duration;

use bytes::Bytes;
use domain::{
    mail::{Hook, Mail, Mailer, Signed},
    outbound::{Errand, Fetched, MAX_DOCUMENT, OutboundError},
};
use futures_lite::future::{or, zip};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use protocol::{outbound_url::OutboundUrl, time::Seconds};
use spin_sdk::{
    http::FullBody,
    wasip3::{
        clocks::monotonic_clock::wait_for,
        http::types::{ErrorCode, RequestOptions},
        http_compat::RequestOptionsExtension,
    },
};

/// Where the component `outbound` is, for the other components.
const OUTBOUND: &str = "http://outbound.spin.internal/";
/// How long another server may take for all of its answer: somebody may be waiting for ours.
const TIME_LIMIT: Duration = Duration::from_secs(5);

type Result<T> = std::result::Result<T, OutboundError>;

/// The way out of every component: the component `outbound`.
pub struct Outbound;

impl domain::outbound::Outbound for Outbound {
    async fn fetch(&self, url: &OutboundUrl, max_octets: usize) -> Result<Fetched> {
        let (headers, body) = ask(&Errand::Fetch { url: url.clone(), max_octets }).await?;
        Ok(Fetched { body: body.into(), max_age: max_age(&headers) })
    }

    async fn post(&self, url: &OutboundUrl, form: &str) -> Result<()> {
        ask(&Errand::Post { url: url.clone(), form: form.to_owned() }).await.map(drop)
    }
}

impl Mailer for Outbound {
    async fn send(&self, mail: &Mail) -> Result<()> {
        ask(&Errand::Mail(mail.clone())).await.map(drop)
    }
}

/// Asks the component `outbound`.
async fn ask(errand: &Errand) -> Result<(HeaderMap, Bytes)> {
    let errand = serde_json::to_vec(errand).map_err(|_| OutboundError::from("the errand is not JSON"))?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(OUTBOUND)
        .header(header::CONTENT_TYPE, "application/json")
        .body(FullBody::new(Bytes::from(errand)))
        .map_err(|_| OutboundError::from("the errand is no request"))?;
    let (status, headers, body) = send(request, MAX_DOCUMENT).await?;
    match status {
        StatusCode::OK | StatusCode::NO_CONTENT => Ok((headers, body)),
        StatusCode::BAD_GATEWAY => Err(OutboundError(String::from_utf8_lossy(&body).into_owned())),
        StatusCode::TOO_MANY_REQUESTS => Err("too many documents were fetched from this host".into()),
        _ => Err("the component outbound failed".into()),
    }
}

/// The outside itself, which only the component `outbound` is allowed to reach.
pub struct Outside;

impl domain::outbound::Outbound for Outside {
    async fn fetch(&self, url: &OutboundUrl, max_octets: usize) -> Result<Fetched> {
        let request = request(Method::GET, url).header(header::ACCEPT, "application/json").body(FullBody::default());
        let (status, headers, body) = within_time(request, max_octets).await?;
        // A redirect is not followed: it could lead to where the URL itself must not.
        if status != StatusCode::OK {
            return Err("the status is not 200".into());
        }
        if !is_json(&headers) {
            return Err("the media type is not JSON".into());
        }
        Ok(Fetched { body: body.into(), max_age: max_age(&headers) })
    }

    async fn post(&self, url: &OutboundUrl, form: &str) -> Result<()> {
        let request = request(Method::POST, url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            // Without it the body would go in chunks, which not every server takes.
            .header(header::CONTENT_LENGTH, form.len())
            .body(FullBody::new(Bytes::copy_from_slice(form.as_bytes())));
        deliver(request).await
    }
}

impl Hook for Outside {
    async fn post_signed(&self, url: &OutboundUrl, signed: &Signed) -> Result<()> {
        let mut request = request(Method::POST, url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_LENGTH, signed.body.len());
        for (name, value) in &signed.headers {
            request = request.header(*name, value);
        }
        deliver(request.body(FullBody::new(Bytes::copy_from_slice(signed.body.as_bytes())))).await
    }
}

/// Sends what the other server is to take.
async fn deliver(request: http::Result<Request<FullBody<Bytes>>>) -> Result<()> {
    let (status, ..) = within_time(request, MAX_DOCUMENT).await?;
    match status {
        _ if status.is_success() => Ok(()),
        // Both say that it may be tried again.
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Err("the status is 408 or 429".into()),
        _ if status.is_client_error() => Err(OutboundError::REFUSED.into()),
        _ => Err("the status is not 2xx".into()),
    }
}

fn request(method: Method, url: &OutboundUrl) -> http::request::Builder {
    Request::builder().method(method).uri(url.as_str()).header(header::USER_AGENT, "spin-auth").extension(options())
}

/// Limits of the steps: the host gives up what it does for us, not only we the waiting.
fn options() -> RequestOptionsExtension {
    let limit = u64::try_from(TIME_LIMIT.as_nanos()).ok();
    let options = RequestOptions::new();
    // A host that does not support one of them has limits of its own.
    let _ = options.set_connect_timeout(limit);
    let _ = options.set_first_byte_timeout(limit);
    let _ = options.set_between_bytes_timeout(limit);
    RequestOptionsExtension(options)
}

/// Sends a request and reads the answer whole, both within [`TIME_LIMIT`]: a body that drips does not take longer.
async fn within_time(
    request: http::Result<Request<FullBody<Bytes>>>,
    max_octets: usize,
) -> Result<(StatusCode, HeaderMap, Bytes)> {
    let request = request.map_err(|_| OutboundError::from("the URL cannot be requested"))?;
    for_at_most(TIME_LIMIT, send(request, max_octets)).await.unwrap_or(Err("no answer in time".into()))
}

/// Does this for exactly so long, neither shorter nor longer: what it finds does not show in its time. `None` where it would
/// take longer: then it is given up.
pub async fn for_exactly<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    let (outcome, ()) = zip(for_at_most(time, work), async {
        wait_for(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)).await;
    })
    .await;
    outcome
}

/// What comes of this, or `None` where it takes longer: then it is given up.
pub async fn for_at_most<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let late = async {
        wait_for(u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX)).await;
        None
    };
    or(async { Some(work.await) }, late).await
}

async fn send(request: Request<FullBody<Bytes>>, max_octets: usize) -> Result<(StatusCode, HeaderMap, Bytes)> {
    let response = spin_sdk::http::send(request).await.map_err(|error| reason(&error))?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, max_octets).collect().await;
    let body = body.map_err(|_| OutboundError::from("the answer is too long or broke off"))?.to_bytes();
    Ok((parts.status, parts.headers, body))
}

/// What the host says, in a few words of our own: its own could have something of the other server.
fn reason(error: &ErrorCode) -> OutboundError {
    match error {
        ErrorCode::DnsError(_) | ErrorCode::DnsTimeout => "the name has no address",
        ErrorCode::DestinationIpProhibited => "the address is in a blocked network",
        ErrorCode::HttpRequestDenied => "allowed_outbound_hosts does not have it",
        ErrorCode::ConnectionTimeout | ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => {
            "no answer in time"
        }
        ErrorCode::TlsProtocolError | ErrorCode::TlsCertificateError | ErrorCode::TlsAlertReceived(_) => "TLS failed",
        _ => "the connection failed",
    }
    .into()
}

/// `application/json`, and what is written in it, such as `application/jwk-set+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let told = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let told = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    told == "application/json" || (told.starts_with("application/") && told.ends_with("+json"))
}

/// How long the answer may be kept ([RFC 9111 §5.2.2](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2)).
fn max_age(headers: &HeaderMap) -> Option<Seconds> {
    let values = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut max_age = None;
    for directive in values.flat_map(|value| value.split(',')).map(|part| part.trim().to_ascii_lowercase()) {
        match directive.split_once('=') {
            None if matches!(directive.as_str(), "no-store" | "no-cache") => return Some(Seconds(0)),
            Some(("max-age", seconds)) => max_age = seconds.trim_matches('"').parse().ok().map(Seconds),
            _ => {}
        }
    }
    max_age
}
