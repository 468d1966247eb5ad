//! What an administrator does.

use domain::{
    admin::{Who, account, by_session, by_token, rotate_keys},
    health::ready,
    session::current,
    user::AccessLevel,
};
use protocol::{ErrorCode, Secret};

use crate::{
    support::{ADMIN_TOKEN, Instance, delete_user, furnished, refusal, set_access_level},
    testing::{File, block_on},
};

#[test]
fn only_the_admin_token_makes_an_administrator() {
    let file = furnished();
    let server = Instance::of(&file);
    assert!(by_token(&server.env(), Some(Secret::new(ADMIN_TOKEN)), "").is_ok());
    for token in [None, Some(""), Some("the-token-of-the-administrato"), Some("the-token-of-the-administrator ")] {
        assert_eq!(refusal(by_token(&server.env(), token.map(Secret::new), "")), ErrorCode::InvalidToken);
    }
}

#[test]
fn without_an_admin_token_in_the_settings_nobody_is_one() {
    let file = furnished();
    let server = Instance::with(&file, &[("admin_token", "")]);
    for token in [None, Some(""), Some(ADMIN_TOKEN)] {
        assert_eq!(refusal(by_token(&server.env(), token.map(Secret::new), "")), ErrorCode::InvalidToken);
    }
}

#[test]
fn suspending_signs_out_at_once() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    block_on(set_access_level(&server.env(), "ADA@example.org", "suspended")).unwrap();
    let known = block_on(account(&server.env(), &Who::parse("ada@example.org").unwrap())).unwrap().unwrap();
    assert_eq!(known.user.access_level, AccessLevel::Suspended);
    assert!(block_on(current(&server.env(), Some(ada.expose()))).unwrap().is_none());
}

#[test]
fn only_whoever_is_signed_in_as_an_administrator_is_one() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    let enter = || block_on(by_session(&server.env(), Some(ada.expose()), "192.0.2.1"));
    assert_eq!(refusal(enter()), ErrorCode::InsufficientScope);
    block_on(set_access_level(&server.env(), "ada@example.org", "admin")).unwrap();
    let (signed_in, administrator) = enter().unwrap().unwrap();
    let by = administrator.by;
    assert_eq!((by.actor, by.address.as_str()), (signed_in.user.user_id, "192.0.2.1"));
    assert!(!administrator.holds_token);
    block_on(set_access_level(&server.env(), "ada@example.org", "suspended")).unwrap();
    assert!(enter().unwrap().is_none());
    assert!(block_on(by_session(&server.env(), None, "")).unwrap().is_none());
}

#[test]
fn a_deleted_users_address_is_free_and_the_old_cookie_is_not_the_new_users() {
    let file = furnished();
    let server = Instance::of(&file);
    let old = server.user("ada@example.org");
    block_on(delete_user(&server.env(), "ada@example.org")).unwrap();
    server.user("ada@example.org");
    assert!(block_on(current(&server.env(), Some(old.expose()))).unwrap().is_none());
}

#[test]
fn rotating_by_hand_answers_the_set_with_the_new_keys() {
    let file = furnished();
    let server = Instance::of(&file);
    let set = block_on(rotate_keys(&server.env(), &server.administrator(), &crate::keys::Memory::default())).unwrap();
    assert_eq!(set.matches("\"kid\"").count(), 6);
}

#[test]
fn readiness_needs_storage_and_a_right_issuer() {
    let file = furnished();
    assert!(block_on(ready(&Instance::of(&file).env())).is_ok());
    assert!(block_on(ready(&Instance::with(&file, &[("issuer", "http://id.example")]).env())).is_err());
    let empty = File::new();
    let unmigrated = crate::Store(empty.open());
    assert!(block_on(domain::health::Health::ping(&unmigrated)).is_err());
}
