//! The HTTP server: connections, routing, and the answers that the host gives itself.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use futures::future::{Either, select};
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::ProxyHandler;

use crate::admission::{Admission, Place};
use crate::clients::{self, Activity};
use crate::headers;
use crate::instance::Factory;
use crate::log;
use crate::routes::{RouteMatch, Router, WELL_KNOWN_PREFIX};
use crate::shutdown::Shutdown;

/// The client address that a component sees where another component is the client.
const CHAINED_CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// An application that is ready to serve.
pub struct Server {
    /// Finds the component for a path.
    pub router: Router,
    /// The components, by id.
    pub components: HashMap<String, Component>,
    /// What `/.well-known/spin/info` answers: JSON.
    pub info: Bytes,
    /// How long clients may take.
    pub client_timeout: Duration,
    /// How many connections there may be.
    pub connections: Arc<Semaphore>,
}

/// A component that is ready to serve.
pub struct Component {
    /// Runs its instances.
    pub handler: ProxyHandler<Factory>,
    /// How many requests from outside it has at once.
    pub admission: Arc<Admission>,
}

impl Server {
    /// Takes connections from `listener` until `shutdown` is requested. Returns the connections that are open then.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: &Shutdown) -> GracefulShutdown {
        let connections = GracefulShutdown::new();
        let mut stop = shutdown.requested();
        loop {
            let accept = async {
                // Nobody closes it.
                let place = Arc::clone(&self.connections).acquire_owned().await.ok();
                listener.accept().await.map(|(stream, client)| (stream, client, place))
            };
            match select(pin!(accept), &mut stop).await {
                Either::Left((Ok((stream, client, place)), _)) => {
                    Arc::clone(&self).spawn_connection(stream, client, place, &connections);
                }
                Either::Left((Err(error), _)) => {
                    // Such as too many open files: that passes, and a server that ends over it helps nobody.
                    log::line(format_args!("cannot accept a connection: {error}"));
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Either::Right(_) => return connections,
            }
        }
    }

    /// The settings of the connection are those of Spin; above all, `TCP_NODELAY` stays off.
    fn spawn_connection(
        self: Arc<Self>,
        stream: TcpStream,
        client: SocketAddr,
        place: Option<OwnedSemaphorePermit>,
        connections: &GracefulShutdown,
    ) {
        let watcher = connections.watcher();
        tokio::spawn(async move {
            let _place = place;
            let (limit, activity) = (self.client_timeout, Arc::new(Activity::default()));
            let seen = Arc::clone(&activity);
            let service = service_fn(move |request| {
                let running = activity.begin();
                let answering = Arc::clone(&self).answer(request, client);
                async move {
                    let answer = answering.await;
                    drop(running);
                    answer
                }
            });
            let builder = Builder::new(TokioExecutor::new());
            let connection = watcher.watch(builder.serve_connection(TokioIo::new(stream), service));
            // Errors are the client's: it went away, or did not speak HTTP. Who does nothing is sent away.
            let _ = select(pin!(connection), pin!(seen.idle(limit))).await;
        });
    }

    /// Answers one request. An error closes the connection without an answer.
    async fn answer(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        client: SocketAddr,
    ) -> anyhow::Result<Response<WasiBody>> {
        if headers::is_too_long(request.headers()) {
            return refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        headers::strip_forbidden(request.headers_mut());
        let path = request.uri().path().to_owned();
        if let Some(name) = path.strip_prefix(WELL_KNOWN_PREFIX) {
            return self.well_known(name);
        }
        let Some(found) = self.router.find(&path) else {
            return empty(StatusCode::NOT_FOUND);
        };
        headers::make_uri_absolute(&mut request)?;
        let component = self.components.get(found.component).context("there is no such component")?;
        let request = match clients::whole(request, self.client_timeout).await {
            Ok(request) => request,
            Err(status) => return refusal(status),
        };
        let Some(place) = component.admission.enter().await else {
            return refusal(StatusCode::SERVICE_UNAVAILABLE);
        };
        run_component(&component.handler, Some(place), request, &found, client).await
    }

    /// Answers the request of one component to another, whatever routes that has
    /// ([local service chaining](https://spinframework.dev/http-outbound#local-service-chaining)).
    ///
    /// # Errors
    ///
    /// There is no such component.
    pub async fn chain(&self, component: &str, mut request: Request<WasiBody>) -> anyhow::Result<Response<WasiBody>> {
        let handler = &self.components.get(component).context("there is no such component")?.handler;
        // Spin, too, leaves the name to the URI.
        request.headers_mut().remove(HOST);
        headers::make_uri_absolute(&mut request)?;
        let found = RouteMatch::chained(component, request.uri().path());
        // Who asks has a place already; to wait for another one could be to wait for itself.
        run_component(handler, None, request, &found, CHAINED_CLIENT).await
    }

    fn well_known(&self, name: &str) -> anyhow::Result<Response<WasiBody>> {
        let response = match name {
            "health" => Response::new(full(Bytes::from_static(b"OK"))),
            "info" => Response::builder().header(CONTENT_TYPE, "application/json").body(full(self.info.clone()))?,
            _ => return empty(StatusCode::NOT_FOUND),
        };
        Ok(response)
    }
}

/// Runs a component; where it fails, the answer is 500.
async fn run_component(
    handler: &ProxyHandler<Factory>,
    place: Option<Place>,
    mut request: Request<WasiBody>,
    found: &RouteMatch<'_>,
    client: SocketAddr,
) -> anyhow::Result<Response<WasiBody>> {
    let answered = match headers::add_spin_headers(&mut request, found, client) {
        Ok(()) => handler.handle(place, request).await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    answered.or_else(|error| {
        log::line(format_args!("{} failed to answer: {error:#}", found.component));
        empty(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

/// The answer to who is too slow, sends too much, or comes when there is no place: JSON as the OAuth endpoints have it.
fn refusal(status: StatusCode) -> anyhow::Result<Response<WasiBody>> {
    let (error, description) = match status {
        StatusCode::SERVICE_UNAVAILABLE => ("temporarily_unavailable", "There is too much to do. Try again later."),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => ("invalid_request", "The header is too large."),
        StatusCode::PAYLOAD_TOO_LARGE => ("invalid_request", "The body is too large."),
        StatusCode::REQUEST_TIMEOUT => ("invalid_request", "The body did not arrive in time."),
        _ => ("invalid_request", "The body broke off."),
    };
    let body = serde_json::json!({ "error": error, "error_description": description });
    let mut response = Response::builder().status(status).body(full(body.to_string().into()))?;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    } else {
        // What is left of the body is not read.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

fn empty(status: StatusCode) -> anyhow::Result<Response<WasiBody>> {
    Ok(Response::builder().status(status).body(full(Bytes::new()))?)
}

fn full(bytes: Bytes) -> WasiBody {
    Full::new(bytes).map_err(|never: Infallible| match never {}).boxed_unsync()
}
