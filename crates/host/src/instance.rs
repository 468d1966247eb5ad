//! Instances of a component: how they are made, reused and dropped, with Spin's rules.
//!
//! wasmtime's `ProxyHandler`, which Spin uses too, gives each request to an instance that has room or makes a new one;
//! this module tells it when an instance has room and when it has lived long enough.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, ProxyPre, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};

use crate::admission::{Admission, Place};
use crate::cli::Options;
use crate::log;
use crate::range::Range;
use crate::shutdown::{Live, Shutdown};
use crate::state::{Grants, State};
use crate::turns::Turns;

/// When an instance takes requests and how long it lives.
#[derive(Clone, Copy, Debug)]
pub struct Reuse {
    /// Requests in its life.
    pub count: Range<usize>,
    /// Requests at once.
    pub concurrent: Range<usize>,
    /// The time for one request; none by default.
    pub request_timeout: Option<Range<Duration>>,
    /// The time without requests after which it is dropped.
    pub idle_timeout: Range<Duration>,
}

impl Reuse {
    /// What the command line says.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self {
            count: options.max_instance_reuse_count,
            concurrent: options.max_instance_concurrent_reuse_count,
            request_timeout: options.request_timeout,
            idle_timeout: options.idle_instance_timeout,
        }
    }
}

/// Makes the instances of one component.
pub struct Factory {
    /// wasmtime.
    pub engine: Engine,
    /// The component, ready to be instantiated.
    pub pre: ProxyPre<State>,
    /// What it may touch.
    pub grants: Arc<Grants>,
    /// How its instances are reused.
    pub reuse: Reuse,
    /// Shares the processors among guests.
    pub turns: Turns,
    /// The places of the component, which are fewer while its guests compute for long.
    pub admission: Arc<Admission>,
    /// Ends idle instances when the host stops, and waits for the others.
    pub shutdown: Shutdown,
}

impl HandlerState for Factory {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Worker>> {
        let mut store = Store::new(&self.engine, State::new(Arc::clone(&self.grants)));
        self.turns.rule(&mut store, &self.admission);
        let proxy = self.pre.instantiate_async(&mut store).await?;
        // A component of WASI 0.2 serves one request in its life: so it is in Spin.
        let (count, concurrent) = match self.pre {
            ProxyPre::P2(_) => (1, 1),
            ProxyPre::P3(_) => (self.reuse.count.sample(), self.reuse.concurrent.sample()),
        };
        let request_timeout = self.reuse.request_timeout.map(Range::<Duration>::sample);
        Ok(Instance {
            store,
            proxy,
            view: State::incoming,
            expiration: Expiration {
                idle_timeout: self.reuse.idle_timeout.sample(),
                request_timeout,
                sleep: Box::pin(tokio::time::sleep(Duration::ZERO)),
                stopping: self.shutdown.requested(),
                live: self.shutdown.live(),
            },
            state: Worker { component: self.grants.component.clone(), count, concurrent, request_timeout },
        })
    }
}

/// Ends an instance that is idle, or late with its answers, for too long.
pub struct Expiration {
    idle_timeout: Duration,
    request_timeout: Option<Duration>,
    sleep: Pin<Box<Sleep>>,
    stopping: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    /// Keeps the host from exiting while the instance works.
    #[expect(dead_code, reason = "it only has to live as long as the instance")]
    live: Live,
}

impl WorkerExpiration for Expiration {
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>, status: WorkerStatus, start: Instant) -> Poll<()> {
        let idle = status == WorkerStatus::Idle;
        if idle && self.stopping.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let timeout = if idle { Some(self.idle_timeout) } else { self.request_timeout };
        let Some(deadline) = timeout.and_then(|timeout| start.checked_add(timeout)) else {
            return Poll::Pending;
        };
        let deadline = deadline.into();
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(context)
    }
}

/// Decides whether an instance takes another request.
pub struct Worker {
    component: String,
    count: usize,
    concurrent: usize,
    request_timeout: Option<Duration>,
}

impl WorkerState for Worker {
    type StoreData = State;
    /// Nothing where another component asks.
    type RequestData = Option<Place>;

    fn should_accept_request(&self, running: usize, taken: usize) -> ShouldAccept {
        if taken >= self.count {
            ShouldAccept::Never
        } else if running >= self.concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        mut store: StoreContextMut<'_, State>,
        place: Option<Place>,
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        store.data_mut().computing.begin();
        let timeout = self.request_timeout;
        Box::pin(async move {
            // Until the guest has answered, also where the client is gone before.
            let _place = place;
            match timeout {
                Some(timeout) => tokio::time::sleep(timeout).await,
                None => std::future::pending().await,
            }
        })
    }

    fn drop(&self, store: Store<State>, result: wasmtime::Result<()>) {
        drop(store);
        if let Err(error) = result {
            log::line(format_args!("an instance of {} failed: {error:#}", self.component));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker() -> Worker {
        Worker { component: "a".to_owned(), count: 4, concurrent: 2, request_timeout: None }
    }

    #[test]
    fn an_instance_takes_as_many_requests_at_once_as_it_may() {
        assert!(matches!(worker().should_accept_request(0, 0), ShouldAccept::Yes));
        assert!(matches!(worker().should_accept_request(1, 1), ShouldAccept::Yes));
        assert!(matches!(worker().should_accept_request(2, 2), ShouldAccept::No));
    }

    #[test]
    fn an_instance_takes_no_more_requests_than_it_may_in_its_life() {
        assert!(matches!(worker().should_accept_request(1, 3), ShouldAccept::Yes));
        assert!(matches!(worker().should_accept_request(0, 4), ShouldAccept::Never));
    }
}
