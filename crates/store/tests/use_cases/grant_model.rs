//! The life of a grant against a model of it: random sequences of what its client, its user and others do, and of time.

use std::cell::Cell;

use domain::{
    revoke::{Revocation, revoke},
    session::{Which, current, end},
    userinfo::userinfo,
};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use protocol::{Secret, token::TokenResponse};

use crate::{
    Database,
    support::{App, CHALLENGE, Instance, Memory, VERIFIER, bearer, furnished, set_access_level},
    testing::block_on,
};

const CODE_LIFE: i64 = 600;
const ACCESS_LIFE: i64 = 900;
const REFRESH_LIFE: i64 = 3000;
const REUSE: i64 = 30;

/// What happens next.
#[derive(Debug, Clone)]
enum Act {
    /// The code is presented, by its client or another, with its verifier or another.
    Redeem { by_other: bool, verifier: bool },
    /// One of the refresh tokens so far is presented, counted from the newest, by its client or another.
    Refresh { back: usize, by_other: bool },
    /// One of the refresh tokens so far is revoked, by its client or another.
    RevokeRefresh { back: usize, by_other: bool },
    /// One of the access tokens so far is revoked.
    RevokeAccess { back: usize },
    /// The user is suspended, or let in again.
    Suspend(bool),
    /// The session ends in which the code was given.
    EndSession,
    /// Time passes.
    Later(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let rarely = || prop::bool::weighted(0.1);
    prop_oneof![
        4 => (rarely(), prop::bool::weighted(0.9)).prop_map(|(by_other, verifier)| Act::Redeem { by_other, verifier }),
        8 => (prop_oneof![6 => Just(0), 3 => Just(1), 1 => 0_usize..4], rarely())
            .prop_map(|(back, by_other)| Act::Refresh { back, by_other }),
        1 => (0_usize..3, prop::bool::ANY).prop_map(|(back, by_other)| Act::RevokeRefresh { back, by_other }),
        1 => (0_usize..3).prop_map(|back| Act::RevokeAccess { back }),
        1 => prop::bool::ANY.prop_map(Act::Suspend),
        1 => Just(Act::EndSession),
        6 => prop_oneof![Just(1), Just(REUSE), Just(REUSE + 1), Just(CODE_LIFE), Just(ACCESS_LIFE), Just(REFRESH_LIFE)]
            .prop_map(Act::Later),
    ]
}

/// What is expected. Generations are counted from 1.
#[derive(Debug)]
struct Model {
    now: i64,
    code_expires_at: i64,
    is_offline: bool,
    is_redeemed: bool,
    is_revoked: bool,
    is_suspended: bool,
    has_session: bool,
    generation: u32,
    previous: Option<u32>,
    rotated_at: i64,
    refresh_expires_at: i64,
}

impl Model {
    fn redeem(&mut self, by_other: bool, verifier: bool) -> bool {
        if by_other {
            return false;
        }
        if self.is_redeemed {
            self.is_revoked = true;
            return false;
        }
        self.is_redeemed = verifier && !self.is_revoked && !self.is_suspended && self.now < self.code_expires_at;
        if self.is_redeemed {
            self.generation = 1;
            self.refresh_expires_at = self.now + REFRESH_LIFE;
        }
        self.is_redeemed
    }

    /// The generation that comes of it.
    fn refresh(&mut self, presented: u32, by_other: bool) -> Option<u32> {
        if by_other || self.is_revoked || self.is_suspended || self.now >= self.refresh_expires_at {
            return None;
        }
        let is_late = self.now > self.rotated_at + REUSE;
        if presented == self.generation {
            self.previous = Some(presented);
            self.generation += 1;
            self.rotated_at = self.now;
        } else if Some(presented) == self.previous && !is_late {
            // Its answer is on its way, or was lost: the same again.
        } else if Some(presented) == self.previous && self.generation == presented + 1 {
            self.generation += 1;
            self.rotated_at = self.now;
        } else {
            self.is_revoked = true;
            return None;
        }
        self.refresh_expires_at = self.now + REFRESH_LIFE;
        Some(self.generation)
    }

    fn end_session(&mut self) {
        self.is_revoked |= self.has_session && !self.is_offline;
        self.has_session = false;
    }

