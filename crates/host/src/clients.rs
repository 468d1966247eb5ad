//! Slow clients: what they have not sent holds no instance, and a connection on which nothing happens is closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::time::timeout;
use wasmtime_wasi_http::WasiBody;

/// The longest body: more than any component here reads, so that it is the component that says so.
const MAX_BODY: usize = 128 * 1024;

/// So much of a body that is too long is read and thrown away: who still sends would not see the answer. One that says
/// beforehand that it is longer is not read.
const MAX_DISCARDED: usize = 8 * 1024 * 1024;

/// The most connections where the operator does not say how many.
const MAX_CONNECTIONS: usize = 10_000;

/// How many connections there may be: half of the files that may be open, so that databases have the others. That number is
/// raised as far as the system lets it be.
pub(crate) fn max_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let files = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    files.and_then(|files| usize::try_from(files / 2).ok()).map_or(MAX_CONNECTIONS, |half| half.min(MAX_CONNECTIONS))
}

/// The requests of one connection.
#[derive(Default)]
pub(crate) struct Activity {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

/// A request that is being answered, until this is dropped.
pub(crate) struct Running(Arc<Activity>);

impl Activity {
    /// Notes that one begins.
    pub(crate) fn begin(self: &Arc<Self>) -> Running {
        self.begun.fetch_add(1, Ordering::Relaxed);
        Running(Arc::clone(self))
    }

    /// Ends where for a time, at most twice as long as this, no request has begun and none is being answered: nothing is
    /// sent, or a head that does not end, or an answer is not read.
    pub(crate) async fn idle(&self, limit: Duration) {
        loop {
            let before = self.begun.load(Ordering::Relaxed);
            tokio::time::sleep(limit).await;
            let begun = self.begun.load(Ordering::Relaxed);
            if begun == before && begun == self.ended.load(Ordering::Relaxed) {
                return;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// Reads a request whole, before there is an instance for it; or the status of its refusal.
pub(crate) async fn whole(request: Request<Incoming>, limit: Duration) -> Result<Request<WasiBody>, StatusCode> {
    let (parts, body) = request.into_parts();
    let bytes = match body.is_end_stream() {
        true => Bytes::new(),
        false => timeout(limit, read(body)).await.map_err(|_| StatusCode::REQUEST_TIMEOUT)??,
    };
    Ok(Request::from_parts(parts, Full::new(bytes).map_err(|never| match never {}).boxed_unsync()))
}

async fn read<B: Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static> + Unpin>(
    mut body: B,
) -> Result<Bytes, StatusCode> {
    if body.size_hint().lower() > MAX_DISCARDED as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match Limited::new(&mut body, MAX_BODY).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let mut rest = Limited::new(body, MAX_DISCARDED);
            while rest.frame().await.is_some_and(|frame| frame.is_ok()) {}
            Err(StatusCode::PAYLOAD_TOO_LARGE)
        }
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(future)
    }

    const LIMIT: Duration = Duration::from_secs(1);

    #[test]
    fn a_connection_on_which_nothing_begins_is_idle_and_one_with_a_request_is_not() {
        block_on(async {
            let activity = Arc::new(Activity::default());
            timeout(LIMIT * 2, activity.idle(LIMIT)).await.expect("nothing has ever begun");

            let running = activity.begin();
            assert!(timeout(LIMIT * 10, activity.idle(LIMIT)).await.is_err(), "one is being answered");
            drop(running);
            timeout(LIMIT * 2, activity.idle(LIMIT)).await.expect("it was answered");
        });
    }

    #[test]
    fn a_connection_on_which_requests_begin_again_and_again_is_not_idle() {
        block_on(async {
            let activity = Arc::new(Activity::default());
            let requests = async {
                for _ in 0..20 {
                    tokio::time::sleep(LIMIT * 9 / 10).await;
                    drop(activity.begin());
                }
            };
            tokio::select! {
                () = activity.idle(LIMIT) => panic!("it was in use"),
                () = requests => {}
            }
        });
    }

    #[test]
    fn a_body_is_read_whole_up_to_its_limit_and_what_is_beyond_is_thrown_away() {
        let chunk = Bytes::from(vec![b'x'; MAX_BODY / 4]);
        let body = |chunks: usize| {
            let frames = (0..chunks).map({
                let chunk = chunk.clone();
                move |_| Ok::<_, std::io::Error>(Frame::data(chunk.clone()))
            });
            StreamBody::new(futures::stream::iter(frames))
        };
        assert_eq!(block_on(read(body(4))).unwrap().len(), MAX_BODY);
        assert_eq!(block_on(read(body(5))), Err(StatusCode::PAYLOAD_TOO_LARGE));
        let mut long = body(40);
        assert_eq!(block_on(read(&mut long)), Err(StatusCode::PAYLOAD_TOO_LARGE));
        assert!(block_on(long.frame()).is_none(), "nothing of it is left");
        let mut endless = body(usize::MAX);
        assert_eq!(block_on(read(&mut endless)), Err(StatusCode::PAYLOAD_TOO_LARGE));
    }

    #[test]
    fn a_body_that_breaks_off_is_a_bad_request() {
        let broken = [Ok(Frame::data(Bytes::from_static(b"x"))), Err(std::io::Error::other("gone"))];
        assert_eq!(block_on(read(StreamBody::new(futures::stream::iter(broken)))), Err(StatusCode::BAD_REQUEST));
    }
}
