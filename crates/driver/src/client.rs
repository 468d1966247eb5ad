//! HTTP/1.1 on one kept-alive connection.

use std::{error::Error, fmt, net::SocketAddr};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The token of the administrator.
pub const ADMIN_TOKEN: &str = "the-admin-token-of-the-driver";

/// A request that is ready to be sent, as often as one likes.
pub type Request = http::Request<Full<Bytes>>;

/// A response, read to its end.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The header.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// The error where an answer is not the one that was asked for: whoever asked can look at what it is.
pub struct Unexpected {
    /// The answer.
    pub answer: Answer,
    wanted: String,
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // All of a page would bury what else is said.
        let text: String = self.answer.text().chars().take(300).collect();
        write!(f, "status {} instead of {}: {text}", self.answer.status, self.wanted)
    }
}

impl fmt::Debug for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Unexpected {}

impl Answer {
    /// Fails, with the answer, where the status is another.
    pub fn expect(self, status: u16) -> Result<Self> {
        if self.status == status { Ok(self) } else { Err(self.unexpected(&status.to_string())) }
    }

    /// This answer as an error.
    pub fn unexpected(self, wanted: &str) -> anyhow::Error {
        Unexpected { answer: self, wanted: wanted.to_owned() }.into()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A text member of a JSON body.
    pub fn member(&self, name: &str) -> Result<String> {
        let json: serde_json::Value = serde_json::from_slice(&self.body).context("the answer is not JSON")?;
        Ok(json.get(name).and_then(|value| value.as_str()).with_context(|| format!("no {name}"))?.to_owned())
    }

    /// Where the redirect leads.
    pub fn location(&self) -> Result<&str> {
        let location = self.headers.get(header::LOCATION).ok_or_else(|| self.clone().unexpected("a redirect"))?;
        Ok(location.to_str()?)
    }

    /// A parameter of the redirect's query.
    pub fn redirected_with(&self, name: &str) -> Result<String> {
        let location = self.location()?;
        let query = location.split_once('?').map_or("", |(_, query)| query);
        let found = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
        Ok(found.with_context(|| format!("no {name} in {location}"))?.1.into_owned())
    }
}

/// A connection, opened again where the server has closed it.
pub struct Connection {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        Ok(Self { address, sender: connect(address).await? })
    }

    /// Sends a request and reads its answer.
    pub async fn send(&mut self, mut request: Request) -> Result<Answer> {
        if self.sender.is_closed() {
            self.sender = connect(self.address).await?;
        }
        let host = HeaderValue::from_str(&self.address.to_string())?;
        request.headers_mut().insert(header::HOST, host);
        self.sender.ready().await?;
        let (parts, body) = self.sender.send_request(request).await?.into_parts();
        Ok(Answer { status: parts.status, headers: parts.headers, body: body.collect().await?.to_bytes() })
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with the connection, and whoever sends learns of its errors.
    tokio::spawn(connection);
    Ok(sender)
}

/// A GET request with these header fields.
pub fn get(path: &str, headers: &[(&'static str, &str)]) -> Result<Request> {
    build(Method::GET, path, headers, Bytes::new())
}

/// A POST request of a form.
pub fn post(path: &str, headers: &[(&'static str, &str)], form: &[(&str, &str)]) -> Result<Request> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers = [headers, &[("content-type", "application/x-www-form-urlencoded")]].concat();
    build(Method::POST, path, &headers, body.into())
}

/// A request of JSON; `Value::Null` for no body.
pub fn json(method: Method, path: &str, headers: &[(&'static str, &str)], json: &serde_json::Value) -> Result<Request> {
    if json.is_null() {
        return build(method, path, headers, Bytes::new());
    }
    let headers = [headers, &[("content-type", "application/json")]].concat();
    build(method, path, &headers, json.to_string().into())
}

/// A request of the administrator.
pub fn administer(method: Method, path: &str, body: &serde_json::Value) -> Result<Request> {
    json(method, path, &[("authorization", &format!("Bearer {ADMIN_TOKEN}"))], body)
}

fn build(method: Method, path: &str, headers: &[(&'static str, &str)], body: Bytes) -> Result<Request> {
    let mut request = http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Ok(request.body(Full::new(body))?)
}
