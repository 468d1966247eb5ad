use domain::{
    admin::Cursor,
    user::{AccessLevel, User, Users},
};

use super::*;
use crate::{
    fixtures::{administrator, at, client as app, count, hash, id, peopled, user as ada, value},
    testing::{File, block_on, race},
};

fn imported(number: u64) -> ImportedUser {
    let user = User {
        email_verified: true,
        access_level: AccessLevel::Admin,
        created_at: at(-9),
        updated_at: at(-5),
        claims: serde_json::from_str(r#"{"nickname":"Q\"uote"}"#).unwrap(),
        ..ada(number)
    };
    let password = PasswordHash::from_stored(format!("$2y$04${number}")).temporary(true);
    ImportedUser { line: 1, user, has_sub: true, has_user_id: true, password, last_login_at: Some(at(-1)) }
}

fn asked(limit: u32, after: Option<Cursor>) -> Asked {
    Asked { after, limit }
}

#[test]
fn of_parallel_imports_of_the_same_users_each_user_is_added_once_and_wholly() {
    let file = File::new();
    let store = peopled(&file);
    let users: Vec<_> = (10..30).map(imported).collect();
    let added = race(&file, 6, |number, store| {
        let by = administrator(at(number as i64));
        block_on(store.add_users(&by, &(10..30).map(imported).collect::<Vec<_>>())).unwrap().len()
    });
    assert_eq!(added.iter().sum::<usize>(), users.len());
    assert_eq!(count(&store, "SELECT count(*) FROM users"), 22);
    assert_eq!(
        count(&store, "SELECT count(*) FROM audit_log WHERE action = 'user.import' AND actor = 'admin_token'"),
        20
    );
    let (read, hash) = block_on(store.user_by_id(id(11))).unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{:?}", users[1].user));
    assert!(hash.as_str() == "$2y$04$11" && hash.is_temporary());
    let page = block_on(store.exported_users(&asked(50, None))).unwrap();
    assert_eq!(page.items.len(), 22);
    assert_eq!(page.items[3].account.last_login_at, Some(at(-1)));
}

#[test]
fn who_has_something_of_another_is_left_out_and_found() {
    let file = File::new();
    let store = peopled(&file);
    let change = |number, change: fn(&mut User)| {
        let mut one = imported(number);
        change(&mut one.user);
        one
    };
    let users = [
        change(1, |user| user.email = "other@example.org".to_owned()),
        change(11, |user| user.email = ada(2).email),
        change(12, |user| user.user_id = ada(1).user_id),
        imported(13),
    ];
    let taken = block_on(store.taken(&users)).unwrap();
    let mut found: Vec<_> = taken.iter().map(|taken| (taken.index, taken.by, taken.id)).collect();
    found.sort();
    let expected =
        [(0, TakenBy::Id, id(1)), (0, TakenBy::UserId, id(1)), (1, TakenBy::Email, id(2)), (2, TakenBy::UserId, id(1))];
    assert_eq!(found, expected);
    assert_eq!(block_on(store.add_users(&administrator(at(0)), &users)).unwrap(), [id(13)]);
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log"), 1, "what did not happen is not in the log");
}

#[test]
fn every_user_is_exported_once_however_it_is_paged() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.add_users(&administrator(at(0)), &(3..8).map(imported).collect::<Vec<_>>())).unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let Page { items, next } = block_on(store.exported_users(&asked(2, after))).unwrap();
        seen.extend(items.into_iter().map(|user| user.account.user.id));
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..8).map(id).collect::<Vec<_>>());
}

#[test]
fn clients_come_with_their_hashes_and_those_that_are_there_stay() {
    let file = File::new();
    let store = peopled(&file);
    let brought = |id: &str, secret| {
        let client = domain::client::Client { secret_hash: Some(hash(secret)), ..app(id) };
        ImportedClient { line: 1, client, registration_token: Some(hash(7)) }
    };
    let added = race(&file, 4, |_, store| {
        let clients =
            [brought("app", 5), brought("new", 6), ImportedClient { registration_token: None, ..brought("bare", 8) }];
        block_on(store.add_clients(&administrator(at(3)), &clients)).unwrap()
    });
    let mut added = added.concat();
    added.sort();
    assert_eq!(added, ["bare", "new"]);
    let page = block_on(store.exported_clients(&asked(10, None))).unwrap();
    let all: Vec<_> = page.items.iter().map(|one| (one.client.id.as_str(), one.registration_token.is_some())).collect();
    assert_eq!(all, [("app", true), ("bare", false), ("new", true), ("other", true)]);
    let secret = |at: usize| page.items[at].client.secret_hash.unwrap();
    assert!(secret(0).matches(&hash(1)) && secret(2).matches(&hash(6)), "the one that was there has its secret");
    assert_eq!(
        value(&store, "SELECT name FROM clients WHERE id = 'new' AND unused_expires_at IS NULL"),
        "The new".into()
    );
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log WHERE action = 'client.import'"), 2);
}

#[test]
fn a_client_that_publishes_its_metadata_is_not_exported() {
    let file = File::new();
    let store = peopled(&file);
    block_on(domain::client::Clients::keep_client(&store, &app("https://app.example/client.json"), at(100))).unwrap();
    assert_eq!(block_on(store.exported_clients(&asked(10, None))).unwrap().items.len(), 2);
}

#[test]
fn what_is_taken_is_found_by_indexes() {
    let file = File::new();
    let store = peopled(&file);
    for (sql, params) in [(TAKEN, params!["[]"]), (USERS, params![vec![], 2_i64]), (CLIENTS, params!["", 2_i64])] {
        let plan = format!("EXPLAIN QUERY PLAN {sql}").leak();
        let rows = block_on(store.0.query(plan, params)).unwrap();
        for mut row in rows {
            row.skip(3).unwrap();
            let step = row.text().unwrap();
            assert!(
                !step.contains("SCAN users") && !step.contains("SCAN clients") && !step.contains("TEMP B-TREE"),
                "{step}"
            );
        }
    }
}
