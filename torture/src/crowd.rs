//! Many connections that send at the same moment.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use driver::{Answer, Connection, Request};
use futures_util::future::try_join_all;

/// Connections to several hosts in turn.
pub(crate) struct Crowd {
    connections: Vec<Connection>,
    /// What is random of the rounds.
    pub(crate) random: fastrand::Rng,
    /// Requests that were sent.
    pub(crate) requests: u64,
}

impl Crowd {
    /// Opens so many.
    pub(crate) async fn open(addresses: &[SocketAddr], count: usize, seed: u64) -> Result<Self> {
        let connections = addresses.iter().cycle().take(count).map(|address| Connection::open(*address));
        let connections = try_join_all(connections).await?;
        Ok(Self { connections, random: fastrand::Rng::with_seed(seed), requests: 0 })
    }

    /// Sends all at once, or in every second call within a few milliseconds, each on a connection of its own: the first
    /// to the first host, the second to the second, and so on. The answers have the order of the requests.
    pub(crate) async fn at_once(&mut self, requests: Vec<Request>) -> Result<Vec<Answer>> {
        anyhow::ensure!(requests.len() <= self.connections.len(), "a crowd too small");
        self.requests += requests.len() as u64;
        let spread = if self.random.bool() { 0 } else { 4 };
        let sends = self.connections.iter_mut().zip(requests).map(|(connection, request)| {
            let delay = Duration::from_millis(self.random.u64(0..=spread));
            async move {
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                connection.send(request).await
            }
        });
        try_join_all(sends).await
    }

    /// Sends one request, to any host.
    pub(crate) async fn send(&mut self, request: Request) -> Result<Answer> {
        self.requests += 1;
        let any = self.random.usize(..self.connections.len());
        self.connections.get_mut(any).context("no connection")?.send(request).await
    }

    /// Sends one request to every host, one after the other.
    pub(crate) async fn everywhere(&mut self, request: &Request) -> Result<[Answer; 2]> {
        self.requests += 2;
        match self.connections.as_mut_slice() {
            [first, second, ..] => Ok([first.send(request.clone()).await?, second.send(request.clone()).await?]),
            _ => anyhow::bail!("a crowd too small"),
        }
    }
}
