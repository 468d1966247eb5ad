//! What a node does that reads from a replica which is behind; and that all is at once where reads go to the primary.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use domain::{
    Failure, StorageError,
    introspect::{Introspected, Introspection, introspect},
    keys::KeyCache,
    register::{RegistrationRequest, register},
    revoke::{Revocation, revoke},
    token::{ClientCredentialsRequest, GrantRequest, TokenRequest, token},
};
use protocol::{
    Secret,
    client_metadata::{ClientMetadata, GrantType},
    resource::Resources,
    scope::Scope,
    token::TokenResponse,
};

use super::{Chance, NODES};
use crate::{
    Database, Row, Store, Value,
    support::{ADMIN_TOKEN, App, Elsewhere, Instance, NOW, furnished},
    testing::{File, Sqlite, block_on},
};

/// Tokens that are made, revoked and asked about, each time at another node.
const TOKENS: usize = 50;

/// A primary, which every write goes to, and a replica that has it `lag` later. Reads go to the replica, unless it has
/// everything at once.
struct Replicated {
    primary: Sqlite,
    replica: Sqlite,
    lag: i64,
    now: Cell<i64>,
    late: RefCell<VecDeque<(i64, &'static str, Vec<Value>)>>,
}

impl Replicated {
    /// With a replica that has all that the primary has now.
    fn of(server: &Instance, file: &File, copy: &File, lag: i64) -> Self {
        let replica = copy.open();
        server.store.0.0.execute("VACUUM INTO ?1", [replica.0.path()]).unwrap();
        let primary = file.open();
        Self { primary, replica: copy.open(), lag, now: Cell::new(NOW), late: RefCell::default() }
    }

    fn next_due(&self) -> Option<(&'static str, Vec<Value>)> {
        let mut late = self.late.borrow_mut();
        let is_due = late.front().is_some_and(|(at, ..)| at + self.lag <= self.now.get());
        if is_due { late.pop_front().map(|(_, sql, params)| (sql, params)) } else { None }
    }
}

impl Database for Replicated {
    async fn query(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, StorageError> {
        while let Some((sql, params)) = self.next_due() {
            self.replica.query(sql, params).await?;
        }
        if self.primary.0.prepare_cached(sql).is_ok_and(|statement| statement.readonly()) {
            return if self.lag > 0 {
                self.replica.query(sql, params).await
            } else {
                self.primary.query(sql, params).await
            };
        }
        self.late.borrow_mut().push_back((self.now.get(), sql, params.clone()));
        self.primary.query(sql, params).await
    }
}

/// What was seen, in seconds.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// For how long after its revocation a token was good at some node.
    accepted: i64,
    /// For how long after its registration a client was not known to some node.
    unknown: i64,
}

fn run(lag: i64) -> Seen {
    let (file, copy) = (furnished(), File::new());
    let server = Instance::of(&file);
    let store = Store(Replicated::of(&server, &file, &copy, lag));
    let chance = Chance::new(23);
    let keys: Vec<KeyCache> = (0..NODES).map(|_| KeyCache::default()).collect();
    // At any node, at this time.
    let at = |now: i64| {
        store.0.now.set(now);
        server.node(&store, &keys[chance.node()], now)
    };
    let ask = |app: &App, now: i64| -> Result<TokenResponse, Failure> {
        let request = ClientCredentialsRequest { scope: None, resource: Resources::default() };
        let grant = GrantRequest::ClientCredentials(request);
        block_on(token(&at(now), TokenRequest { client: app.credentials(), dpop: None, grant }))
    };
    let is_active = |app: &App, token: &str, now: i64| {
        let (client, token) = (app.credentials(), Secret::new(token));
        let question = Introspection { client, token, scope: None, wants_jwt: false };
        matches!(block_on(introspect(&at(now), question)).unwrap(), Introspected::Json(Some(_)))
    };
    let registered = block_on(register(&at(NOW), &Elsewhere::default(), machine())).unwrap();
    let app = App { client: registered.client, secret: registered.secret };
    let mut seen = Seen::default();
    while ask(&app, NOW + seen.unknown).is_err() && seen.unknown <= lag {
        seen.unknown += 1;
    }
    for round in 1..=TOKENS {
        let issued_at = NOW + 2000 * i64::try_from(round).unwrap();
        let issued = ask(&app, issued_at).unwrap();
        assert!(is_active(&app, &issued.access_token, issued_at), "it is in no table, so no replica lacks it");
        let revoked_at = issued_at + chance.below(300);
        let revocation = Revocation { client: app.credentials(), token: Secret::new(issued.access_token.as_str()) };
        block_on(revoke(&at(revoked_at), revocation)).unwrap();
        for later in 0..lag + 3 {
            if is_active(&app, &issued.access_token, revoked_at + later) {
                seen.accepted = seen.accepted.max(later + 1);
            }
        }
    }
    seen
}

/// A client that stands for itself.
fn machine() -> RegistrationRequest {
    let metadata = ClientMetadata {
        grant_types: vec![GrantType::ClientCredentials],
        scope: Scope::parse("api:read").unwrap(),
        ..ClientMetadata::default()
    };
    RegistrationRequest {
        metadata,
        on_launchpad: false,
        initial_access_token: Some(Secret::new(ADMIN_TOKEN)),
        client_address: "192.0.2.1".to_owned(),
    }
}

#[test]
fn what_is_revoked_or_made_is_so_at_every_node_at_once_where_reads_go_to_the_primary_and_late_where_they_do_not() {
    for lag in [0, 1, 5] {
        let seen = run(lag);
        println!(
            "reads {lag} s behind: {TOKENS} revoked tokens were good at some node for {} s at most, a new client unknown for {} s",
            seen.accepted, seen.unknown
        );
        assert_eq!(seen, Seen { accepted: lag, unknown: lag });
    }
}
