//! Claims by scope.

use domain::{Failure, userinfo::userinfo};
use protocol::ErrorCode;

use crate::{
    support::{Instance, Memory, bearer, delete_user, furnished, plain, refusal, set_access_level},
    testing::block_on,
};

#[test]
fn each_scope_opens_its_claims_and_absent_ones_are_omitted() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    for (scope, members) in [
        ("openid", "sub"),
        ("openid email", "email email_verified sub"),
        ("openid profile", "access_level family_name given_name name sub updated_at user_id"),
        (
            "openid profile email",
            "access_level email email_verified family_name given_name name sub updated_at user_id",
        ),
    ] {
        let tokens = server.tokens(&app, scope, &ada);
        let claims = block_on(userinfo(&server.env(), &Memory::default(), &bearer(tokens.access_token))).unwrap();
        let json = serde_json::to_value(plain(claims)).unwrap();
        let names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names.join(" "), members, "{scope}");
        assert!(!json.to_string().contains("null"));
    }
}

#[test]
fn the_claims_are_those_of_the_user() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("Ada@Example.ORG"));
    let tokens = server.tokens(&app, "openid profile email", &ada);
    let claims = block_on(userinfo(&server.env(), &Memory::default(), &bearer(tokens.access_token))).unwrap();
    let claims = plain(claims);
    assert_eq!(claims.email.as_deref(), Some("ada@example.org"));
    assert_eq!((claims.name.as_deref(), claims.access_level), (Some("Ada Lovelace"), Some("user")));
    assert!(claims.user_id.unwrap().starts_with("AL-"));
    assert_eq!(claims.email_verified, Some(false), "nobody has shown that mail arrives");
}

#[test]
fn an_expired_token_is_refused_in_the_second_of_its_expiry() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let token = bearer(server.tokens(&app, "openid", &ada).access_token);
    server.later(899);
    assert!(block_on(userinfo(&server.env(), &Memory::default(), &token)).is_ok());
    server.later(1);
    assert_eq!(refusal(block_on(userinfo(&server.env(), &Memory::default(), &token))), ErrorCode::InvalidToken);
}

#[test]
fn a_suspended_or_deleted_users_token_is_dead_at_once() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada, bob) = (server.client(|_| {}), server.user("ada@example.org"), server.user("bob@example.org"));
    let tokens = [server.tokens(&app, "openid", &ada), server.tokens(&app, "openid", &bob)];
    block_on(set_access_level(&server.env(), "ada@example.org", "suspended")).unwrap();
    block_on(delete_user(&server.env(), "bob@example.org")).unwrap();
    for tokens in tokens {
        let claims = block_on(userinfo(&server.env(), &Memory::default(), &bearer(tokens.access_token)));
        assert_eq!(refusal(claims), ErrorCode::InvalidToken);
        assert_eq!(refusal(server.refresh(&app, &tokens.refresh_token.unwrap(), None)), ErrorCode::InvalidGrant);
    }
}

#[test]
fn other_tokens_are_refused_without_counting_anything() {
    let file = furnished();
    let server = Instance::with(&file, &[("userinfo_rate_limit", "1")]);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid", &ada);
    let counters = Memory::default();
    for wrong in ["", "sat_x", &tokens.refresh_token.unwrap(), &tokens.id_token.unwrap()] {
        assert_eq!(refusal(block_on(userinfo(&server.env(), &counters, &bearer(wrong)))), ErrorCode::InvalidToken);
    }
    assert_eq!(counters.len(), 0);
}

#[test]
fn a_limit_holds_for_a_token_and_a_minute() {
    let file = furnished();
    let server = Instance::with(&file, &[("userinfo_rate_limit", "2")]);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let [one, other] = [(), ()].map(|()| bearer(server.tokens(&app, "openid", &ada).access_token));
    let counters = Memory::default();
    let ask = |token| block_on(userinfo(&server.env(), &counters, token));
    assert!(ask(&one).is_ok() && ask(&one).is_ok());
    let Err(Failure::TooManyRequests { retry_after }) = ask(&one) else { panic!("the third is too many") };
    assert!((1..=60).contains(&retry_after));
    assert!(ask(&other).is_ok(), "another token has its own");
    server.later(retry_after);
    assert!(ask(&one).is_ok(), "and the next minute is a new one");
}
