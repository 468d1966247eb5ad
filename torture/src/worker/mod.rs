//! One who uses the server and remembers what it acknowledged.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use driver::{Answer, App, Browser, Connection, Request, client::administer};
use http::Method;
use serde_json::json;

use super::Watch;
use crate::{
    cast::{SCOPE, Tokens, is_active, said},
    report::Row,
};

/// How many of each kind are remembered from one kill to the next.
const KEPT: usize = 12;

/// A worker.
pub(super) struct Worker {
    number: u64,
    random: fastrand::Rng,
    address: SocketAddr,
    connection: Connection,
    people: Vec<Person>,
    apps: Vec<App>,
    grants: Vec<Grant>,
    /// Access tokens whose own revocation was acknowledged.
    revoked: Vec<String>,
    /// Applications whose deletion was acknowledged.
    gone: Vec<App>,
    signed_up: u32,
    /// Acts that were acknowledged.
    pub(super) acts: u64,
    /// Requests that were sent.
    pub(super) requests: u64,
}

/// Somebody whose sign-up was acknowledged.
struct Person {
    email: String,
    browser: Browser,
    /// Applications to which the consent was acknowledged.
    allowed: Vec<App>,
    suspended: bool,
}

/// A grant whose tokens have arrived.
struct Grant {
    email: String,
    app: App,
    tokens: Tokens,
    /// Whether nobody has asked for its end. Where somebody has and the answer was lost, it is forgotten.
    live: bool,
}

impl Worker {
    /// One who has done nothing yet.
    pub(super) async fn new(number: u64, random: fastrand::Rng, address: SocketAddr) -> Result<Self> {
        let connection = Connection::open(address).await?;
        Ok(Self {
            number,
            random,
            address,
            connection,
            people: Vec::new(),
            apps: Vec::new(),
            grants: Vec::new(),
            revoked: Vec::new(),
            gone: Vec::new(),
            signed_up: 0,
            acts: 0,
            requests: 0,
        })
    }

    /// Acts until the host is killed. What fails before that is answered.
    pub(super) async fn work(&mut self, watch: &Watch) -> Option<anyhow::Error> {
        loop {
            let outcome = self.act().await;
            match outcome {
                _ if watch.killed.get() => return None,
                Ok(()) => self.acts += 1,
                Err(failure) => return Some(failure),
            }
        }
    }

    async fn act(&mut self) -> Result<()> {
        match self.random.u32(..100) {
            _ if self.people.iter().all(|person| person.suspended) => self.sign_up().await.context("sign-up"),
            _ if self.apps.is_empty() => self.register().await.context("registration"),
            0..6 => self.sign_up().await.context("sign-up"),
            6..14 => self.register().await.context("registration"),
            14..44 => self.authorize().await.context("authorization"),
            44..78 => self.refresh().await.context("refresh"),
            78..90 => self.revoke().await.context("revocation"),
            90..95 => self.suspend().await.context("suspension"),
            _ => self.delete().await.context("deletion"),
        }
    }

    async fn sign_up(&mut self) -> Result<()> {
        self.signed_up += 1;
        let email = format!("worker-{}-{}@example.org", self.number, self.signed_up);
        let mut browser = Browser::open(self.address).await?;
        self.requests += 2;
        browser.sign_up(&email).await?;
        self.people.push(Person { email, browser, allowed: Vec::new(), suspended: false });
        Ok(())
    }

    async fn register(&mut self) -> Result<()> {
        let answer = self.send(App::registration("ES256", SCOPE)?).await?;
        self.apps.push(App::registered(answer, SCOPE)?);
        Ok(())
    }

    /// A new grant, and its consent where there is none yet.
    async fn authorize(&mut self) -> Result<()> {
        let app = self.random.choice(&self.apps).context("no application")?.clone();
        let mut people: Vec<_> = self.people.iter_mut().filter(|person| !person.suspended).collect();
        let at = self.random.usize(..people.len());
        let person = people.get_mut(at).context("nobody")?;
        if !person.allowed.iter().any(|allowed| allowed.id == app.id) {
            self.requests += 3;
            person.browser.allow(&app).await?;
            person.allowed.push(app.clone());
        }
        let (email, authorize) = (person.email.clone(), app.authorize(&person.browser.cookie())?);
        let code = self.send(authorize).await?.redirected_with("code")?;
        let tokens = Tokens::of(self.send(app.redeem(&code)?).await?)?;
        self.grants.push(Grant { email, app, tokens, live: true });
        Ok(())
    }

    /// Where the answer is lost, the token that was used goes on being good.
    async fn refresh(&mut self) -> Result<()> {
        let Some(at) = self.any_live() else { return self.authorize().await };
        let grant = self.grants.get_mut(at).context("no grant")?;
        self.requests += 1;
        grant.tokens = Tokens::of(self.connection.send(grant.app.refresh(&grant.tokens.refresh)?).await?)?;
        Ok(())
    }

    /// With its refresh token a grant ends; with an access token only that.
    async fn revoke(&mut self) -> Result<()> {
        let Some(at) = self.any_live() else { return self.authorize().await };
        let mut grant = self.grants.swap_remove(at);
        let ends = self.random.bool();
        let token = if ends { &grant.tokens.refresh } else { &grant.tokens.access };
        self.send(grant.app.about_token("/revoke", token)?).await?.expect(200)?;
        if ends {
            grant.live = false;
            self.grants.push(grant);
        } else {
            self.revoked.push(grant.tokens.access);
        }
        Ok(())
    }

