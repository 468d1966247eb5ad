//! What is measured.

use std::{cell::RefCell, rc::Rc};

use anyhow::{Context, Result};
use driver::{Answer, App, Request, client::get};

use crate::{
    load::{Script, Scripts},
    world::World,
};

/// An operation of the server.
pub(crate) struct Operation {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// The probe that does the same storage work.
    pub(crate) probe: &'static str,
    /// The share of the probe's rate that it must reach.
    pub(crate) at_least: Option<f64>,
    /// The transactions that it may commit.
    pub(crate) writes: u64,
    kind: Kind,
}

enum Kind {
    Get(&'static str),
    LoginPage,
    ClientCredentials,
    Userinfo,
    Introspection,
    Revocation,
    Authorize,
    Code(Option<&'static str>),
    Refresh(Option<&'static str>),
}

/// The probes, from nothing to the most.
pub(crate) const PROBES: [&str; 6] = ["nothing", "read", "write", "read-read", "write-write", "read-write"];

/// Everything that is measured.
pub(crate) const OPERATIONS: [Operation; 14] = [
    op("discovery", "nothing", Some(0.9), 0, Kind::Get("/.well-known/oauth-authorization-server")),
    op("jwks", "nothing", Some(0.9), 0, Kind::Get("/jwks")),
    op("login page", "nothing", None, 0, Kind::LoginPage),
    op("client credentials", "read", Some(0.8), 0, Kind::ClientCredentials),
    op("userinfo", "read", Some(0.8), 0, Kind::Userinfo),
    op("introspection", "read-read", Some(0.7), 0, Kind::Introspection),
    op("revocation", "read-write", None, 1, Kind::Revocation),
    op("refresh", "read-write", Some(0.75), 1, Kind::Refresh(None)),
    op("authorize", "read-write", Some(0.6), 1, Kind::Authorize),
    op("code", "read-write", Some(0.75), 1, Kind::Code(None)),
    op("code, ES256", "read-write", Some(0.6), 1, Kind::Code(Some("ES256"))),
    op("code, EdDSA", "read-write", None, 1, Kind::Code(Some("EdDSA"))),
    op("code, RS256", "read-write", None, 1, Kind::Code(Some("RS256"))),
    op("refresh, RS256", "read-write", None, 1, Kind::Refresh(Some("RS256"))),
];

const fn op(name: &'static str, probe: &'static str, at_least: Option<f64>, writes: u64, kind: Kind) -> Operation {
    Operation { name, probe, at_least, writes, kind }
}

impl Operation {
    /// What so many connections send; together they have at least so many requests to send.
    pub(crate) async fn scripts(&self, world: &World, connections: usize, requests: usize) -> Result<Scripts> {
        let app = &world.plain;
        match self.kind {
            Kind::Get(path) => repeated(get(path, &[])?, 200, connections),
            Kind::LoginPage => repeated(get("/login", &[])?, 200, connections),
            Kind::ClientCredentials => repeated(app.client_credentials()?, 200, connections),
            Kind::Authorize => {
                let request = world.authorize(app)?;
                Ok((0..connections).map(|_| Box::new(Redirected(request.clone())) as _).collect())
            }
            Kind::Userinfo => {
                // Where there are no ID tokens, every user's token is good for this.
                let app = world.signed.get("ES256").unwrap_or(app);
                let bearer = format!("Bearer {}", world.tokens(app).await?.member("access_token")?);
                repeated(get("/userinfo", &[("authorization", &bearer)])?, 200, connections)
            }
            Kind::Introspection => {
                let token = world.tokens(app).await?.member("access_token")?;
                repeated(app.about_token("/introspect", &token)?, 200, connections)
            }
            Kind::Revocation => {
                let tokens = Rc::new(RefCell::new(Vec::new()));
                let issue = Issue { request: app.client_credentials()?, wanted: requests, tokens: Rc::clone(&tokens) };
                let scripts = (0..connections).map(|_| Box::new(issue.clone()) as _).collect();
                crate::load::run_out(world.address, scripts).await?;
                let revoke =
                    tokens.take().iter().map(|token| app.about_token("/revoke", token)).collect::<Result<_>>()?;
                Ok(once_each(revoke, connections))
            }
            Kind::Code(algorithm) => {
                let app = algorithm.map_or(Ok(app), |algorithm| signed(world, algorithm))?;
                let codes = world.codes(app, requests, connections).await?;
                let redeem = codes.iter().map(|code| app.redeem(code)).collect::<Result<_>>()?;
                Ok(once_each(redeem, connections))
            }
            Kind::Refresh(algorithm) => {
                let app = algorithm.map_or(Ok(app), |algorithm| signed(world, algorithm))?;
                let mut scripts = Scripts::new();
                for _ in 0..connections {
                    let refresh_token = world.tokens(app).await?.member("refresh_token")?;
                    scripts.push(Box::new(Refresh { app: app.clone(), refresh_token }));
                }
                Ok(scripts)
            }
        }
    }
}

/// What so many connections send to a probe.
pub(crate) fn probe_scripts(probe: &str, connections: usize) -> Result<Scripts> {
    repeated(get(&format!("/{probe}"), &[])?, 200, connections)
}

fn signed<'a>(world: &'a World, algorithm: &str) -> Result<&'a App> {
    world.signed.get(algorithm).context("no such algorithm")
}

fn repeated(request: Request, status: u16, connections: usize) -> Result<Scripts> {
    Ok((0..connections).map(|_| Box::new(Repeated { request: request.clone(), status }) as _).collect())
}

/// The same request again and again.
struct Repeated {
    request: Request,
    status: u16,
}

impl Script for Repeated {
    fn next(&mut self) -> Result<Option<Request>> {
        Ok(Some(self.request.clone()))
    }

