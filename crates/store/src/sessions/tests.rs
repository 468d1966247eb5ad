mod ending;

use domain::{
    password::PasswordHash,
    session::{Session, SessionKey, Sessions},
    user::{AccessLevel, Users},
};

use crate::{
    Database, Store, Value,
    fixtures::{at, by, count, email, hash, id, password, peopled, session, session_key, value},
    testing::{File, Sqlite, block_on},
};

fn signed_in(file: &File) -> Store<Sqlite> {
    let store = peopled(file);
    block_on(store.add_session(&session(1), id(1), &password(), &hash(1), "", at(0))).unwrap();
    store
}

fn lives(store: &Store<Sqlite>, key: &SessionKey, seconds: i64) -> bool {
    block_on(store.session(key, at(seconds))).unwrap().is_some()
}

#[test]
fn a_session_is_read_with_its_user() {
    let file = File::new();
    let store = signed_in(&file);
    let read = block_on(store.session(&session_key(1), at(1))).unwrap().unwrap();
    assert_eq!(format!("{:?}", read.session), format!("{:?}", session(1)));
    assert_eq!((read.user.id, read.user.email.as_str()), (id(1), "user1@example.org"));
}

#[test]
fn a_session_needs_its_secret_and_ends_in_the_second_of_its_expiry() {
    let file = File::new();
    let store = signed_in(&file);
    assert!(lives(&store, &session_key(1), 86_399));
    assert!(!lives(&store, &session_key(1), 86_400));
    assert!(!lives(&store, &SessionKey { secret_hash: hash(2), ..session_key(1) }, 1));
    assert!(!lives(&store, &SessionKey { id: id(2), ..session_key(1) }, 1));
}

#[test]
fn a_suspended_user_has_no_session() {
    let file = File::new();
    let store = signed_in(&file);
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(1))).unwrap();
    assert!(!lives(&store, &session_key(1), 2));
}

#[test]
fn only_who_has_the_secret_ends_a_session() {
    let file = File::new();
    let store = signed_in(&file);
    assert!(!block_on(store.end_session(&SessionKey { secret_hash: hash(2), ..session_key(1) }, at(1))).unwrap());
    assert!(lives(&store, &session_key(1), 1));
    assert!(block_on(store.end_session(&session_key(1), at(1))).unwrap());
    assert!(!lives(&store, &session_key(1), 1));
    assert_eq!(count(&store, "SELECT count(*) FROM sessions"), 0, "the row is gone");
}

#[test]
fn one_device_signs_in_and_out_without_touching_the_other() {
    let file = File::new();
    let store = signed_in(&file);
    block_on(store.add_session(&session(2), id(1), &password(), &hash(2), "", at(5))).unwrap();
    assert!(lives(&store, &session_key(1), 6) && lives(&store, &session_key(2), 6));
    block_on(store.end_session(&session_key(1), at(6))).unwrap();
    assert!(lives(&store, &session_key(2), 7));
}

#[test]
fn a_sign_in_notes_when_it_was_for_its_user_alone() {
    let file = File::new();
    let store = signed_in(&file);
    assert_eq!(count(&store, "SELECT last_login_at FROM users WHERE user_id = 'UX-0001'"), at(0).0);
    block_on(store.add_session(&session(2), id(1), &password(), &hash(2), "", at(50))).unwrap();
    assert_eq!(count(&store, "SELECT last_login_at FROM users WHERE user_id = 'UX-0001'"), at(50).0);
    assert_eq!(value(&store, "SELECT last_login_at FROM users WHERE user_id = 'UX-0002'"), Value::Null);
}

#[test]
fn who_is_suspended_or_deleted_while_signing_in_is_not_signed_in() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(1))).unwrap();
    block_on(store.add_session(&session(1), id(1), &password(), &hash(1), "", at(1))).unwrap();
    block_on(store.set_access_level(&email(1), AccessLevel::User, at(2))).unwrap();
    assert!(!lives(&store, &session_key(1), 3), "a suspension ends the sessions for good");
    assert!(block_on(store.delete_user(&email(2))).unwrap());
    block_on(store.add_session(&session(2), id(2), &password(), &hash(2), "", at(1))).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM sessions"), 0);
}

#[test]
fn a_sign_in_that_began_with_the_password_before_leads_to_no_session() {
    let file = File::new();
    let store = peopled(&file);
    let new = PasswordHash::from_stored("$2b$04$new".to_owned());
    assert!(block_on(store.set_password(id(1), &password(), &new, &by(at(5)))).unwrap());
    block_on(store.add_session(&session(1), id(1), &password(), &hash(1), "", at(6))).unwrap();
    assert!(!lives(&store, &session_key(1), 6), "all sessions ended with the change");
    block_on(store.add_session(&session(2), id(1), &new, &hash(2), "", at(6))).unwrap();
    assert!(lives(&store, &session_key(2), 6));
}

#[test]
fn sessions_that_have_expired_do_not_pile_up() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.0.query("PRAGMA synchronous=off", vec![])).unwrap();
    for number in 0_u64..2000 {
        let now = number.cast_signed();
        let session = Session { expires_at: at(now + 200), ..session(number) };
        block_on(store.add_session(&session, id(1), &password(), &hash(number), "", at(now))).unwrap();
        let rows = count(&store, "SELECT count(*) FROM sessions");
        assert!(rows <= 202, "{rows} rows, of which 200 are live");
    }
    assert!(lives(&store, &session_key(1999), 2000) && lives(&store, &session_key(1801), 2000));
}
