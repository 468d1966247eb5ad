//! The requests of components: to another component, inside the host, or to the outside, with Spin's rules.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::uri::{PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use wasmtime_wasi_http::{Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpHooks};

use crate::log;
use crate::networks::BlockedNetworks;
use crate::outbound::AllowedHosts;
use crate::server::Server;

/// The limit of each step where the component sets none, as in Spin.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// The domain under which the components of an application reach each other.
const CHAINING_DOMAIN: &str = "spin.internal";

/// How components reach each other; empty until the host serves.
pub type Chain = Arc<OnceLock<Weak<Server>>>;

type Sent = (Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

/// Sends the requests of one component, if they may leave. Cheap to clone.
#[derive(Clone)]
pub struct OutboundHooks {
    allowed: AllowedHosts,
    blocked: BlockedNetworks,
    chain: Chain,
    tls: TlsConnector,
}

impl OutboundHooks {
    /// Hooks that let nothing through.
    ///
    /// # Errors
    ///
    /// TLS has no cryptography, which does not happen.
    pub fn new(blocked: BlockedNetworks, chain: Chain) -> anyhow::Result<Self> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { allowed: AllowedHosts::default(), blocked, chain, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// The same, for a component that may send requests to `allowed`.
    #[must_use]
    pub fn allowing(&self, allowed: AllowedHosts) -> Self {
        Self { allowed, ..self.clone() }
    }

    async fn send(self, request: Request<WasiBody>, options: Option<RequestOptions>) -> Result<Sent, Error> {
        if !self.allowed.allow(request.uri()) {
            return Err(Error::HttpRequestDenied);
        }
        match chaining_target(request.uri()) {
            Some(component) => {
                let response = self.send_inside(&component, request).await?;
                Ok((response, Box::new(ready(Ok(())))))
            }
            None => self.send_outside(request, options).await,
        }
    }

    async fn send_inside(&self, component: &str, request: Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
        let server = self.chain.get().and_then(Weak::upgrade).ok_or(Error::DestinationUnavailable)?;
        server.chain(component, request).await.map_err(|error| {
            log::line(format_args!("a request to the component {component:?} failed: {error:#}"));
            Error::DestinationNotFound
        })
    }

    async fn send_outside(
        self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Sent, Error> {
        let limit =
            |of: fn(&RequestOptions) -> Option<Duration>| options.as_ref().and_then(of).unwrap_or(DEFAULT_TIMEOUT);
        let between_bytes = limit(|options| options.between_bytes_timeout);
        let connecting = self.connect(request.uri());
        let stream = timeout(limit(|options| options.connect_timeout), connecting)
            .await
            .map_err(|_| Error::ConnectionTimeout)??;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        // Only a proxy is sent the whole URI.
        let path = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        *request.uri_mut() = path.into();
        let response = timeout(limit(|options| options.first_byte_timeout), sender.send_request(request))
            .await
            .map_err(|_| Error::ConnectionReadTimeout)??;
        let response = response.map(|body| TimedBody::new(body, between_bytes).boxed_unsync());
        let ended = async move {
            let _ = connection.await;
            Ok(())
        };
        Ok((response, Box::new(ended)))
    }

    /// Connects to an address that the name has and that is not blocked: what was checked is what is connected to.
    async fn connect(&self, uri: &Uri) -> Result<Pin<Box<dyn Stream>>, Error> {
        let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
        let is_tls = uri.scheme() == Some(&Scheme::HTTPS);
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let resolved = tokio::net::lookup_host(format!("{}:{port}", authority.host())).await;
        let resolved: Vec<_> = resolved.map_err(|_| dns_error("address not available"))?.collect();
        let addresses = self.blocked.allowed(resolved.iter().copied());
        if addresses.is_empty() && !resolved.is_empty() {
            return Err(Error::DestinationIpProhibited);
        }
        let stream = TcpStream::connect(addresses.as_slice()).await.map_err(Error::Connect)?;
        if !is_tls {
            return Ok(Box::pin(stream));
        }
        let name = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|_| dns_error("invalid dns name"))?;
        Ok(Box::pin(self.tls.connect(name, stream).await.map_err(Error::Tls)?))
    }
}

impl WasiHttpHooks for OutboundHooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        Box::new(self.clone().send(request, options))
    }
}

/// The component that a URI names; `None` for one that leads outside.
fn chaining_target(uri: &Uri) -> Option<String> {
    let (component, domain) = uri.host()?.split_once('.')?;
    (domain == CHAINING_DOMAIN).then(|| component.to_owned())
}

fn dns_error(rcode: &str) -> Error {
    Error::DnsError { rcode: Some(rcode.to_owned()), info_code: None }
}

trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send {}

impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send> Stream for T {}

/// A body that fails where the next part of it does not come in time.
struct TimedBody {
    body: Incoming,
    limit: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl TimedBody {
    fn new(body: Incoming, limit: Duration) -> Self {
        Self { body, limit, sleep: Box::pin(tokio::time::sleep(limit)) }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let next = tokio::time::Instant::now().checked_add(self.limit);
            if let Some(next) = next {
                self.sleep.as_mut().reset(next);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        }
        ready!(self.sleep.as_mut().poll(context));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}

/// The view of an incoming request: Spin shows the guest its headers whole, also those (such as `Host`) that a guest
/// could not set itself.
#[derive(Debug)]
pub struct IncomingHooks;

impl WasiHttpHooks for IncomingHooks {
    fn is_forbidden_header(&mut self, _: &http::HeaderName) -> bool {
        false
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(|_| false)
    }

    // Requests leave by the other hooks.
    fn send_request(
        &mut self,
        _: Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        Box::new(ready(Err(Error::HttpRequestDenied)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_below_spin_internal_is_a_component() {
        let target = |uri: &str| chaining_target(&uri.parse().unwrap());

        assert_eq!(target("http://outbound.spin.internal/fetch").as_deref(), Some("outbound"));
        assert_eq!(target("http://outbound.spin.internal:80/").as_deref(), Some("outbound"));
        assert_eq!(target("http://spin.internal/"), None);
        assert_eq!(target("http://a.b.spin.internal/"), None);
        assert_eq!(target("http://outbound.spin.internal.example/"), None);
    }
}
