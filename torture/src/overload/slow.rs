//! Slow clients: they keep their connections as long as the server lets them.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    task::JoinSet,
    time::timeout,
};

/// How often the next octet comes.
const DRIP: Duration = Duration::from_millis(300);

/// What they are slow with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slow {
    /// Nothing is ever sent.
    Idle,
    /// The head drips.
    Head,
    /// The body drips.
    Body,
    /// The answers are not read.
    Reader,
}

impl Slow {
    /// How many there are.
    fn count(self) -> usize {
        match self {
            Self::Idle | Self::Head | Self::Body => 25,
            // Each asks for much.
            Self::Reader => 5,
        }
    }

    /// What is sent at once.
    fn sent(self) -> String {
        match self {
            Self::Idle => String::new(),
            Self::Head => "POST /token HTTP/1.1\r\nHost: a\r\nX-Slow: ".to_owned(),
            Self::Body => "POST /token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: 9999\r\n\r\ngrant_type="
                .to_owned(),
            Self::Reader => "GET /signup HTTP/1.1\r\nHost: a\r\n\r\n".repeat(80),
        }
    }

    /// Keeps a connection until the server closes it; for how long.
    async fn connection(self, address: SocketAddr) -> Result<Duration> {
        let socket = TcpSocket::new_v4()?;
        // So that what is not read stays with the server.
        socket.set_recv_buffer_size(4096)?;
        let mut stream = socket.connect(address).await?;
        let begun = Instant::now();
        stream.write_all(self.sent().as_bytes()).await?;
        let mut octets = [0; 1024];
        loop {
            tokio::time::sleep(DRIP).await;
            let is_closed = match self {
                // What a client may send between requests.
                Self::Reader => stream.try_write(b"\r\n").is_err_and(|error| error.kind() != ErrorKind::WouldBlock),
                Self::Idle | Self::Head | Self::Body => {
                    let read = timeout(Duration::from_millis(1), stream.read(&mut octets)).await;
                    let drips = matches!(self, Self::Head | Self::Body);
                    read.is_ok_and(|read| !read.is_ok_and(|length| length > 0))
                        || (drips && stream.write_all(b"x").await.is_err())
                }
            };
            if is_closed {
                return Ok(begun.elapsed());
            }
        }
    }
}

/// Slow clients of every kind, until this is dropped.
pub(super) struct Crowd(JoinSet<(Slow, Result<Duration>)>);

impl Crowd {
    /// Opens a connection for each.
    pub(super) fn start(address: SocketAddr) -> Self {
        let mut all = JoinSet::new();
        for slow in [Slow::Idle, Slow::Head, Slow::Body, Slow::Reader] {
            for _ in 0..slow.count() {
                all.spawn(async move { (slow, slow.connection(address).await) });
            }
        }
        Self(all)
    }

    /// Those whom the server has sent away, with the time that it let them, and how many are still there.
    pub(super) fn gone(&mut self) -> (Vec<(Slow, Result<Duration>)>, usize) {
        let mut gone = Vec::new();
        while let Some(one) = self.0.try_join_next() {
            gone.extend(one);
        }
        (gone, self.0.len())
    }
}
