//! Several workers at once.

use std::net::SocketAddr;

use anyhow::Result;
use driver::{App, Connection};
use futures_util::future::join_all;

use super::Worker;
use crate::{cast::SCOPE, report::Row, watch::Watch};

/// How many they are, each with one act after the other.
const WORKERS: u64 = 6;

/// Those who make the load, and what they know.
pub(crate) struct Team {
    /// What they know.
    pub(crate) watch: Watch,
    workers: Vec<Worker>,
}

impl Team {
    /// They come to a server on which all is well.
    pub(crate) async fn new(random: &mut fastrand::Rng, address: SocketAddr) -> Result<Self> {
        let mut connection = Connection::open(address).await?;
        let watch = Watch::new(App::register(&mut connection, "ES256", SCOPE).await?);
        let mut workers = Vec::new();
        for number in 0..WORKERS {
            workers.push(Worker::new(number, random.fork(), address).await?);
        }
        // What is done for the first time takes longer than most of what follows: keys are made, and the memory of components.
        for worker in workers.iter_mut().take(1) {
            worker.begin(&watch).await?;
        }
        Ok(Self { watch, workers })
    }

    /// All work while something happens to the server, and stop after it.
    pub(crate) async fn work(&mut self, row: &mut Row, happens: impl AsyncFnOnce(&Watch) -> Result<()>) -> Result<()> {
        let watch = &self.watch;
        watch.end(false);
        let happens = async {
            let happened = happens(watch).await;
            watch.end(true);
            happened
        };
        let work = join_all(self.workers.iter_mut().map(|worker| worker.work(watch)));
        let (happened, violations) = tokio::join!(happens, work);
        violations.into_iter().flatten().for_each(|violation| row.expect(false, || violation));
        happened
    }

    /// Does again what was not acknowledged, and checks everything that was.
    pub(crate) async fn check(&mut self, row: &mut Row) -> Result<()> {
        for worker in &mut self.workers {
            worker.check(row, &self.watch).await?;
        }
        Ok(())
    }

    /// Writes into the row what they have done.
    pub(crate) fn sum_up(&self, row: &mut Row) {
        let sum = |of: fn(&Worker) -> u64| self.workers.iter().map(of).sum();
        row.requests = sum(|worker| worker.requests);
        row.acts = sum(|worker| worker.acts);
        row.refused = sum(|worker| worker.refusals);
    }
}
