//! One who uses the server and remembers what it acknowledged.

mod check;
mod refused;
mod team;

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use driver::{
    Answer, App, Browser, Connection, Request,
    client::{administer, get},
};
use http::Method;
use serde_json::json;

use self::refused::{Refused, What};
pub(crate) use self::team::Team;
use crate::{
    cast::{SCOPE, Tokens, is_active},
    watch::{Need, Watch, answer, is_unavailable},
};

/// A worker.
struct Worker {
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
    /// What was asked for and not acknowledged.
    refused: Vec<Refused>,
    signed_up: u32,
    /// Acts that were acknowledged.
    acts: u64,
    /// Acts that were refused for now.
    refusals: u64,
    /// Requests that were sent.
    requests: u64,
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
    /// Whether it has not ended.
    live: bool,
    /// Whether a refresh was not answered.
    unanswered: bool,
}

/// What a worker can do.
#[derive(Clone, Copy, Debug)]
enum Act {
    SignUp,
    Register,
    Authorize,
    Refresh,
    Revoke,
    Suspend,
    Delete,
    Look,
    Keys,
}

/// All of it, each with what those before have made.
const ALL: [Act; 9] = [
    Act::Keys,
    Act::SignUp,
    Act::Register,
    Act::Authorize,
    Act::Refresh,
    Act::Look,
    Act::Revoke,
    Act::Suspend,
    Act::Delete,
];

impl Act {
    fn need(self) -> Need {
        match self {
            Self::Keys => Need::Little,
            Self::Look => Need::Reading,
            Self::SignUp | Self::Register | Self::Authorize => Need::Writing,
            Self::Refresh | Self::Revoke | Self::Suspend | Self::Delete => Need::Writing,
        }
    }
}

