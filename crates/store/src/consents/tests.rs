use domain::{authorize::Authorizations, consent::Consents};

use crate::{
    Store,
    fixtures::{at, count, hash, id, password, peopled, scope, session, session_key},
    testing::{File, Sqlite, block_on, race},
};

fn allow(store: &Store<Sqlite>, user: u64, client_id: &str, tokens: &str, seconds: i64) {
    block_on(store.remember_consent(id(user), client_id, &scope(tokens), at(seconds))).unwrap();
}

/// What user 1, signed in by session 1, has allowed this client, sorted.
fn allowed(store: &Store<Sqlite>, client_id: &str) -> String {
    let found = block_on(store.circumstances(client_id, Some(&session_key(1)), at(1))).unwrap().unwrap();
    let mut tokens: Vec<_> = found.consented.iter().collect();
    tokens.sort_unstable();
    tokens.join(" ")
}

fn signed_in(file: &File) -> Store<Sqlite> {
    use domain::session::Sessions;
    let store = peopled(file);
    block_on(store.add_session(&session(1), id(1), &password(), &hash(1), "", at(0))).unwrap();
    store
}

#[test]
fn consents_accumulate() {
    let file = File::new();
    let store = signed_in(&file);
    assert_eq!(allowed(&store, "app"), "");
    allow(&store, 1, "app", "openid", 0);
    allow(&store, 1, "app", "email openid", 5);
    allow(&store, 1, "app", "api:read", 6);
    assert_eq!(allowed(&store, "app"), "api:read email openid");
    assert_eq!(count(&store, "SELECT granted_at FROM consents WHERE scope = 'openid'"), at(5).0);
}

#[test]
fn parallel_consents_lose_nothing() {
    let file = File::new();
    let store = signed_in(&file);
    race(&file, 6, |number, store| allow(&store, 1, "app", &format!("openid api:{number}"), 0));
    assert_eq!(allowed(&store, "app"), "api:0 api:1 api:2 api:3 api:4 api:5 openid");
}

#[test]
fn a_consent_counts_for_its_user_and_its_client_alone() {
    let file = File::new();
    let store = signed_in(&file);
    allow(&store, 2, "app", "email", 0);
    allow(&store, 1, "other", "profile", 0);
    assert_eq!((allowed(&store, "app").as_str(), allowed(&store, "other").as_str()), ("", "profile"));
}

#[test]
fn a_scope_token_is_stored_letter_by_letter() {
    let file = File::new();
    let store = signed_in(&file);
    allow(&store, 1, "app", "a'b;-- [x] {\u{7d} openid", 0);
    assert_eq!(allowed(&store, "app"), "[x] a'b;-- openid {}");
}