    fn read(&mut self, answer: Answer) -> Result<()> {
        answer.expect(self.status).map(drop)
    }
}

/// The same authorization request again and again.
struct Redirected(Request);

impl Script for Redirected {
    fn next(&mut self) -> Result<Option<Request>> {
        Ok(Some(self.0.clone()))
    }

    fn read(&mut self, answer: Answer) -> Result<()> {
        answer.redirected_with("code").map(drop)
    }
}

fn once_each(requests: Vec<Request>, connections: usize) -> Scripts {
    let requests = Rc::new(RefCell::new(requests));
    (0..connections).map(|_| Box::new(OnceEach(Rc::clone(&requests))) as _).collect()
}

/// Requests that are good once, shared by all connections.
struct OnceEach(Rc<RefCell<Vec<Request>>>);

impl Script for OnceEach {
    fn next(&mut self) -> Result<Option<Request>> {
        Ok(self.0.borrow_mut().pop())
    }

    fn read(&mut self, answer: Answer) -> Result<()> {
        answer.expect(200).map(drop)
    }
}

/// Gathers access tokens of the client itself.
#[derive(Clone)]
struct Issue {
    request: Request,
    wanted: usize,
    tokens: Rc<RefCell<Vec<String>>>,
}

impl Script for Issue {
    fn next(&mut self) -> Result<Option<Request>> {
        Ok((self.tokens.borrow().len() < self.wanted).then(|| self.request.clone()))
    }

    fn read(&mut self, answer: Answer) -> Result<()> {
        self.tokens.borrow_mut().push(answer.expect(200)?.member("access_token")?);
        Ok(())
    }
}

/// A client that always uses its newest refresh token.
struct Refresh {
    app: App,
    refresh_token: String,
}

impl Script for Refresh {
    fn next(&mut self) -> Result<Option<Request>> {
        self.app.refresh(&self.refresh_token).map(Some)
    }

    fn read(&mut self, answer: Answer) -> Result<()> {
        self.refresh_token = answer.expect(200)?.member("refresh_token")?;
        Ok(())
    }
}
