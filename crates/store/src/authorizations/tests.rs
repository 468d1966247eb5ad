use domain::{
    authorize::{Authorizations, Circumstances},
    consent::Consents,
    session::{SessionKey, Sessions},
    user::AccessLevel,
};

use crate::{
    Store,
    fixtures::{at, email, hash, id, password, peopled, scope, session, session_key},
    testing::{File, Sqlite, block_on},
};

fn signed_in(file: &File) -> Store<Sqlite> {
    let store = peopled(file);
    block_on(store.add_session(&session(1), id(1), &password(), &hash(1), "", at(0))).unwrap();
    block_on(store.remember_consent(id(1), "app", &scope("openid"), at(0))).unwrap();
    store
}

fn circumstances(store: &Store<Sqlite>, key: Option<SessionKey>, seconds: i64) -> Circumstances {
    block_on(store.circumstances("app", key.as_ref(), at(seconds))).unwrap().unwrap()
}

#[test]
fn an_unknown_client_has_no_circumstances() {
    let file = File::new();
    let store = signed_in(&file);
    assert!(block_on(store.circumstances("nobody", Some(&session_key(1)), at(1))).unwrap().is_none());
}

#[test]
fn who_is_signed_in_is_found_with_what_they_allowed() {
    let file = File::new();
    let store = signed_in(&file);
    let found = circumstances(&store, Some(session_key(1)), 1);
    let signed_in = found.signed_in.unwrap();
    assert_eq!((found.client.id.as_str(), found.consented.to_string().as_str()), ("app", "openid"));
    assert_eq!((signed_in.user.id, signed_in.session.id, signed_in.session.auth_time), (id(1), id(1), at(0)));
}

#[test]
fn without_a_live_session_nobody_is_signed_in_and_nothing_is_allowed() {
    let file = File::new();
    let store = signed_in(&file);
    for (what, key, seconds) in [
        ("no cookie", None, 1),
        ("another secret", Some(SessionKey { secret_hash: hash(2), ..session_key(1) }), 1),
        ("another session", Some(session_key(2)), 1),
        ("an expired session", Some(session_key(1)), 86_400),
    ] {
        let found = circumstances(&store, key, seconds);
        assert!(found.signed_in.is_none() && found.consented.is_empty(), "{what}");
        assert_eq!(found.client.id, "app", "{what}");
    }
}

#[test]
fn a_suspended_user_is_not_signed_in() {
    let file = File::new();
    let store = signed_in(&file);
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(1))).unwrap();
    assert!(circumstances(&store, Some(session_key(1)), 2).signed_in.is_none());
}
