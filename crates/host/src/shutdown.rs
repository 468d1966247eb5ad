//! Stopping: on SIGINT or SIGTERM the host takes no more connections, ends those that are idle, and waits for the
//! requests that run and for what instances still do after their answers.

use std::pin::Pin;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

/// Tells everyone that the host stops, and knows who still works.
#[derive(Clone)]
pub struct Shutdown {
    stopping: watch::Sender<bool>,
    live: mpsc::Sender<()>,
}

/// Proof that something still works; dropping it ends that.
pub type Live = mpsc::Sender<()>;

/// Ends when nothing works any more.
pub struct AllDone(mpsc::Receiver<()>);

impl Shutdown {
    /// A host that runs.
    #[must_use]
    pub fn new() -> (Self, AllDone) {
        let (live, done) = mpsc::channel(1);
        (Self { stopping: watch::Sender::new(false), live }, AllDone(done))
    }

    /// Marks that something works until the mark is dropped.
    #[must_use]
    pub fn live(&self) -> Live {
        self.live.clone()
    }

    /// Makes everyone stop.
    pub fn request(&self) {
        self.stopping.send_replace(true);
    }

    /// Ends when the host stops.
    #[must_use]
    pub fn requested(&self) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        let mut stopping = self.stopping.subscribe();
        Box::pin(async move {
            // An error means that the host is gone, which is a stop as well.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        })
    }
}

impl AllDone {
    /// Waits until every [`Live`], also that of every [`Shutdown`], is dropped.
    pub async fn wait(mut self) {
        while self.0.recv().await.is_some() {}
    }
}

/// Waits for SIGINT or SIGTERM. The handlers are there once this function has returned its future.
///
/// # Errors
///
/// The handlers cannot be installed.
pub fn signals() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        futures::future::select(Box::pin(interrupt.recv()), Box::pin(terminate.recv())).await;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn everyone_hears_of_the_stop_also_those_who_ask_later() {
        let (shutdown, _done) = Shutdown::new();
        let early = shutdown.requested();

        shutdown.request();

        block_on(early);
        block_on(shutdown.requested());
    }

    #[test]
    fn the_stop_waits_for_what_still_works() {
        let (shutdown, done) = Shutdown::new();
        let live = shutdown.live();
        drop(shutdown);
        let worker = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            drop(live);
        });

        block_on(done.wait());

        worker.join().unwrap();
    }
}
