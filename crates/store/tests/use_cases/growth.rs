//! A month of traffic leaves tables that no longer grow, and no request pays for what all others have left behind.

use std::collections::BTreeMap;

use domain::{
    device_authorization::{DeviceAuthorizationRequest, authorize},
    document::Documents,
    link::{Links, NewLink, Purpose},
    par::{PushedRequest, push},
    register::{RegistrationRequest, register},
    replay::{ReplayMark, ReplayMarks},
    revoke::{Revocation, revoke},
    session::{Which, current, end},
    signup_mail::{SignUp, SignUps},
    user::{Email, PasswordHash},
};
use protocol::{
    Secret, Timestamp,
    client_metadata::{ClientMetadata, GrantType},
    outbound_url::OutboundUrl,
    redirect_uri::RedirectUri,
    resource::Resources,
    secret::SecretHash,
};

use crate::{
    support::{App, Elsewhere, Instance, REDIRECT, authorization, delete_user, furnished},
    testing::block_on,
};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Lives that end well within the month, so that it has a steady state.
const LIVES: [(&str, &str); 3] = [
    ("refresh_token_expires_in", "259200"),
    ("unused_client_expires_in", "172800"),
    ("audit_log_expires_in", "432000"),
];
/// The people who come again and again: an odd number, so that every second hour has all of them in turn.
const PEOPLE: usize = 21;

/// How many rows each table has.
type Sizes = BTreeMap<String, i64>;

fn sizes(server: &Instance) -> Sizes {
    let connection = &server.store.0.0;
    let named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut tables = connection.prepare(named).unwrap();
    let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    names
        .map(|table| {
            let table = table.unwrap();
            let size = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
            (table, size)
        })
        .collect()
}

/// What an application, a television and a stranger do within an hour; everything has names of its own in each.
struct Traffic {
    app: App,
    television: App,
    people: Vec<String>,
}

impl Traffic {
    fn new(server: &Instance) -> Self {
        let logout = OutboundUrl::parse("https://app.example/logout").unwrap();
        let people: Vec<String> = (0..PEOPLE).map(|number| format!("person{number}@example.org")).collect();
        for email in &people {
            server.user(email);
        }
        Self {
            app: server.client(|metadata| metadata.backchannel_logout_uri = Some(logout)),
            television: server.client(|metadata| metadata.grant_types = vec![GrantType::DeviceCode]),
            people,
        }
    }

    fn hour(&self, server: &Instance, hour: usize) {
        let email = &self.people[hour % PEOPLE];
        let cookie = server.sign_in(email);
        let tokens = server.tokens(&self.app, "openid", &cookie);
        let next = server.refresh(&self.app, tokens.refresh_token.as_ref().unwrap(), None).unwrap();
        let revocation = Revocation { client: self.app.credentials(), token: Secret::new(next.access_token.as_str()) };
        block_on(revoke(&server.env(), revocation)).unwrap();
        let signed_in = block_on(current(&server.env(), Some(cookie.expose()))).unwrap().unwrap();
        let env = server.env();
        let link = NewLink::make(&env, Purpose::Reset, Purpose::Reset.lifetime()).unwrap();
        block_on(server.store.add_link(&link, signed_in.user.id, email, None, env.now)).unwrap();
        if hour.is_multiple_of(2) {
            // Nobody delivers the notices.
            block_on(end(&env, Which::One(signed_in.session.id))).unwrap();
        }
        let client = self.television.credentials();
        let device = DeviceAuthorizationRequest { client, scope: None, resource: Resources::default() };
        block_on(authorize(&env, device)).unwrap();
        self.stranger(server, hour);
        if hour.is_multiple_of(24) {
            let passing = format!("passing{hour}@example.org");
            server.user(&passing);
            assert!(block_on(delete_user(&server.env(), &passing)).unwrap());
        }
    }

