use domain::{
    consent::Consents,
    user::{AccessLevel, User, Users},
};
use protocol::standard_claims::ClaimsPatch;

use crate::{
    Database,
    fixtures::{at, count, email, id, password, peopled, scope, user, value},
    testing::{File, block_on, race},
};

#[test]
fn of_many_parallel_sign_ups_with_one_address_one_wins() {
    let file = File::new();
    let store = file.store();
    let won = race(&file, 8, |number, store| {
        let number = number as u64;
        let applicant = User { email: email(7).to_string(), ..user(number) };
        block_on(store.add_user(&applicant, &password())).unwrap()
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
        block_on(store.add_user(&applicant, &password())).unwrap()
    });
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM users"), 1);
}

#[test]
fn a_taken_address_keeps_its_user_and_password() {
    let file = File::new();
    let store = peopled(&file);
    let thief = User { id: id(66), user_id: "EV-0666".to_owned(), given_name: "Eve".to_owned(), ..user(1) };
    let hash = domain::user::PasswordHash::from_stored("$2b$04$eve".to_owned());
    assert!(!block_on(store.add_user(&thief, &hash)).unwrap());
    let (known, hash) = block_on(store.user_by_email(&email(1))).unwrap().unwrap();
    assert_eq!((known.id, known.given_name.as_str(), hash.as_str()), (id(1), "Ada", password().as_str()));
}

#[test]
fn a_user_is_read_as_it_was_added() {
    let file = File::new();
    let store = file.store();
    let added = User { email_verified: true, access_level: AccessLevel::Admin, ..user(3) };
    assert!(block_on(store.add_user(&added, &password())).unwrap());
    let (read, _) = block_on(store.user_by_email(&email(3))).unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{added:?}"));
    assert!(block_on(store.user_by_email(&email(4))).unwrap().is_none());
}

#[test]
fn a_suspended_user_is_still_found_by_address() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(1))).unwrap();
    let (known, _) = block_on(store.user_by_email(&email(1))).unwrap().unwrap();
    assert_eq!(known.access_level, AccessLevel::Suspended);
}

#[test]
fn each_change_of_an_access_level_leaves_one_line_in_the_audit_log() {
    let file = File::new();
    let store = peopled(&file);
    let set = |level, now| block_on(store.set_access_level(&email(1), level, at(now))).unwrap();
    assert_eq!(set(AccessLevel::Suspended, 5).unwrap().access_level, AccessLevel::Suspended);
    assert!(set(AccessLevel::Suspended, 6).is_some(), "the same again is no change");
    assert_eq!(
        value(&store, "SELECT json_array(at, action, subject, detail) FROM audit_log"),
        format!(r#"[{},"user.access_level","UX-0001","user -> suspended"]"#, at(5).0).into()
    );
    set(AccessLevel::Admin, 7);
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log"), 2);
}

#[test]
fn racing_changes_of_an_access_level_are_logged_once() {
    let file = File::new();
    let store = peopled(&file);
    race(&file, 6, |_, store| block_on(store.set_access_level(&email(1), AccessLevel::Admin, at(5))).unwrap());
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log"), 1);
}

#[test]
fn an_unknown_user_has_no_access_level_to_set() {
    let file = File::new();
    let store = peopled(&file);
    assert!(block_on(store.set_access_level(&email(9), AccessLevel::Admin, at(1))).unwrap().is_none());
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log"), 0);
}

#[test]
fn an_access_level_that_nobody_knows_cannot_be_stored() {
    let file = File::new();
    let store = peopled(&file);
    assert!(block_on(store.0.query("UPDATE users SET access_level = 'root'", vec![])).is_err());
}

#[test]
fn nothing_can_be_stored_for_a_user_who_is_not_there() {
    let file = File::new();
    let store = peopled(&file);
    assert!(block_on(store.remember_consent(id(99), "app", &scope("openid"), at(0))).is_err());
}

#[test]
fn claims_that_are_changed_at_once_are_all_changed() {
    let file = File::new();
    let store = peopled(&file);
    let names = ["nickname", "middle_name", "preferred_username", "gender"];
    race(&file, names.len(), |number, store| {
        let patch = serde_json::json!({ names[number]: "x" }).as_object().cloned().unwrap();
        block_on(store.change_claims(&email(1), &ClaimsPatch::parse(patch).unwrap(), at(5))).unwrap().unwrap();
    });
    let expected = r#"{"gender":"x","middle_name":"x","nickname":"x","preferred_username":"x"}"#;
    let (user, _) = block_on(store.user_by_email(&email(1))).unwrap().unwrap();
    assert_eq!(serde_json::to_string(&user.claims).unwrap(), expected);
    assert_eq!(user.updated_at, at(5));
    let patch = serde_json::json!({ "gender": null, "nickname": "y" }).as_object().cloned().unwrap();
    let user = block_on(store.change_claims(&email(1), &ClaimsPatch::parse(patch).unwrap(), at(6))).unwrap().unwrap();
    let expected = r#"{"middle_name":"x","nickname":"y","preferred_username":"x"}"#;
    assert_eq!(serde_json::to_string(&user.claims).unwrap(), expected);
    let (other, _) = block_on(store.user_by_email(&email(2))).unwrap().unwrap();
    assert_eq!(serde_json::to_string(&other.claims).unwrap(), "{}");
}
