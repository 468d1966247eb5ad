//! What is asked of the server: sign-ins, which cost much, and what applications do all day, which costs little.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use driver::{App, Browser, Connection, Request, browser::PASSWORD, client::get};
use futures_util::future::join_all;
use http::StatusCode;
use tokio::time::timeout;

use crate::cast::{SCOPE, Tokens};

/// Grants that are refreshed, each by one at a time.
const GRANTS: usize = 32;
/// A connection that was not used for so long is not used again: the server may be about to close it.
const FRESH: Duration = Duration::from_millis(500);
/// Who has no answer after this goes.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

const EMAIL: &str = "jane@example.org";

/// A kind of request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    SignIn,
    Credentials,
    Refresh,
    UserInfo,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::SignIn, Self::Credentials, Self::Refresh, Self::UserInfo];

    /// The kind of the request with this number: one of ten is a sign-in, and the others are shared evenly.
    pub(super) fn of(number: usize) -> Self {
        match number % 10 {
            0 => Self::SignIn,
            1 | 4 | 7 => Self::Credentials,
            2 | 5 | 8 => Self::Refresh,
            _ => Self::UserInfo,
        }
    }

    /// What is done later than this nobody waits for any more.
    pub(super) fn useful(self) -> Duration {
        Duration::from_secs(if self == Self::SignIn { 3 } else { 1 })
    }

    /// The name of its row.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SignIn => "overload: sign-in",
            Self::Credentials => "overload: client credentials",
            Self::Refresh => "overload: refresh",
            Self::UserInfo => "overload: userinfo",
        }
    }
}

/// What became of a request.
pub(super) struct Outcome {
    pub(super) kind: Kind,
    pub(super) took: Duration,
    pub(super) result: Result<StatusCode>,
}

impl Outcome {
    /// Whether it was done.
    pub(super) fn is_done(&self) -> bool {
        let done = if self.kind == Kind::SignIn { StatusCode::SEE_OTHER } else { StatusCode::OK };
        self.result.as_ref().is_ok_and(|status| *status == done)
    }

    /// Whether it was done, and in time.
    pub(super) fn is_useful(&self) -> bool {
        self.is_done() && self.took <= self.kind.useful()
    }

    /// Whether it was refused for now.
    pub(super) fn is_refused(&self) -> bool {
        let refused = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
        self.result.as_ref().is_ok_and(|status| refused.contains(status))
    }
}

/// Who asks: a user, an application, and well-behaved clients that keep their connections.
pub(super) struct Mix {
    address: SocketAddr,
    app: App,
    sign_in: Request,
    user_info: Request,
    grants: Vec<tokio::sync::Mutex<String>>,
    idle: Mutex<Vec<(Connection, Instant)>>,
}

impl Mix {
    /// Brings them in.
    pub(super) async fn new(address: SocketAddr) -> Result<Self> {
        let mut connection = Connection::open(address).await?;
        connection.send(get("/jwks", &[])?).await?.expect(200)?;
        let app = App::register(&mut connection, "ES256", SCOPE).await?;
        let mut browser = Browser::open(address).await?;
        browser.sign_up(EMAIL).await?;
        browser.allow(&app).await?;
        let mut grants = Vec::new();
        let mut user_info = None;
        for _ in 0..GRANTS {
            let code = connection.send(app.authorize(&browser.cookie())?).await?.redirected_with("code")?;
            let tokens = Tokens::of(connection.send(app.redeem(&code)?).await?)?;
            user_info = Some(get("/userinfo", &[("authorization", &format!("Bearer {}", tokens.access))])?);
            grants.push(tokio::sync::Mutex::new(tokens.refresh));
        }
        let mut visitor = Browser::open(address).await?;
        let page = visitor.get("/login").await?.expect(200)?;
        let sign_in = visitor.form("/login", &page, &[("email", EMAIL), ("password", PASSWORD)])?;
        let user_info = user_info.context("no grant")?;
        Ok(Self { address, app, sign_in, user_info, grants, idle: Mutex::default() })
    }

    /// Sends the request with this number.
    pub(super) async fn send(&self, number: usize) -> Outcome {
        let kind = Kind::of(number);
        let mut begun = Instant::now();
        let result = match kind {
            Kind::SignIn => self.status(self.sign_in.clone()).await,
            Kind::Credentials => match self.app.client_credentials() {
                Ok(request) => self.status(request).await,
                Err(error) => Err(error),
            },
            Kind::Refresh => self.refresh(number, &mut begun).await,
            Kind::UserInfo => self.status(self.user_info.clone()).await,
        };
        Outcome { kind, took: begun.elapsed(), result }
    }

    /// Sends so many requests one after the other on each of some connections, for a time; what became of them.
    pub(super) async fn in_turn(&self, connections: usize, time: Duration) -> Vec<Outcome> {
        let begun = Instant::now();
        let workers = (0..connections).map(async |worker| {
            let (mut outcomes, mut number) = (Vec::new(), worker);
            while begun.elapsed() < time {
                outcomes.push(self.send(number).await);
                number += 1;
            }
            outcomes
        });
        join_all(workers).await.into_iter().flatten().collect()
    }

    async fn refresh(&self, number: usize, begun: &mut Instant) -> Result<StatusCode> {
        let mut token = self.grants.get(number % self.grants.len()).context("no grant")?.lock().await;
        *begun = Instant::now();
        let answer = self.answer(self.app.refresh(&token)?).await?;
        let status = answer.status;
        if status == StatusCode::OK {
            *token = answer.member("refresh_token")?;
        }
        Ok(status)
    }

    async fn status(&self, request: Request) -> Result<StatusCode> {
        Ok(self.answer(request).await?.status)
    }

    async fn answer(&self, request: Request) -> Result<driver::Answer> {
        let mut connection = match self.kept() {
            Some(connection) => connection,
            None => Connection::open(self.address).await?,
        };
        let answer = timeout(PATIENCE, connection.send(request)).await.context("no answer")??;
        let is_refused = matches!(answer.status.as_u16(), 429 | 503);
        ensure!(!is_refused || answer.headers.contains_key("retry-after"), "a refusal without Retry-After");
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
        Ok(answer)
    }

    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // The one that was used last is the freshest.
        let (connection, used) = idle.pop()?;
        if used.elapsed() < FRESH {
            return Some(connection);
        }
        idle.clear();
        None
    }
}