    /// What is begun and never finished.
    fn stranger(&self, server: &Instance, hour: usize) {
        self.push(server);
        let env = server.env();
        let name = format!("{hour}");
        let metadata =
            ClientMetadata { redirect_uris: vec![RedirectUri::parse(REDIRECT).unwrap()], ..ClientMetadata::default() };
        let client_address = "192.0.2.1".to_owned();
        let request = RegistrationRequest { metadata, on_launchpad: false, initial_access_token: None, client_address };
        block_on(register(&env, &Elsewhere::default(), request)).unwrap();
        let soon = Timestamp(env.now.0 + 300);
        assert!(block_on(server.store.mark(&ReplayMark::of("dpop", "", &name), soon, env.now)).unwrap());
        let url = SecretHash::of(name.as_bytes());
        block_on(server.store.keep_document(&url, Some(b"{}"), env.now, soon, soon)).unwrap();
        let sign_up = SignUp {
            email: Email::parse(&format!("never{hour}@example.org")).unwrap(),
            given_name: "Ada".to_owned(),
            family_name: String::new(),
            password: PasswordHash::from_stored("$2b$04$".to_owned()),
            interaction: None,
        };
        let link = NewLink::make(&env, Purpose::SignUp, Purpose::SignUp.lifetime()).unwrap();
        block_on(server.store.add_sign_up(&link, &sign_up, env.now)).unwrap();
    }

    fn push(&self, server: &Instance) {
        let params = authorization(&self.app.client, "scope=openid");
        let request = PushedRequest { client: self.app.credentials(), params, dpop: None };
        block_on(push(&server.env(), request)).unwrap();
    }
}

/// The greatest size of each table over these days, looked at every six hours.
fn greatest(traffic: &Traffic, server: &Instance, days: std::ops::Range<usize>) -> Sizes {
    let mut greatest = Sizes::new();
    for hour in days.start * 24..days.end * 24 {
        traffic.hour(server, hour);
        server.later(HOUR);
        if hour.is_multiple_of(6) {
            for (table, size) in sizes(server) {
                let known = greatest.entry(table).or_insert(0);
                *known = size.max(*known);
            }
        }
    }
    greatest
}

#[test]
fn in_a_month_of_traffic_no_table_grows_beyond_what_is_still_good() {
    let file = furnished();
    let server = Instance::with(&file, &LIVES);
    // Twelve thousand commits; that they reach the disk is not what is asked here.
    server.store.0.0.pragma_update(None, "synchronous", "off").unwrap();
    let traffic = Traffic::new(&server);
    let early = greatest(&traffic, &server, 0..10);
    let late = greatest(&traffic, &server, 10..30);
    println!("after 10 days: {early:?}\nafter 30 days: {late:?}");
    let grown: Vec<_> = late.iter().filter(|(table, size)| **size * 10 > early[*table] * 11).collect();
    assert_eq!(grown, [], "they grow on");
    let unused: Vec<_> = late.iter().filter(|(_, size)| **size == 0).map(|(table, _)| table.as_str()).collect();
    // What a user keeps until they remove it, and what an operator has not given.
    assert_eq!(unused, ["kept_secrets", "passkeys", "recovery_codes", "totp_factors"], "the month left them out");
}

#[test]
fn whoever_comes_after_a_long_silence_removes_two_rows_of_those_that_have_expired() {
    let file = furnished();
    let server = Instance::with(&file, &LIVES);
    server.store.0.0.pragma_update(None, "synchronous", "off").unwrap();
    let traffic = Traffic::new(&server);
    // In odd hours nobody signs out, and in fifteen of them fifteen people come: in each the same rows.
    let rounds = 10;
    let mut hours = (1..).step_by(2);
    let mut hour = || traffic.hour(&server, hours.next().unwrap());
    let begun = sizes(&server);
    (0..rounds).for_each(|_| hour());
    let full = sizes(&server);
    let each: Sizes = full.iter().map(|(table, size)| (table.clone(), (size - begun[table]) / rounds)).collect();
    server.later(400 * DAY);
    let mut before = full;
    let mut shrunk = BTreeMap::new();
    for _ in 0..5 {
        hour();
        let after = sizes(&server);
        for (table, came) in &each {
            let removed = before[table] + came - after[table];
            assert!(removed <= 2 * came, "{came} came to {table}, and {removed} went");
            *shrunk.entry(table.as_str()).or_insert(0) += removed;
        }
        before = after;
    }
    let purged: Vec<_> = shrunk.into_iter().filter(|(_, removed)| *removed > 5).map(|(table, _)| table).collect();
    // Nobody does here what the audit log has a line for.
    let expiring = "clients device_authorizations documents grants one_time_links pushed_requests replay_marks \
                    revoked_tokens sessions sign_ups";
    assert_eq!(purged.join(" "), expiring);
}