impl Worker {
    /// One who has done nothing yet.
    async fn new(number: u64, random: fastrand::Rng, address: SocketAddr) -> Result<Self> {
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
            refused: Vec::new(),
            signed_up: 0,
            acts: 0,
            refusals: 0,
            requests: 0,
        })
    }

    /// Does everything once.
    async fn begin(&mut self, watch: &Watch) -> Result<()> {
        for act in ALL {
            self.perform(act, watch).await.with_context(|| format!("{act:?}"))?;
        }
        Ok(())
    }

    /// Acts until it is over; answers what must not be. What fails in another way than it may is the last.
    async fn work(&mut self, watch: &Watch) -> Vec<String> {
        let mut violations = Vec::new();
        while !watch.is_over() {
            let act = self.choose();
            let began = watch.now();
            let outcome = self.perform(act, watch).await;
            let storage = watch.since(began);
            match outcome {
                _ if watch.is_gone() => break,
                Ok(()) => {
                    self.acts += 1;
                    if storage.forbids(act.need()) {
                        violations.push(format!("{act:?} is acknowledged while storage is {storage:?}"));
                    }
                }
                Err(failure) if answer(&failure).is_some_and(is_unavailable) => {
                    self.refusals += 1;
                    if storage.grants(act.need()) {
                        violations.push(format!("{act:?} is refused while storage is {storage:?}: {failure:#}"));
                    }
                }
                Err(failure) => {
                    violations.push(format!("{act:?} fails while storage is {storage:?}: {failure:#}"));
                    break;
                }
            }
        }
        violations
    }

    fn choose(&mut self) -> Act {
        match self.random.u32(..100) {
            _ if self.people.iter().all(|person| person.suspended) => Act::SignUp,
            _ if self.apps.is_empty() => Act::Register,
            _ if !self.grants.iter().any(|grant| grant.live) => Act::Authorize,
            0..6 => Act::SignUp,
            6..14 => Act::Register,
            14..40 => Act::Authorize,
            40..70 => Act::Refresh,
            70..81 => Act::Revoke,
            81..86 => Act::Suspend,
            86..90 => Act::Delete,
            90..97 => Act::Look,
            _ => Act::Keys,
        }
    }

    async fn perform(&mut self, act: Act, watch: &Watch) -> Result<()> {
        match act {
            Act::SignUp => self.sign_up().await,
            Act::Register => self.register().await,
            Act::Authorize => self.authorize(watch).await,
            Act::Refresh => self.refresh().await,
            Act::Revoke => self.revoke(watch).await,
            Act::Suspend => self.suspend(watch).await,
            Act::Delete => self.delete(watch).await,
            Act::Look => self.look(watch).await,
            Act::Keys => self.send(get("/jwks", &[])?).await?.expect(200).map(drop),
        }
    }

    async fn sign_up(&mut self) -> Result<()> {
        self.signed_up += 1;
        let email = format!("worker-{}-{}@example.org", self.number, self.signed_up);
        let mut browser = Browser::open(self.address).await?;
        self.requests += 2;
        if let Err(failure) = browser.sign_up(&email).await {
            self.refused.push(Refused { what: What::SignUp(email), nothing_was_done: false });
            return Err(failure);
        }
        self.people.push(Person { email, browser, allowed: Vec::new(), suspended: false });
        Ok(())
    }

    async fn register(&mut self) -> Result<()> {
        let answer = self.send(App::registration("ES256", SCOPE)?).await?;
        self.apps.push(App::registered(answer, SCOPE)?);
        Ok(())
    }

    /// A new grant, and its consent where there is none yet.
    async fn authorize(&mut self, watch: &Watch) -> Result<()> {
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
        let began = watch.now();
        match self.send(app.redeem(&code)?).await.and_then(Tokens::of) {
            Ok(tokens) => self.grants.push(Grant { email, app, tokens, live: true, unanswered: false }),
            Err(failure) => return self.refuse(watch, began, What::Redeem { email, app, code }, failure),
        }
        Ok(())
    }

    /// Where it is not answered, the token that was used goes on being good.
    async fn refresh(&mut self) -> Result<()> {
        let at = self.any_live()?;
        let grant = self.grants.get_mut(at).context("no grant")?;
        self.requests += 1;
        grant.unanswered = true;
        grant.tokens = Tokens::of(self.connection.send(grant.app.refresh(&grant.tokens.refresh)?).await?)?;
        grant.unanswered = false;
        Ok(())
    }

    /// With its refresh token a grant ends; with an access token only that.
    async fn revoke(&mut self, watch: &Watch) -> Result<()> {
        let at = self.any_live()?;
        let (grant, ends, began) = (self.grants.swap_remove(at), self.random.bool(), watch.now());
        match self.revocation(&grant, ends).await {
            Ok(()) => self.revoked(grant, ends),
            Err(failure) => return self.refuse(watch, began, What::Revoke { grant, ends }, failure),
        }
        Ok(())
    }

    async fn revocation(&mut self, grant: &Grant, ends: bool) -> Result<()> {
        let token = if ends { &grant.tokens.refresh } else { &grant.tokens.access };
        self.send(grant.app.about_token("/revoke", token)?).await?.expect(200).map(drop)
    }

    fn revoked(&mut self, grant: Grant, ends: bool) {
        if ends {
            self.grants.push(Grant { live: false, ..grant });
        } else {
            self.revoked.push(grant.tokens.access);
        }
    }

    async fn suspend(&mut self, watch: &Watch) -> Result<()> {
        let at = self.people.iter().position(|person| !person.suspended).context("nobody")?;
        let person = self.people.swap_remove(at);
        let (theirs, began) = (self.forget(|email, _| email == person.email), watch.now());
        match self.suspension(&person).await {
            Ok(()) => self.suspended(person, theirs),
            Err(failure) => return self.refuse(watch, began, What::Suspend { person, theirs }, failure),
        }
        Ok(())
    }

    async fn suspension(&mut self, person: &Person) -> Result<()> {
        let path = format!("/admin/api/users/{}", person.email);
        let request = administer(Method::PATCH, &path, &json!({ "access_level": "suspended" }))?;
        self.send(request).await?.expect(200).map(drop)
    }

    fn suspended(&mut self, person: Person, theirs: Vec<Grant>) {
        self.people.push(Person { suspended: true, ..person });
        self.grants.extend(theirs);
    }

    async fn delete(&mut self, watch: &Watch) -> Result<()> {
        let app = self.apps.swap_remove(self.random.usize(..self.apps.len()));
        let (its, began) = (self.forget(|_, client_id| client_id == app.id), watch.now());
        self.people.iter_mut().for_each(|person| person.allowed.retain(|allowed| allowed.id != app.id));
        match self.send(app.configure(Method::DELETE)?).await.and_then(|answer| answer.expect(204)) {
            Ok(_) => self.deleted(app, its),
            Err(failure) => return self.refuse(watch, began, What::Delete { app, its }, failure),
        }
        Ok(())
    }

    fn deleted(&mut self, app: App, its: Vec<Grant>) {
        self.gone.push(app);
        self.grants.extend(its);
    }

    /// Asks about any token.
    async fn look(&mut self, watch: &Watch) -> Result<()> {
        let at = self.random.usize(..self.grants.len());
        let grant = self.grants.get(at).context("no grant")?;
        let (live, request) = (grant.live, watch.watcher.about_token("/introspect", &grant.tokens.access)?);
        let active = is_active(self.send(request).await?)?;
        ensure!(active == live, "active is {active}, and what was acknowledged says {live}");
        Ok(())
    }

    /// Takes the grants of a user and an application that an act ends, as they are once it is acknowledged. What was to be
    /// done again with them is forgotten.
    fn forget(&mut self, ends: impl Fn(&str, &str) -> bool) -> Vec<Grant> {
        self.refused.retain(|refused| refused.of().is_none_or(|(email, app)| !ends(email, &app.id)));
        let (ended, kept) = std::mem::take(&mut self.grants).into_iter().partition(|g| ends(&g.email, &g.app.id));
        self.grants = kept;
        let ended: Vec<Grant> = ended;
        ended.into_iter().map(|grant| Grant { live: false, ..grant }).collect()
    }

    fn any_live(&mut self) -> Result<usize> {
        let live: Vec<_> = (0..self.grants.len()).filter(|at| self.grants.get(*at).is_some_and(|g| g.live)).collect();
        self.random.choice(live).context("no grant")
    }

    async fn send(&mut self, request: Request) -> Result<Answer> {
        self.requests += 1;
        self.connection.send(request).await
    }
}
