use domain::{
    consent::Consents,
    factors::Factors,
    link::{Links, NewLink, Purpose},
    session::Sessions,
    user::{AccessLevel, PasswordHash, User, Users},
};

use protocol::Secret;

use crate::{
    Database,
    fixtures::{at, by, count, email, hash, id, password, peopled, scope, session, session_key, user},
    testing::{File, block_on, race},
};

#[test]
fn of_many_parallel_sign_ups_with_one_address_one_wins() {
    let file = File::new();
    let store = file.store();
    let won = race(&file, 8, |number, store| {
        let number = number as u64;
        let applicant = User { email: email(7).to_string(), ..user(number) };
        block_on(store.add_user(&by(at(0)), &applicant, &password())).unwrap()
    });
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM users"), 1);
}

#[test]
fn of_many_parallel_sign_ups_with_one_user_id_one_wins() {
    let file = File::new();
    let store = file.store();
    let won = race(&file, 8, |number, store| {
        let applicant = User { user_id: "AL-0001".to_owned(), ..user(number as u64) };
        block_on(store.add_user(&by(at(0)), &applicant, &password())).unwrap()
    });
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM users"), 1);
}

#[test]
fn a_taken_address_keeps_its_user_and_password() {
    let file = File::new();
    let store = peopled(&file);
    let thief = User { id: id(66), user_id: "EV-0666".to_owned(), given_name: "Eve".to_owned(), ..user(1) };
    let hash = PasswordHash::from_stored("$2b$04$eve".to_owned());
    assert!(!block_on(store.add_user(&by(at(0)), &thief, &hash)).unwrap());
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log"), 0, "what did not happen is not in the log");
    let (known, hash) = block_on(store.user_by_email(&email(1))).unwrap().unwrap();
    assert_eq!((known.id, known.given_name.as_str(), hash.as_str()), (id(1), "Ada", password().as_str()));
}

#[test]
fn a_user_is_read_as_it_was_added() {
    let file = File::new();
    let store = file.store();
    let added = User { email_verified: true, access_level: AccessLevel::Admin, ..user(3) };
    assert!(block_on(store.add_user(&by(at(0)), &added, &password())).unwrap());
    let (read, _) = block_on(store.user_by_email(&email(3))).unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{added:?}"));
    assert!(block_on(store.user_by_email(&email(4))).unwrap().is_none());
}

#[test]
fn an_access_level_that_nobody_knows_cannot_be_stored() {
    let file = File::new();
    let store = peopled(&file);
    assert!(block_on(store.0.query("UPDATE users SET access_level = 'root'", vec![])).is_err());
}

#[test]
fn nothing_is_stored_for_a_user_who_is_not_there() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.remember_consent(id(99), "app", &scope("openid"), at(0))).unwrap();
    block_on(store.set_recovery_codes(id(99), &[hash(1)], at(0))).unwrap();
    assert!(!block_on(store.add_totp(id(99), b"sealed", 1, &by(at(0)))).unwrap());
    let link = NewLink {
        purpose: Purpose::Reset,
        token_hash: hash(1),
        url: Secret::new("https://id.example/reset"),
        expires_at: at(60),
    };
    block_on(store.add_link(&link, id(99), "ada@example.org", None, at(0))).unwrap();
    for table in [
        "SELECT count(*) FROM consents",
        "SELECT count(*) FROM one_time_links",
        "SELECT count(*) FROM recovery_codes",
        "SELECT count(*) FROM audit_log",
    ] {
        assert_eq!(count(&store, table), 0, "{table}");
    }
}

#[test]
fn of_many_parallel_changes_of_a_password_one_wins_and_every_session_ends() {
    let file = File::new();
    let store = peopled(&file);
    for number in [1, 2] {
        block_on(store.add_session(&session(number), id(1), &password(), &hash(number), "", at(0))).unwrap();
    }
    block_on(store.add_session(&session(3), id(2), &password(), &hash(3), "", at(0))).unwrap();
    let won = race(&file, 6, |number, store| {
        let new = PasswordHash::from_stored(format!("$2b$04$new{number}"));
        block_on(store.set_password(id(1), &password(), &new, &by(at(5)))).unwrap()
    });
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    assert!(block_on(store.session(&session_key(1), at(5))).unwrap().is_none());
    assert!(block_on(store.session(&session_key(2), at(5))).unwrap().is_none());
    assert!(block_on(store.session(&session_key(3), at(5))).unwrap().is_some(), "another user's");
    let told =
        "SELECT count(*) FROM audit_log WHERE action = 'user.password' AND address <> '' AND expires_at = at + 495";
    assert_eq!(count(&store, told), 1);
}

#[test]
fn a_password_that_the_user_chose_is_not_temporary_and_a_suspended_user_chooses_none() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.0.query("UPDATE users SET password_is_temporary = 1", vec![])).unwrap();
    let known = || block_on(store.user_by_id(id(1))).unwrap().unwrap().1;
    assert!(known().is_temporary());
    let new = PasswordHash::from_stored("$2b$04$new".to_owned());
    assert!(block_on(store.set_password(id(1), &password(), &new, &by(at(5)))).unwrap());
    assert_eq!((known().is_temporary(), known().as_str()), (false, "$2b$04$new"));
    block_on(store.0.query("UPDATE users SET access_level = 'suspended'", vec![])).unwrap();
    assert!(!block_on(store.set_password(id(2), &password(), &new, &by(at(7)))).unwrap());
}
