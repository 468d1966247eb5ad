//! Stopping: on SIGINT or SIGTERM the host takes no more connections, ends those that are idle, and waits for the
//! requests that run and for what instances still do after their answers.

use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};

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

/// Requests the stop on SIGINT or SIGTERM. What it returns ends when `patience` is over after that.
///
/// This has a thread of its own: a guest that computes without end keeps the thread on which it runs, with it
/// possibly all timers and sockets of the main runtime, and the host must stop even then.
///
/// # Errors
///
/// The signals cannot be caught.
pub fn on_signal(shutdown: Shutdown, patience: Duration) -> std::io::Result<oneshot::Receiver<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let entered = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    drop(entered);
    let (over, is_over) = oneshot::channel();
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(futures::future::select(pin!(interrupt.recv()), pin!(terminate.recv())));
        shutdown.request();
        drop(shutdown);
        std::thread::sleep(patience);
        let _ = over.send(());
    })?;
    Ok(is_over)
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
            std::thread::sleep(Duration::from_millis(20));
            drop(live);
        });

        block_on(done.wait());

        worker.join().unwrap();
    }
}
