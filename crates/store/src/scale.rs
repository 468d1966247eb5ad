//! How large what is stored gets and how deep its trees are, measured by storing it; docs/scaling.md computes from that.
//!
//! `cargo test --release -p spin-auth-store scale -- --ignored --nocapture`, with `SCALE=200000` for that many users.

use std::time::Instant;

use domain::{
    Id,
    grant::{Grants, NewGrant, Presentation},
    session::{Sessions, SignedIn},
    user::{PasswordHash, User, Users},
};
use protocol::{claims::AskedClaims, resource::Resources};

use crate::{
    Database,
    fixtures::{at, by, hash, id, peopled, presentation, redemption, redirect, scope, session, user},
    testing::{File, block_on},
};

/// An identifier as those of users are: in no order.
fn random_id(number: u64) -> Id {
    Id::from_bytes(&hash(number).as_bytes()[..16]).unwrap()
}

#[test]
#[ignore = "measures, and takes minutes"]
#[allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it prints what it measures")]
fn scale_of_users_each_with_a_session_and_a_grant() {
    let users: u64 = std::env::var("SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let file = File::new();
    let store = peopled(&file);
    let run = |sql: &'static str| block_on(store.0.query(sql, vec![])).unwrap();
    let bcrypt = PasswordHash::from_stored(format!("$2b$10${}", "x".repeat(53)));
    let person = |number| User { id: random_id(number), user_id: format!("UX-{number:09}"), ..user(number) };
    let (scope, redirect) = (scope("openid email profile offline_access"), redirect());
    let (claims, resource) = (AskedClaims::default(), Resources::default());
    let add = |number: u64| {
        let person = person(number);
        let signed_in = SignedIn { session: session(number), user: person };
        assert!(block_on(store.add_user(&by(at(0)), &signed_in.user, &bcrypt)).unwrap());
        let (session, owner, secret) = (&signed_in.session, signed_in.user.id, hash(number));
        block_on(store.add_session(session, owner, &bcrypt, &secret, "Firefox on Linux", at(0))).unwrap();
        let grant = NewGrant {
            id: id(number),
            client_id: "app",
            signed_in: &signed_in,
            scope: &scope,
            resource: &resource,
            claims: &claims,
            redirect: &redirect,
            redirect_uri_was_sent: true,
            code_challenge: None,
            dpop_jkt: None,
            nonce: Some("n-0S6_WzA2Mj"),
            code_hash: hash(number),
            code_expires_at: at(600),
        };
        block_on(store.start_grant(&grant, at(0))).unwrap();
        assert!(block_on(store.redeem_code(&redemption(number), at(1))).is_ok());
    };
    run("BEGIN");
    (10..10 + users).for_each(add);
    run("COMMIT");
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    println!("{users} users, each with a session, a grant and the lines of the audit log:");
    let sizes = "SELECT name, sum(pgsize), max(length(path) - length(replace(path, '/', ''))), sum(ncell) FILTER (WHERE pagetype = 'leaf') \
                 FROM dbstat GROUP BY name HAVING sum(pgsize) > 100000 ORDER BY 2 DESC";
    for mut row in run(sizes) {
        let (name, bytes, depth) = (row.text().unwrap(), row.integer().unwrap(), row.integer().unwrap());
        let entries = row.integer().unwrap();
        println!("{name:45} {:8.1} octets a user, {depth} levels, {entries} entries", bytes as f64 / users as f64);
    }
    let timed = |what: &str, count: u32, act: &dyn Fn(u64)| {
        let begun = Instant::now();
        (0..u64::from(count)).for_each(act);
        println!("{what}: {:.0} µs", begun.elapsed().as_secs_f64() * 1e6 / f64::from(count));
    };
    timed("sign-up, sign-in, authorization and its code, 4 writes, each committed", 200, &|number| {
        add(10 + users + number)
    });
    timed("one refresh, 1 write, committed", 200, &|number| {
        let (grant, secret_hash) = (id(10 + number * 7 % users), hash(10 + number * 7 % users));
        let one = Presentation { grant, secret_hash, ..presentation(1) };
        block_on(store.rotate_refresh_token(&one, at(2))).unwrap();
    });
    timed("the read that checks an access token", 2000, &|number| {
        block_on(store.owner_of_user_token(id(u64::MAX), id(10 + number * 7919 % users))).unwrap();
    });
}
