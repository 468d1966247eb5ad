//! What an administrator does.

use domain::{
    admin::{delete_user, ensure_admin, rotate_keys, set_access_level},
    health::health,
    session::current,
    user::AccessLevel,
};
use protocol::{ErrorCode, Secret};

use crate::{
    support::{ADMIN_TOKEN, Instance, furnished, refusal},
    testing::{File, block_on},
};

#[test]
fn only_the_admin_token_makes_an_administrator() {
    let file = furnished();
    let server = Instance::of(&file);
    assert!(ensure_admin(&server.env(), Some(Secret::new(ADMIN_TOKEN))).is_ok());
    for token in [None, Some(""), Some("the-token-of-the-administrato"), Some("the-token-of-the-administrator ")] {
        assert_eq!(refusal(ensure_admin(&server.env(), token.map(Secret::new))), ErrorCode::InvalidToken);
    }
}

#[test]
fn without_an_admin_token_in_the_settings_nobody_is_one() {
    let file = furnished();
    let server = Instance::with(&file, &[("admin_token", "")]);
    for token in [None, Some(""), Some(ADMIN_TOKEN)] {
        assert_eq!(refusal(ensure_admin(&server.env(), token.map(Secret::new))), ErrorCode::InvalidToken);
    }
}

#[test]
fn suspending_signs_out_at_once() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    let user = block_on(set_access_level(&server.env(), "ADA@example.org", "suspended")).unwrap();
    assert_eq!(user.access_level, AccessLevel::Suspended);
    assert!(block_on(current(&server.env(), Some(ada.expose()))).unwrap().is_none());
}

#[test]
fn unknown_users_and_levels_are_refused() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    for (email, level) in
        [("ada@example.org", "root"), ("ada@example.org", ""), ("bob@example.org", "admin"), ("", "admin")]
    {
        let set = block_on(set_access_level(&server.env(), email, level));
        assert_eq!(refusal(set), ErrorCode::InvalidRequest, "{email} {level}");
    }
    assert_eq!(refusal(block_on(delete_user(&server.env(), "bob@example.org"))), ErrorCode::InvalidRequest);
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
    let set = block_on(rotate_keys(&server.env(), &crate::keys::Memory::default())).unwrap();
    assert_eq!(set.matches("\"kid\"").count(), 6);
}

#[test]
fn health_needs_storage_and_a_right_issuer() {
    let file = furnished();
    assert!(block_on(health(&Instance::of(&file).env())).is_ok());
    assert!(block_on(health(&Instance::with(&file, &[("issuer", "http://id.example")]).env())).is_err());
    let empty = File::new();
    let unmigrated = crate::Store(empty.open());
    assert!(block_on(domain::health::Health::ping(&unmigrated)).is_err());
}
