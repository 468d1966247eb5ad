use domain::{
    By,
    admin::{
        Access, Account, Accounts, Administrator, Applications, Asked, AuditFilter, AuditLog, Change, ClientOrder,
        ClientQuery, GrantsOf, Page, Purge, UserOrder, UserQuery, Who,
    },
    client::{Client, Clients},
    session::Sessions,
    user::{AccessLevel, User, Users},
};

use super::*;
use crate::{
    Database, Store, Value,
    fixtures::{
        administrator, at, client, count, email, hash, id, is_live, password, peopled, redeemed, session, user, value,
    },
    testing::{File, Sqlite, block_on, race},
};

fn by(holds_token: bool) -> Administrator {
    let actor = if holds_token { "admin_token" } else { "UX-0001" };
    Administrator { by: By { actor: actor.to_owned(), ..administrator(at(5)).by }, holds_token }
}

fn log(store: &Store<Sqlite>) -> Vec<String> {
    let filter = AuditFilter { asked: asked(200), ..AuditFilter::default() };
    let page = block_on(store.audit_log(&filter)).unwrap();
    let line = |entry: domain::admin::AuditEntry| {
        assert!(entry.at == at(5) && entry.address == "192.0.2.1");
        format!("{} {} {} {}", entry.actor, entry.action, entry.subject, entry.detail).trim().to_owned()
    };
    page.items.into_iter().rev().map(line).collect()
}

fn asked(limit: u32) -> Asked {
    Asked { after: None, limit }
}

fn level(level: AccessLevel) -> Change {
    Change { access_level: Some(level), ..Change::default() }
}

#[test]
fn a_change_and_its_line_in_the_audit_log_are_one() {
    let file = File::new();
    let store = peopled(&file);
    let change = Change {
        email: Some("ada@example.org".to_owned()),
        given_name: Some("Augusta".to_owned()),
        ..level(AccessLevel::Suspended)
    };
    assert!(block_on(store.change_account(&by(true), id(1), &change)).unwrap());
    let known = block_on(store.account(&Who::Id(id(1)))).unwrap().unwrap().user;
    assert_eq!((known.email.as_str(), known.given_name.as_str()), ("ada@example.org", "Augusta"));
    assert_eq!((known.family_name.as_str(), known.access_level), ("Lovelace", AccessLevel::Suspended));
    assert_eq!(log(&store), ["admin_token user.change UX-0001 access_level: user -> suspended email name"]);
    assert!(!block_on(store.change_account(&by(true), id(9), &change)).unwrap());
    let taken = Change { email: Some(email(2).to_string()), ..Change::default() };
    assert!(!block_on(store.change_account(&by(true), id(1), &taken)).unwrap());
    assert_eq!(log(&store).len(), 1, "what did not happen is not in the log");
}

#[test]
fn a_user_is_made_once_with_a_temporary_password() {
    let file = File::new();
    let store = peopled(&file);
    let new = |number| User { email: "new@example.org".to_owned(), ..user(number) };
    let added = race(&file, 6, |number, store| {
        block_on(store.add_user(&by(true), &new(20 + number as u64), &password().temporary(true))).unwrap()
    });
    assert_eq!(added.into_iter().filter(|added| *added).count(), 1);
    assert_eq!(log(&store).len(), 1);
    let made = block_on(store.account(&Who::Email(domain::user::Email::parse("new@example.org").unwrap())));
    assert!(made.unwrap().unwrap().password_is_temporary);
}

#[test]
fn a_new_password_signs_the_user_out() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.add_session(&session(1), id(1), &password(), &hash(1), "", at(0))).unwrap();
    block_on(store.add_session(&session(2), id(2), &password(), &hash(1), "", at(0))).unwrap();
    let hash = domain::user::PasswordHash::from_stored("$2b$04$new".to_owned());
    assert!(block_on(store.replace_password(&by(true), id(1), &hash)).unwrap());
    let (_, stored) = block_on(store.user_by_email(&email(1))).unwrap().unwrap();
    assert_eq!(stored.as_str(), "$2b$04$new");
    assert_eq!(count(&store, "SELECT count(*) FROM sessions"), 1);
    assert_eq!(log(&store), ["admin_token user.reset_password UX-0001"]);
}

