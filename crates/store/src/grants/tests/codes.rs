use domain::{
    grant::{Grants, NewGrant, Presentation, Redeemed, Redemption, Rotation},
    session::SignedIn,
    user::AccessLevel,
};
use protocol::{
    claims::{AskedClaims, Claim},
    resource::Resources,
};

use crate::{
    Store,
    fixtures::{
        Refused, at, code, count, email, hash, have_session, id, is_live, peopled, presentation, redeem, redeemed,
        redemption, redirect, refresh, rounds, scope, session, start, state, user, value,
    },
    testing::{File, Sqlite, block_on, race},
};

/// Starts the grant of this number for these resources and claims.
fn start_for(store: &Store<Sqlite>, number: u64, resource: &Resources, claims: &AskedClaims) {
    let (signed_in, scope) = (SignedIn { session: session(1), user: user(1) }, scope("openid"));
    let grant = NewGrant {
        id: id(number),
        client_id: "app",
        signed_in: &signed_in,
        scope: &scope,
        resource,
        claims,
        redirect: &redirect(),
        redirect_uri_was_sent: true,
        code_challenge: None,
        dpop_jkt: None,
        nonce: None,
        code_hash: hash(number),
        code_expires_at: at(600),
    };
    have_session(store);
    block_on(store.start_grant(&grant, at(0))).unwrap();
}

#[test]
fn of_many_parallel_redemptions_of_one_code_one_wins() {
    let file = File::new();
    let store = peopled(&file);
    for number in 1..=rounds(8) {
        start(&store, number, |_| {}, at(0));
        let won = race(&file, 8, |_, store| redeem(&store, &redemption(number)).is_some());
        assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    }
}

#[test]
fn a_redeemed_code_answers_what_the_user_allowed() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |_| {}, at(0));
    let grant = redeem(&store, &redemption(1)).unwrap();
    assert_eq!((grant.id, grant.user_id, grant.session_id), (id(1), id(1), id(1)));
    assert_eq!((grant.scope.to_string().as_str(), grant.nonce.as_deref()), ("openid email", Some("a nonce")));
    assert_eq!((grant.auth_time, grant.acr.as_str(), grant.amr.as_str()), (at(0), "urn:a", "pwd"));
}

#[test]
fn a_challenge_is_kept_until_the_code_is_redeemed_and_not_where_that_failed() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |grant| grant.code_challenge = Some("a challenge".to_owned()), at(0));
    let kept = || count(&store, "SELECT count(*) FROM grants WHERE code_challenge IS NOT NULL");
    let proved = || Redemption { code_challenge: Some("a challenge".to_owned()), ..redemption(1) };
    let elsewhere = Resources::parse("https://other.example").unwrap();
    let refused = block_on(store.redeem_code(&Redemption { resource: elsewhere, ..proved() }, at(1))).unwrap();
    assert!(matches!(refused, Redeemed::WrongTarget));
    assert_eq!(kept(), 1);
    assert!(redeem(&store, &proved()).is_some());
    assert_eq!(kept(), 0);
    assert!(redeem(&store, &redemption(1)).is_none(), "it is no code without a challenge now");
}

#[test]
fn the_claims_asked_for_stay_with_the_grant() {
    let file = File::new();
    let store = peopled(&file);
    let claims = AskedClaims { userinfo: vec![Claim::GivenName, Claim::Email], id_token: vec![Claim::UserId] };
    start(&store, 1, |grant| grant.nonce = None, at(0));
    assert!(redeem(&store, &redemption(1)).unwrap().claims.is_empty());
    start_for(&store, 2, &Resources::default(), &claims);
    assert_eq!(redeem(&store, &redemption(2)).unwrap().claims, claims);
    assert_eq!(block_on(store.owner_of_user_token(id(9999), id(2))).unwrap().unwrap().claims, claims);
    let presentation = Presentation { grant: id(2), secret_hash: hash(2), ..presentation(1) };
    let Rotation::Rotated { grant, .. } = block_on(store.rotate_refresh_token(&presentation, at(2))).unwrap() else {
        panic!("it is the current generation")
    };
    assert_eq!(grant.claims, claims);
}

#[test]
fn only_granted_resources_can_be_asked_for_and_the_grant_keeps_all_of_them() {
    let file = File::new();
    let store = peopled(&file);
    let resources = |text| Resources::parse(text).unwrap();
    let granted = resources("https://a.example https://b.example/x");
    start_for(&store, 1, &granted, &AskedClaims::default());
    start(&store, 2, |_| {}, at(0));
    let redeem = |number, asked| {
        let redemption = Redemption { resource: resources(asked), ..redemption(number) };
        block_on(store.redeem_code(&redemption, at(1))).unwrap()
    };
    for (number, asked) in
        [(1, "https://a.example https://c.example"), (1, "https://b.example"), (2, "https://a.example")]
    {
        assert!(matches!(redeem(number, asked), Redeemed::WrongTarget), "{asked}");
    }
    assert_eq!(
        count(&store, "SELECT count(*) FROM grants WHERE redeemed_at IS NULL AND expires_at = code_expires_at"),
        2
    );
    let Redeemed::Grant(grant) = redeem(1, "https://b.example/x") else { panic!("it was granted") };
    assert_eq!(grant.resource, granted);
    assert!(matches!(redeem(1, "https://c.example"), Redeemed::Unknown), "it has been redeemed");
    let Redeemed::Grant(grant) = redeem(2, "") else { panic!("nothing is asked for") };
    assert!(grant.resource.is_empty());
    let Rotation::Rotated { grant, .. } = block_on(store.rotate_refresh_token(&presentation(1), at(2))).unwrap() else {
        panic!("it is the current generation")
    };
    assert_eq!(grant.resource, granted);
}

