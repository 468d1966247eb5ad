use domain::{
    account::{Applications, Deletion, Devices, Profiles},
    consent::Consents,
    session::Sessions,
    user::{AccessLevel, PasswordHash, Users},
};
use protocol::standard_claims::ClaimsPatch;
use serde_json::{Value, json};

use crate::{
    Store,
    fixtures::{at, by, count, email, hash, id, is_live, password, peopled, redeemed, scope, session, session_key},
    testing::{File, Sqlite, block_on, race},
};

fn allow(store: &Store<Sqlite>, user: u64, client_id: &str, tokens: &str) {
    block_on(store.remember_consent(id(user), client_id, &scope(tokens), at(3))).unwrap();
}

fn patch(claims: Value) -> ClaimsPatch {
    let Value::Object(claims) = claims else { panic!() };
    ClaimsPatch::parse(claims).unwrap()
}

#[test]
fn the_devices_are_the_live_sessions_of_the_user_and_the_one_that_asks_comes_first() {
    let file = File::new();
    let store = peopled(&file);
    for (number, user, device, when) in [(1, 1, "Firefox, Linux", 0), (2, 1, "", 5), (3, 2, "Safari, iPhone", 6)] {
        block_on(store.add_session(&session(number), id(user), &password(), &hash(number), device, at(when))).unwrap();
    }
    let devices = block_on(store.devices(id(1), id(1), at(10))).unwrap();
    let shown: Vec<_> = devices.iter().map(|one| (one.session, one.name.as_str(), one.is_this)).collect();
    assert_eq!(shown, [(id(1), "Firefox, Linux", true), (id(2), "", false)]);
    assert_eq!((devices[1].signed_in_at, devices[1].last_used_at), (at(5), at(5)));
    assert!(block_on(store.devices(id(1), id(1), at(86_400))).unwrap().is_empty(), "their time is over");
}

#[test]
fn an_application_is_connected_by_consent_until_it_is_shut_out_and_only_for_who_does_that() {
    let file = File::new();
    let store = peopled(&file);
    for user in [1, 2] {
        allow(&store, user, "app", "openid email");
    }
    allow(&store, 1, "other", "openid");
    let connected = block_on(store.connected(id(1), at(10))).unwrap();
    let shown: Vec<_> = connected.iter().map(|one| (one.client.id.as_str(), one.since, one.last_used_at)).collect();
    assert_eq!(shown, [("app", at(3), None), ("other", at(3), None)]);
    assert!(connected[0].scope.iter().eq(["email", "openid"]));

    assert!(block_on(store.disconnect(id(1), "app", &by(at(20)))).unwrap());
    assert!(!block_on(store.disconnect(id(1), "app", &by(at(21)))).unwrap(), "there is nothing left");
    let left = block_on(store.connected(id(1), at(22))).unwrap();
    assert_eq!(left.iter().map(|one| one.client.id.as_str()).collect::<Vec<_>>(), ["other"]);
    assert_eq!(block_on(store.connected(id(2), at(22))).unwrap().len(), 1);
    let logged = "SELECT count(*) FROM audit_log WHERE action = 'user.disconnect' AND detail = 'app' \
        AND address = '192.0.2.1' AND expires_at = at + 495";
    assert_eq!(count(&store, logged), 1);
}

#[test]
fn shutting_an_application_out_ends_what_it_was_allowed_and_not_the_session() {
    let file = File::new();
    let store = redeemed(&file);
    allow(&store, 1, "app", "openid email");
    let used = block_on(store.connected(id(1), at(10))).unwrap();
    assert_eq!(used[0].scope.iter().filter(|token| *token == "email").count(), 1, "of consent and grant together");
    assert!(used[0].last_used_at.is_some() && is_live(&store, 1));
    assert!(block_on(store.disconnect(id(1), "app", &by(at(20)))).unwrap());
    assert!(!is_live(&store, 1));
    assert!(block_on(store.session(&session_key(1), at(21))).unwrap().is_some());
    assert!(block_on(store.connected(id(1), at(21))).unwrap().is_empty());
}

#[test]
fn of_parallel_attempts_to_shut_an_application_out_one_finds_it() {
    let file = File::new();
    let store = peopled(&file);
    allow(&store, 1, "app", "openid");
    let won = race(&file, 4, |_, store| block_on(store.disconnect(id(1), "app", &by(at(20)))).unwrap());
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log WHERE action = 'user.disconnect'"), 1);
}

#[test]
fn a_profile_changes_as_a_whole_and_what_is_left_out_stays() {
    let file = File::new();
    let store = peopled(&file);
    let first = patch(json!({"nickname": "Ada", "address": {"locality": "London", "country": "GB"}}));
    assert!(block_on(store.set_profile(id(1), "Ada", "King", &first, &by(at(5)))).unwrap());
    let second = patch(json!({"nickname": null, "address": {"locality": "Paris"}}));
    assert!(block_on(store.set_profile(id(1), "Ada", "Lovelace", &second, &by(at(6)))).unwrap());
    let (user, _) = block_on(store.user_by_id(id(1))).unwrap().unwrap();
    assert_eq!((user.name().as_str(), user.updated_at), ("Ada Lovelace", at(6)));
    assert_eq!(user.claims.get("nickname"), None);
    assert_eq!(user.claims.get("address"), Some(&json!({"locality": "Paris", "country": "GB"})));
    assert!(!block_on(store.set_profile(id(9), "Nobody", "", &second, &by(at(7)))).unwrap());
}

#[test]
fn an_account_is_deleted_only_by_its_password_and_the_last_administrator_stays() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.add_session(&session(1), id(1), &password(), &hash(1), "", at(0))).unwrap();
    let (_, password) = block_on(store.user_by_id(id(1))).unwrap().unwrap();
    let other = PasswordHash::from_stored("another one".to_owned());
    assert!(!block_on(store.delete_own_account(id(1), &other, &by(at(5)))).unwrap());

    for number in [1, 2] {
        block_on(store.set_access_level(&email(number), AccessLevel::Admin, at(5))).unwrap();
    }
    assert!(
        block_on(store.delete_own_account(id(1), &password, &by(at(6)))).unwrap(),
        "there is another administrator"
    );
    assert_eq!(count(&store, "SELECT count(*) FROM sessions"), 0);
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log WHERE action = 'user.delete' AND actor = 'user'"), 1);
    let (_, password) = block_on(store.user_by_id(id(2))).unwrap().unwrap();
    assert!(!block_on(store.delete_own_account(id(2), &password, &by(at(7)))).unwrap());
}