#[test]
fn of_administrators_who_demote_each_other_one_stays() {
    let file = File::new();
    let store = peopled(&file);
    for number in [1, 2] {
        block_on(store.change_account(&by(true), id(number), &level(AccessLevel::Admin))).unwrap();
    }
    let acts = race(&file, 6, |number, store| {
        let other = id(1 + number as u64 % 2);
        match number % 3 {
            0 => block_on(store.delete_account(&by(false), other)).unwrap(),
            _ => block_on(store.change_account(&by(false), other, &level(AccessLevel::User))).unwrap(),
        }
    });
    assert_eq!(count(&store, "SELECT count(*) FROM users WHERE access_level = 'admin'"), 1, "{acts:?}");
    let last = block_on(store.accounts(&query(|query| query.access_level = Some(AccessLevel::Admin)))).unwrap();
    let last = last.items[0].user.id;
    assert!(!block_on(store.delete_account(&by(false), last)).unwrap());
    assert!(block_on(store.delete_account(&by(true), last)).unwrap(), "the holder of the token is never locked out");
}

fn query(change: impl FnOnce(&mut UserQuery)) -> UserQuery {
    let mut query =
        UserQuery { search: None, access_level: None, order: UserOrder::Email, descending: false, asked: asked(2) };
    change(&mut query);
    query
}

/// Every row, page by page.
fn all(store: &Store<Sqlite>, mut query: UserQuery) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let Page { items, next } = block_on(store.accounts(&query)).unwrap();
        assert!(items.len() <= 2);
        ids.extend(items.into_iter().map(|Account { user, .. }| user.user_id));
        match next {
            Some(next) => query.asked.after = Some(next),
            None => return ids,
        }
    }
}

fn crowded(file: &File) -> Store<Sqlite> {
    let store = file.store();
    for (number, given, family, mail, seconds) in [
        (1, "Jane", "Doe", "zoe@example.org", 5),
        (2, "Ada", "Jansen", "ada@example.org", 5),
        (3, "Doe", "Jane", "bob@example.org", 1),
        (4, "Eve", "Adams", "jane@example.org", 9),
        (5, "Jane", "Doe", "janet@example.org", 5),
    ] {
        let user = User {
            given_name: given.to_owned(),
            family_name: family.to_owned(),
            email: mail.to_owned(),
            created_at: at(seconds),
            ..user(number)
        };
        assert!(block_on(store.add_user(&by(true), &user, &password())).unwrap());
    }
    block_on(store.change_account(&by(true), id(5), &level(AccessLevel::Suspended))).unwrap();
    store
}

#[test]
fn every_order_has_every_user_once_however_it_is_paged() {
    let file = File::new();
    let store = crowded(&file);
    for (order, expected) in [
        (UserOrder::CreatedAt, ["UX-0003", "UX-0001", "UX-0002", "UX-0005", "UX-0004"]),
        (UserOrder::Email, ["UX-0002", "UX-0003", "UX-0004", "UX-0005", "UX-0001"]),
        (UserOrder::Name, ["UX-0004", "UX-0001", "UX-0005", "UX-0003", "UX-0002"]),
        (UserOrder::UserId, ["UX-0001", "UX-0002", "UX-0003", "UX-0004", "UX-0005"]),
    ] {
        assert_eq!(all(&store, query(|query| query.order = order)), expected, "{order:?}");
        let mut reversed = all(&store, query(|query| (query.order, query.descending) = (order, true)));
        reversed.reverse();
        assert_eq!(reversed, expected, "{order:?}");
        let of = |level| {
            let mut ids = all(&store, query(|query| (query.order, query.access_level) = (order, Some(level))));
            ids.sort();
            ids
        };
        assert_eq!(of(AccessLevel::Suspended), ["UX-0005"]);
        assert_eq!(of(AccessLevel::User), ["UX-0001", "UX-0002", "UX-0003", "UX-0004"]);
        assert!(of(AccessLevel::Admin).is_empty());
    }
}