    async fn suspend(&mut self) -> Result<()> {
        let Some(at) = self.people.iter().position(|person| !person.suspended) else { return Ok(()) };
        let mut person = self.people.swap_remove(at);
        let mut theirs = self.forget(|grant| grant.email == person.email);
        let path = format!("/admin/api/users/{}", person.email);
        let answer = self.send(administer(Method::PATCH, &path, &json!({ "access_level": "suspended" }))?).await?;
        answer.expect(200)?;
        person.suspended = true;
        self.people.push(person);
        self.grants.append(&mut theirs);
        Ok(())
    }

    async fn delete(&mut self) -> Result<()> {
        let app = self.apps.swap_remove(self.random.usize(..self.apps.len()));
        let mut its = self.forget(|grant| grant.app.id == app.id);
        self.people.iter_mut().for_each(|person| person.allowed.retain(|allowed| allowed.id != app.id));
        let answer = self.send(app.configure(Method::DELETE)?).await?;
        ensure!(answer.status == 204, "a deletion is answered {}", said(&answer));
        self.gone.push(app);
        self.grants.append(&mut its);
        Ok(())
    }

    /// Takes the grants that an act ends, as they are once it is acknowledged.
    fn forget(&mut self, ends: impl Fn(&Grant) -> bool) -> Vec<Grant> {
        let (ended, kept) = std::mem::take(&mut self.grants).into_iter().partition(ends);
        self.grants = kept;
        let ended: Vec<Grant> = ended;
        ended.into_iter().map(|grant| Grant { live: false, ..grant }).collect()
    }

    fn any_live(&mut self) -> Option<usize> {
        let live: Vec<_> = (0..self.grants.len()).filter(|at| self.grants.get(*at).is_some_and(|g| g.live)).collect();
        self.random.choice(live)
    }

    /// Checks everything that was acknowledged, then forgets the oldest of it.
    pub(super) async fn check(&mut self, row: &mut Row, watch: &Watch) -> Result<()> {
        self.connection = Connection::open(self.address).await?;
        for at in 0..self.people.len() {
            self.check_person(row, at).await?;
        }
        for at in 0..self.grants.len() {
            self.check_grant(row, watch, at).await?;
        }
        for token in self.revoked.clone() {
            let active = is_active(self.send(watch.watcher.about_token("/introspect", &token)?).await?)?;
            row.expect(!active, || "a revoked access token is good again".to_owned());
        }
        for app in self.apps.clone() {
            let answer = self.send(app.client_credentials()?).await?;
            row.expect(answer.status == 200, || format!("a registered client is answered {}", said(&answer)));
        }
        for app in self.gone.clone() {
            for request in [app.client_credentials()?, app.configure(Method::GET)?] {
                let answer = self.send(request).await?;
                row.expect(answer.status == 401, || format!("a deleted client is answered {}", said(&answer)));
            }
        }
        keep(&mut self.people);
        keep(&mut self.apps);
        keep(&mut self.grants);
        keep(&mut self.revoked);
        keep(&mut self.gone);
        Ok(())
    }

    async fn check_person(&mut self, row: &mut Row, at: usize) -> Result<()> {
        let person = self.people.get_mut(at).context("nobody")?;
        person.browser.connection = Connection::open(self.address).await?;
        let suspended = person.suspended;
        let cookie = person.browser.cookie();
        for app in person.allowed.clone() {
            let answer = self.send(app.authorize(&cookie)?).await?;
            let has_code = answer.redirected_with("code").is_ok();
            row.expect(has_code != suspended, || match suspended {
                true => "somebody who was suspended gets a code".to_owned(),
                false => format!("a session or a consent is lost: {}", said(&answer)),
            });
        }
        Ok(())
    }

    async fn check_grant(&mut self, row: &mut Row, watch: &Watch, at: usize) -> Result<()> {
        let grant = self.grants.get(at).context("no grant")?;
        let (live, refresh) = (grant.live, grant.app.refresh(&grant.tokens.refresh)?);
        let introspection = watch.watcher.about_token("/introspect", &grant.tokens.access)?;
        let active = is_active(self.send(introspection).await?)?;
        row.expect(active == live, || match live {
            true => "an access token is lost".to_owned(),
            false => "an access token is good again after its acknowledged end".to_owned(),
        });
        let answer = self.send(refresh).await?;
        row.expect((answer.status == 200) == live, || match live {
            true => format!("a refresh token is lost: {}", said(&answer)),
            false => "a refresh token is good again after its acknowledged end".to_owned(),
        });
        if let (Some(grant), 200) = (self.grants.get_mut(at), answer.status.as_u16()) {
            grant.tokens = Tokens::of(answer)?;
        }
        Ok(())
    }

    async fn send(&mut self, request: Request) -> Result<Answer> {
        self.requests += 1;
        self.connection.send(request).await
    }
}

fn keep<T>(kept: &mut Vec<T>) {
    kept.drain(..kept.len().saturating_sub(KEPT));
}
