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
use http::header::HOST;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::ProxyHandler;

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
    pub handlers: HashMap<String, ProxyHandler<Factory>>,
    /// What `/.well-known/spin/info` answers: JSON.
    pub info: Bytes,
}

impl Server {
    /// Takes connections from `listener` until `shutdown` is requested. Returns the connections that are open then.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: &Shutdown) -> GracefulShutdown {
        let connections = GracefulShutdown::new();
        let mut stop = shutdown.requested();
        loop {
            match select(pin!(listener.accept()), &mut stop).await {
                Either::Left((Ok((stream, client)), _)) => {
                    Arc::clone(&self).spawn_connection(stream, client, &connections);
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
    fn spawn_connection(self: Arc<Self>, stream: TcpStream, client: SocketAddr, connections: &GracefulShutdown) {
        let watcher = connections.watcher();
        tokio::spawn(async move {
            let service = service_fn(move |request| Arc::clone(&self).answer(request, client));
            let builder = Builder::new(TokioExecutor::new());
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            // Errors are the client's: it went away, or did not speak HTTP.
            let _ = watcher.watch(connection).await;
        });
    }

    /// Answers one request. An error closes the connection without an answer.
    async fn answer(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        client: SocketAddr,
    ) -> anyhow::Result<Response<WasiBody>> {
        headers::strip_forbidden(request.headers_mut());
        let path = request.uri().path().to_owned();
        if let Some(name) = path.strip_prefix(WELL_KNOWN_PREFIX) {
            return self.well_known(name);
        }
        let Some(found) = self.router.find(&path) else {
            return empty(StatusCode::NOT_FOUND);
        };
        headers::make_uri_absolute(&mut request)?;
        let handler = self.handlers.get(found.component).context("there is no such component")?;
        run_component(handler, request.map(|body| body.map_err(Into::into).boxed_unsync()), &found, client).await
    }

    /// Answers the request of one component to another, whatever routes that has
    /// ([local service chaining](https://spinframework.dev/http-outbound#local-service-chaining)).
    ///
    /// # Errors
    ///
    /// There is no such component.
    pub async fn chain(&self, component: &str, mut request: Request<WasiBody>) -> anyhow::Result<Response<WasiBody>> {
        let handler = self.handlers.get(component).context("there is no such component")?;
        // Spin, too, leaves the name to the URI.
        request.headers_mut().remove(HOST);
        headers::make_uri_absolute(&mut request)?;
        let found = RouteMatch::chained(component, request.uri().path());
        run_component(handler, request, &found, CHAINED_CLIENT).await
    }

    fn well_known(&self, name: &str) -> anyhow::Result<Response<WasiBody>> {
        let response = match name {
            "health" => Response::new(full(Bytes::from_static(b"OK"))),
            "info" => Response::builder()
                .header(http::header::CONTENT_TYPE, "application/json")
                .body(full(self.info.clone()))?,
            _ => return empty(StatusCode::NOT_FOUND),
        };
        Ok(response)
    }
}

/// Runs a component; where it fails, the answer is 500.
async fn run_component(
    handler: &ProxyHandler<Factory>,
    mut request: Request<WasiBody>,
    found: &RouteMatch<'_>,
    client: SocketAddr,
) -> anyhow::Result<Response<WasiBody>> {
    let answered = match headers::add_spin_headers(&mut request, found, client) {
        Ok(()) => handler.handle((), request).await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    answered.or_else(|error| {
        log::line(format_args!("{} failed to answer: {error:#}", found.component));
        empty(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

fn empty(status: StatusCode) -> anyhow::Result<Response<WasiBody>> {
    Ok(Response::builder().status(status).body(full(Bytes::new()))?)
}

fn full(bytes: Bytes) -> WasiBody {
    Full::new(bytes).map_err(|never: Infallible| match never {}).boxed_unsync()
}