#[test]
fn a_search_finds_by_address_user_id_and_either_name_and_each_user_once() {
    let file = File::new();
    let store = crowded(&file);
    let found = |search: &str| all(&store, query(|query| query.search = Some(search.to_owned())));
    assert_eq!(found("JAN"), ["UX-0004", "UX-0005", "UX-0001", "UX-0003", "UX-0002"]);
    assert_eq!(found("ux-0003"), ["UX-0003"]);
    assert_eq!(found("doe j"), ["UX-0003", "UX-0001", "UX-0005"]);
    assert_eq!(found("jane doe"), ["UX-0001", "UX-0005", "UX-0003"]);
    assert!(found("%").is_empty() && found("nobody").is_empty() && found("ample").is_empty());
    let suspended = query(|query| {
        query.search = Some("jan".to_owned());
        query.access_level = Some(AccessLevel::Suspended);
    });
    assert_eq!(all(&store, suspended), ["UX-0005"]);
}

#[test]
fn a_cursor_of_another_list_harms_nobody() {
    let file = File::new();
    let store = crowded(&file);
    for cursor in [cursor(9, "", 0, "x"), cursor(-1, "j", i64::MAX, ""), cursor(0, "\u{10FFFF}", 0, id(1))] {
        for order in [UserOrder::CreatedAt, UserOrder::Name] {
            for search in [None, Some("j".to_owned())] {
                let asked = Asked { after: Some(cursor.clone()), limit: 2 };
                let query = UserQuery { search, access_level: None, order, descending: false, asked };
                assert!(block_on(store.accounts(&query)).is_ok());
            }
        }
    }
}

