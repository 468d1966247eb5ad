//! The load: as many connections as there are scripts, each of which sends its next request when it has its answer.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use driver::{Answer, Connection, Request};
use tokio::task::LocalSet;

/// What one connection sends.
pub(crate) trait Script {
    /// The next request; `None` where there is nothing left to send.
    fn next(&mut self) -> Result<Option<Request>>;

    /// Reads its answer.
    fn read(&mut self, answer: Answer) -> Result<()>;
}

/// Scripts for all connections.
pub(crate) type Scripts = Vec<Box<dyn Script>>;

/// What was seen under load.
pub(crate) struct Seen {
    /// How long it took from the first request to the last answer.
    pub(crate) elapsed: Duration,
    /// How long each answer took, the fastest first.
    pub(crate) latencies: Vec<Duration>,
}

impl Seen {
    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that this share of the answers does not exceed, in milliseconds.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let index = (self.latencies.len() as f64 * share) as usize;
        let found = self.latencies.get(index).or(self.latencies.last());
        found.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
    }
}

/// Runs the scripts for so long, or until they have nothing left to send.
pub(crate) async fn run(address: SocketAddr, scripts: Scripts, how_long: Duration) -> Result<Seen> {
    let mut connections = Vec::new();
    for script in scripts {
        connections.push((Connection::open(address).await?, script));
    }
    let start = Instant::now();
    let deadline = start + how_long;
    let local = LocalSet::new();
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|(connection, script)| local.spawn_local(drive(connection, script, deadline)))
        .collect();
    local.await;
    let elapsed = start.elapsed();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    latencies.sort_unstable();
    Ok(Seen { elapsed, latencies })
}

/// Runs the scripts until they have nothing left to send.
pub(crate) async fn run_out(address: SocketAddr, scripts: Scripts) -> Result<Seen> {
    run(address, scripts, Duration::from_secs(600)).await
}

async fn drive(mut connection: Connection, mut script: Box<dyn Script>, deadline: Instant) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    while Instant::now() < deadline {
        let Some(request) = script.next()? else { break };
        let sent = Instant::now();
        let answer = connection.send(request).await.context("under load")?;
        latencies.push(sent.elapsed());
        script.read(answer)?;
    }
    Ok(latencies)
}

/// A script that ends after so many requests.
pub(crate) struct AtMost {
    /// The script.
    pub(crate) script: Box<dyn Script>,
    /// Requests that it may still send.
    pub(crate) left: usize,
}

impl Script for AtMost {
    fn next(&mut self) -> Result<Option<Request>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.script.next()
    }

    fn read(&mut self, answer: Answer) -> Result<()> {
        self.script.read(answer)
    }
}