#[test]
fn a_request_that_does_not_match_leaves_the_code_as_it_was() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |grant| grant.code_challenge = Some("challenge".to_owned()), at(0));
    let right = || Redemption { code_challenge: Some("challenge".to_owned()), ..redemption(1) };
    let before = state(&store);
    for (what, wrong) in [
        ("another client", Redemption { client_id: "other", ..right() }),
        ("another redirect URI", Redemption { redirect_uri: Some("https://app.example/callback2"), ..right() }),
        ("a missing redirect URI", Redemption { redirect_uri: None, ..right() }),
        ("another verifier", Redemption { code_challenge: Some("Challenge".to_owned()), ..right() }),
        ("a missing verifier", Redemption { code_challenge: None, ..right() }),
        ("another secret", Redemption { code_hash: hash(2), ..right() }),
        ("another grant", Redemption { grant: id(2), ..right() }),
    ] {
        assert!(redeem(&store, &wrong).is_none(), "{what}");
        assert_eq!(state(&store), before, "{what}");
    }
    assert!(redeem(&store, &right()).is_some());
}

#[test]
fn a_verifier_for_a_code_without_a_challenge_is_refused() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |_| {}, at(0));
    assert!(redeem(&store, &Redemption { code_challenge: Some(String::new()), ..redemption(1) }).is_none());
    assert!(redeem(&store, &Redemption { code_challenge: Some("x".to_owned()), ..redemption(1) }).is_none());
    assert!(redeem(&store, &redemption(1)).is_some());
}

#[test]
fn the_redirect_uri_may_be_missing_only_where_the_authorization_request_had_none() {
    let file = File::new();
    let store = peopled(&file);
    for number in [1, 2, 3] {
        start(&store, number, |grant| grant.redirect_uri_was_sent = false, at(0));
    }
    assert!(redeem(&store, &Redemption { redirect_uri: None, ..redemption(1) }).is_some());
    assert!(redeem(&store, &redemption(2)).is_some(), "naming the right one does no harm");
    assert!(redeem(&store, &Redemption { redirect_uri: Some("https://evil.example/"), ..redemption(3) }).is_none());
}

#[test]
fn a_code_is_good_until_the_second_in_which_it_expires() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |_| {}, at(0));
    let redeem = |now| block_on(store.redeem_code(&redemption(1), now)).unwrap();
    assert!(matches!(redeem(at(600)), Redeemed::Unknown));
    assert!(matches!(redeem(at(599)), Redeemed::Grant(_)));
}

#[test]
fn a_suspended_users_code_cannot_be_redeemed() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |_| {}, at(0));
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(1))).unwrap();
    let before = state(&store);
    assert!(redeem(&store, &redemption(1)).is_none());
    assert_eq!(state(&store), before);
}

#[test]
fn a_client_without_refresh_tokens_starts_none() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |_| {}, at(0));
    assert!(redeem(&store, &Redemption { refresh: None, ..redemption(1) }).is_some());
    assert_eq!(refresh(&store, &presentation(1), at(2)), Err(Refused::Unknown));
    assert_eq!(value(&store, "SELECT refresh_generation FROM grants"), crate::Value::Null);
    assert_eq!(count(&store, "SELECT expires_at FROM grants"), at(900).0, "it may go with its access token");
}

#[test]
fn a_redeemed_grant_stays_until_the_last_of_its_tokens_has_expired() {
    let file = File::new();
    let store = redeemed(&file);
    assert_eq!(count(&store, "SELECT expires_at FROM grants"), at(2_592_000).0);
}

#[test]
fn a_replayed_code_revokes_what_was_issued_for_it() {
    let file = File::new();
    let store = redeemed(&file);
    assert!(is_live(&store, 1));
    assert!(block_on(store.revoke_replayed_code(&code(1), "app", at(2))).unwrap());
    assert!(!is_live(&store, 1));
    assert_eq!(refresh(&store, &presentation(1), at(3)), Err(Refused::Unknown));
    assert_eq!(value(&store, "SELECT revoked_reason FROM grants"), "code_replay".into());
}

#[test]
fn only_a_redeemed_code_of_the_same_client_is_a_replay() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |_| {}, at(0));
    assert!(!block_on(store.revoke_replayed_code(&code(1), "app", at(1))).unwrap(), "it was never redeemed");
    assert!(redeem(&store, &redemption(1)).is_some());
    assert!(!block_on(store.revoke_replayed_code(&code(1), "other", at(2))).unwrap(), "another client");
    let forged = domain::grant::Code { hash: hash(2), ..code(1) };
    assert!(!block_on(store.revoke_replayed_code(&forged, "app", at(2))).unwrap(), "another secret");
    assert!(is_live(&store, 1));
}

#[test]
fn of_many_parallel_replays_one_revokes_and_none_redeems() {
    for _ in 0..rounds(1) {
        let file = File::new();
        let store = redeemed(&file);
        let outcomes = race(&file, 8, |_, store| {
            let redeemed = redeem(&store, &redemption(1)).is_some();
            (redeemed, block_on(store.revoke_replayed_code(&code(1), "app", at(2))).unwrap())
        });
        assert!(outcomes.iter().all(|(redeemed, _)| !redeemed));
        assert_eq!(outcomes.iter().filter(|(_, revoked)| *revoked).count(), 1);
        assert!(!is_live(&store, 1));
    }
}

#[test]
fn a_code_can_be_redeemed_over_another_connection_at_once() {
    let file = File::new();
    let store = peopled(&file);
    for number in 1..=20 {
        start(&store, number, |_| {}, at(0));
        assert!(redeem(&file.store(), &redemption(number)).is_some());
    }
}