/// How SQLite would run a statement.
fn plan(store: &Store<Sqlite>, sql: &'static str, params: usize) -> String {
    let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
    let rows = block_on(store.0.query(explain, vec![Value::Null; params])).unwrap();
    let lines = rows.into_iter().map(|mut row| {
        row.skip(3).unwrap();
        row.text().unwrap()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn no_list_scans_or_sorts_a_table() {
    let file = File::new();
    let store = file.store();
    let sorted = [users::BY_CREATION, users::BY_EMAIL, users::BY_NAME, users::BY_USER_ID];
    let ordinary = sorted.iter().flat_map(|[up, down, ..]| [(*up, 4), (*down, 4)]);
    let others =
        [(users::SEARCH[0], 16), (clients::SEARCH, 8), (audit::ALL, 4), (audit::OF_SUBJECT, 6), (audit::OF_ACTION, 6)];
    let clients = clients::BY_CREATION.into_iter().chain(clients::BY_NAME).map(|sql| (sql, 3));
    let grants = [(access::OF_CLIENT, 4), (access::OF_EVERYBODY, 4), (access::SESSIONS, 4), (access::ALL_SESSIONS, 3)];
    for (sql, params) in ordinary.chain(others).chain(clients).chain(grants) {
        let plan = plan(&store, sql, params);
        let scans = plan.lines().filter(|line| line.starts_with("SCAN") && !line.contains("subquery"));
        assert!(scans.count() == 0 && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
    let few = sorted.into_iter().flat_map(|[_, _, up, down]| [(up, 4), (down, 4)]).chain([(users::SEARCH[1], 16)]);
    for (sql, params) in few {
        assert!(plan(&store, sql, params).contains("SEARCH users USING INDEX users_by_rare_level"), "{sql}");
    }
    // Those of one user are found by their index, and sorted.
    assert!(plan(&store, access::OF_USER, 4).starts_with("SEARCH grants USING INDEX grants_by_user"));
    for (table, sql) in purge::PURGES {
        assert!(plan(&store, sql, 2).contains("_by_expiry"), "{table}");
    }
}

#[test]
fn applications_are_made_changed_given_another_secret_and_deleted_with_a_line_for_each() {
    let file = File::new();
    let store = peopled(&file);
    let new = Client { on_launchpad: true, ..client("new") };
    block_on(store.add_application(&by(true), &new, None)).unwrap();
    assert!(block_on(store.add_application(&by(true), &new, None)).is_err(), "an identifier is given once");
    let mut changed = new.clone();
    std::sync::Arc::make_mut(&mut changed.metadata).client_name = Some("Changed".to_owned());
    changed.on_launchpad = false;
    assert!(block_on(store.change_application(&by(true), &changed, Some(&hash(5)))).unwrap());
    let known = block_on(store.client("new")).unwrap().unwrap();
    assert!(known.secret_hash.unwrap().matches(&hash(1)), "a secret that is there stays");
    assert!(!known.on_launchpad && known.metadata == changed.metadata);
    assert!(block_on(store.replace_secret(&by(true), "new", &hash(6))).unwrap());
    assert!(block_on(store.client("new")).unwrap().unwrap().secret_hash.unwrap().matches(&hash(6)));
    assert!(block_on(store.change_application(&by(true), &changed, None)).unwrap());
    assert!(!block_on(store.replace_secret(&by(true), "new", &hash(7))).unwrap(), "a public client gets none");
    assert!(block_on(store.delete_application(&by(true), "new")).unwrap());
    assert!(!block_on(store.delete_application(&by(true), "new")).unwrap());
    let acts = [
        "create new The new",
        "change new Changed",
        "rotate_secret new Changed",
        "change new Changed",
        "delete new Changed",
    ];
    assert_eq!(log(&store), acts.map(|act| format!("admin_token client.{act}")));
}

#[test]
fn applications_are_found_by_name_and_identifier_and_sorted() {
    let file = File::new();
    let store = file.store();
    for (name, title, seconds) in [("a", "Wiki", 3), ("b", "accounts", 1), ("w", "Zoo", 2)] {
        let mut one = Client { created_at: at(seconds), ..client(name) };
        std::sync::Arc::make_mut(&mut one.metadata).client_name = Some(title.to_owned());
        block_on(store.add_application(&by(true), &one, None)).unwrap();
    }
    let list = |search: Option<&str>, order, descending| {
        let mut query = ClientQuery { search: search.map(str::to_owned), order, descending, asked: asked(1) };
        let mut ids = Vec::new();
        loop {
            let Page { items, next } = block_on(store.applications_list(&query)).unwrap();
            ids.extend(items.into_iter().map(|client| client.id));
            let Some(next) = next else { return ids.join(" ") };
            query.asked.after = Some(next);
        }
    };
    assert_eq!(list(None, ClientOrder::Name, false), "b a w");
    assert_eq!(list(None, ClientOrder::Name, true), "w a b");
    assert_eq!(list(None, ClientOrder::CreatedAt, false), "b w a");
    assert_eq!(list(None, ClientOrder::CreatedAt, true), "a w b");
    assert_eq!(list(Some("w"), ClientOrder::Name, false), "a w");
    assert_eq!(list(Some("a"), ClientOrder::Name, false), "b a");
}

#[test]
fn a_revoked_grant_is_dead_and_revoked_once() {
    let file = File::new();
    let store = redeemed(&file);
    let of = |of| block_on(store.grants_of(&of, &asked(2), at(2))).unwrap().items.len();
    assert_eq!(
        (of(GrantsOf::User(id(1))), of(GrantsOf::Client("app".to_owned())), of(GrantsOf::User(id(2)))),
        (1, 1, 0)
    );
    let revoked = race(&file, 4, |_, store| block_on(store.revoke_grant_of(&by(true), id(1))).unwrap());
    assert_eq!(revoked.into_iter().filter(|revoked| *revoked).count(), 1);
    assert!(!is_live(&store, 1));
    assert_eq!(of(GrantsOf::User(id(1))), 0);
    assert_eq!(log(&store), [format!("admin_token grant.revoke {} UX-0001 app", id(1))]);
}

#[test]
fn a_session_is_ended_once_or_with_all_of_its_user() {
    let file = File::new();
    let store = peopled(&file);
    for number in [1, 2, 3] {
        block_on(store.add_session(&session(number), id(1), &password(), &hash(1), "", at(0))).unwrap();
    }
    let page = block_on(store.sessions_of(id(1), &asked(2), at(1))).unwrap();
    assert_eq!(page.items.iter().map(|session| session.id).collect::<Vec<_>>(), [id(3), id(2)]);
    let rest = Asked { after: page.next, limit: 2 };
    assert_eq!(block_on(store.sessions_of(id(1), &rest, at(1))).unwrap().items.len(), 1);
    assert!(block_on(store.end_session_of(&by(false), id(2))).unwrap());
    assert!(!block_on(store.end_session_of(&by(false), id(2))).unwrap());
    assert!(block_on(store.end_sessions_of(&by(false), id(1))).unwrap());
    assert_eq!(count(&store, "SELECT count(*) FROM sessions"), 0);
    assert_eq!(
        log(&store),
        [format!("UX-0001 session.end {} UX-0001", id(2)), "UX-0001 user.end_sessions UX-0001".into()]
    );
}

#[test]
fn the_audit_log_is_filtered_paged_and_purged() {
    let file = File::new();
    let store = peopled(&file);
    for number in 1..=3 {
        block_on(store.change_account(&by(true), id(1), &level(AccessLevel::Admin))).unwrap();
        block_on(store.note(&by(true), "keys.rotate", if number == 2 { "UX-0001" } else { "signing_keys" })).unwrap();
    }
    let pages = |subject: Option<&str>, action: Option<&str>| {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let mut filter =
            AuditFilter { subject: text(subject), action: text(action), asked: asked(2), ..Default::default() };
        let mut ids = Vec::new();
        loop {
            let page = block_on(store.audit_log(&filter)).unwrap();
            ids.extend(page.items.into_iter().map(|entry| entry.id));
            let Some(next) = page.next else { return ids };
            filter.asked.after = Some(next);
        }
    };
    assert_eq!(pages(None, None), [6, 5, 4, 3, 2, 1]);
    assert_eq!(pages(Some("UX-0001"), None), [5, 4, 3, 1]);
    assert_eq!(pages(None, Some("keys.rotate")), [6, 4, 2]);
    assert_eq!(pages(Some("UX-0001"), Some("keys.rotate")), [4]);
    let later = Administrator { by: By { at: at(501), ..by(true).by }, holds_token: true };
    block_on(store.note(&later, "keys.rotate", "signing_keys")).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log"), 5, "each line takes two with it that are too old");
}

#[test]
fn a_step_of_the_purge_is_bounded_and_takes_only_what_has_expired() {
    let file = File::new();
    let store = peopled(&file);
    for number in 1..=3 {
        block_on(store.add_session(&session(number), id(1), &password(), &hash(1), "", at(0))).unwrap();
    }
    block_on(store.note(&by(true), "purge", "expired")).unwrap();
    let step = |now| {
        let removed = block_on(store.purge(2, now)).unwrap();
        removed
            .into_iter()
            .filter(|removed| removed.rows > 0)
            .map(|removed| (removed.table, removed.rows))
            .collect::<Vec<_>>()
    };
    assert!(step(at(1)).is_empty());
    let later = at(100_000_000);
    assert_eq!(step(later), [("audit_log", 1), ("sessions", 2)]);
    assert_eq!(step(later), [("sessions", 1)]);
    assert!(step(later).is_empty());
}

#[test]
fn no_secret_gets_into_the_audit_log() {
    let file = File::new();
    let store = peopled(&file);
    let hash = domain::user::PasswordHash::from_stored("$2b$04$secret".to_owned());
    block_on(store.add_user(&by(true), &User { email: "n@example.org".into(), ..user(9) }, &hash)).unwrap();
    block_on(store.replace_password(&by(true), id(9), &hash)).unwrap();
    let Value::Text(all) = value(&store, "SELECT group_concat(actor || action || subject || detail) FROM audit_log")
    else {
        panic!("a text");
    };
    assert!(!all.contains("$2b$") && !all.contains("example.org"), "{all}");
}

#[test]
fn every_table_that_expires_is_purged_by_hand_too() {
    let file = File::new();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%expires_at%'";
    for mut row in block_on(file.store().0.query(sql, vec![])).unwrap() {
        let name = row.text().unwrap();
        assert!(purge::PURGES.iter().any(|(table, _)| *table == name), "{name}");
    }
}