    fn is_live(&self) -> bool {
        self.is_redeemed && !self.is_revoked && !self.is_suspended
    }
}

/// The tokens so far.
#[derive(Default)]
struct Tokens {
    /// Each with its generation.
    refresh: Vec<(u32, String)>,
    /// Each with its end and whether it was revoked by itself.
    access: Vec<(i64, bool, String)>,
}

impl Tokens {
    fn add(&mut self, generation: u32, now: i64, tokens: TokenResponse) {
        self.access.push((now + ACCESS_LIFE, false, tokens.access_token));
        let refresh = tokens.refresh_token.unwrap();
        match self.refresh.iter().find(|(known, _)| *known == generation) {
            Some((_, known)) => assert_eq!(*known, refresh, "a generation is one token"),
            None => self.refresh.push((generation, refresh)),
        }
    }
}

fn back<T>(all: &[T], back: usize) -> Option<&T> {
    all.len().checked_sub(back + 1).and_then(|at| all.get(at))
}

/// Plays this with a user and a client of its own.
fn play(server: &Instance, email: &str, acts: Vec<Act>, is_offline: bool) {
    let change = |metadata: &mut protocol::client_metadata::ClientMetadata| {
        metadata.scope = protocol::scope::Scope::parse("openid offline_access").unwrap();
    };
    let (app, other) = (server.client(change), server.client(change));
    let cookie = server.user(email);
    let session = block_on(current(&server.env(), Some(cookie.expose()))).unwrap().unwrap().session.id;
    let scope = if is_offline { "openid+offline_access" } else { "openid" };
    let code = server.code(&app.client, &format!("scope={scope}&{CHALLENGE}"), &cookie);
    let mut model = Model {
        now: server.now.get(),
        code_expires_at: server.now.get() + CODE_LIFE,
        is_offline,
        is_redeemed: false,
        is_revoked: false,
        is_suspended: false,
        has_session: true,
        generation: 0,
        previous: None,
        rotated_at: 0,
        refresh_expires_at: 0,
    };
    let mut tokens = Tokens::default();
    for act in acts {
        let by = |by_other: bool| -> &App { if by_other { &other } else { &app } };
        match act {
            Act::Redeem { by_other, verifier } => {
                let verifier_text = if verifier { VERIFIER.to_owned() } else { VERIFIER.replace('d', "e") };
                let answer = server.redeem(by(by_other), &code, Some(&verifier_text));
                assert_eq!(answer.is_ok(), model.redeem(by_other, verifier), "{model:?}");
                if let Ok(answer) = answer {
                    tokens.add(1, model.now, answer);
                }
            }
            Act::Refresh { back: at, by_other } => {
                let Some((generation, token)) = back(&tokens.refresh, at).cloned() else { continue };
                let answer = server.refresh(by(by_other), &token, None);
                let expected = model.refresh(generation, by_other);
                assert_eq!(answer.is_ok(), expected.is_some(), "generation {generation}: {model:?}");
                if let (Ok(answer), Some(generation)) = (answer, expected) {
                    tokens.add(generation, model.now, answer);
                }
            }
            Act::RevokeRefresh { back: at, by_other } => {
                let Some((_, token)) = back(&tokens.refresh, at) else { continue };
                revoked(server, by(by_other), token);
                model.is_revoked |= !by_other;
            }
            Act::RevokeAccess { back: at } => {
                let Some(at) = tokens.access.len().checked_sub(at + 1) else { continue };
                let (_, is_revoked, token) = &mut tokens.access[at];
                revoked(server, &app, token);
                *is_revoked = true;
            }
            Act::Suspend(is_suspended) => {
                let level = if is_suspended { "suspended" } else { "user" };
                block_on(set_access_level(&server.env(), email, level)).unwrap().unwrap();
                if is_suspended {
                    model.end_session();
                }
                model.is_suspended = is_suspended;
            }
            Act::EndSession => {
                block_on(end(&server.env(), Which::One(session))).unwrap();
                model.end_session();
            }
            Act::Later(seconds) => {
                server.later(seconds);
                model.now += seconds;
            }
        }
        for (expires_at, is_revoked, token) in &tokens.access {
            let is_live = block_on(userinfo(&server.env(), &Memory::default(), &bearer(token))).is_ok();
            let expected = model.is_live() && !is_revoked && model.now < *expires_at;
            assert_eq!(is_live, expected, "an access token until {expires_at}: {model:?}");
        }
    }
}

fn revoked(server: &Instance, by: &App, token: &str) {
    let revocation = Revocation { client: by.credentials(), token: Secret::new(token) };
    block_on(revoke(&server.env(), revocation)).unwrap();
}

#[test]
fn a_grant_lives_as_its_model_does() {
    let file = furnished();
    let server = Instance::with(&file, &[("refresh_token_expires_in", "3000")]);
    block_on(server.store.0.query("PRAGMA synchronous = OFF", Vec::new())).unwrap();
    let users = Cell::new(0);
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let played = TestRunner::new(config).run(&(vec(act(), 1..24), prop::bool::ANY), |(acts, is_offline)| {
        // Most of what can happen comes after the code was redeemed.
        let first = Act::Redeem { by_other: false, verifier: true };
        for acts in [acts.clone(), [vec![first], acts].concat()] {
            users.set(users.get() + 1);
            play(&server, &format!("{}@example.org", users.get()), acts, is_offline);
        }
        Ok(())
    });
    played.unwrap_or_else(|error| panic!("{error}"));
}
