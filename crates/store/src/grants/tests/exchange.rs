use domain::{
    Id,
    client::Clients,
    grant::{Grants, Lineage, TokenOwner},
    user::AccessLevel,
};

use crate::{
    Database, Store,
    fixtures::{at, client, email, hash, id, peopled, redeem, redemption, start},
    grants::OWNER_OF_EXCHANGED_TOKEN,
    testing::{File, Sqlite, block_on},
};

/// The token 70 of the client `other`, for which `middle` exchanged the token 50 of grant 1. The user of grant 2 acts, by
/// the token 60.
fn lineage() -> Lineage {
    let ids = |numbers: &[u64]| numbers.iter().map(|number| id(*number)).collect::<Vec<Id>>();
    Lineage {
        tokens: ids(&[70, 50, 60]),
        grants: ids(&[1, 2]),
        clients: ["middle", "other"].map(str::to_owned).to_vec(),
    }
}

/// The grants 1 of user 1 and 2 of user 2, and the clients `app`, `middle` and `other`.
fn furnished(file: &File) -> Store<Sqlite> {
    let store = peopled(file);
    for grant in [1, 2] {
        start(&store, grant, |_| {}, at(0));
        assert!(redeem(&store, &redemption(grant)).is_some());
    }
    let to_user_2 = "UPDATE grants SET user_id = ?1, session_id = ?1 WHERE id = ?1";
    block_on(store.0.query(to_user_2, vec![id(2).into()])).unwrap();
    block_on(store.add_client(&client("middle"), &hash(9), None)).unwrap();
    store
}

fn owner(store: &Store<Sqlite>) -> Option<TokenOwner> {
    block_on(store.owner_of_exchanged_token(&lineage())).unwrap()
}

fn run(store: &Store<Sqlite>, statement: &'static str) {
    block_on(store.0.query(statement, vec![])).unwrap();
}

#[test]
fn an_exchanged_token_is_of_the_user_of_its_first_grant_and_of_the_client_that_exchanged_last() {
    let file = File::new();
    let store = furnished(&file);
    run(&store, r#"UPDATE grants SET claims = '{"userinfo":["email"],"id_token":[]}'"#);
    let owner = owner(&store).unwrap();
    assert_eq!((owner.user.id, owner.client.id.as_str(), owner.amr.as_str()), (id(1), "other", "pwd"));
    assert!(owner.claims.is_empty(), "another client asked for them");
}

#[test]
fn it_is_dead_with_any_token_grant_client_or_user_that_it_hangs_on() {
    for end in [
        "INSERT INTO revoked_tokens SELECT id, 0, 900 FROM (SELECT unhex('00000000000000000000000000000046') AS id)",
        "INSERT INTO revoked_tokens SELECT id, 0, 900 FROM (SELECT unhex('00000000000000000000000000000032') AS id)",
        "INSERT INTO revoked_tokens SELECT id, 0, 900 FROM (SELECT unhex('0000000000000000000000000000003c') AS id)",
        "UPDATE grants SET revoked_at = 1 WHERE user_id = (SELECT id FROM users WHERE email = 'user1@example.org')",
        "UPDATE grants SET revoked_at = 1 WHERE user_id = (SELECT id FROM users WHERE email = 'user2@example.org')",
        "DELETE FROM users WHERE email = 'user1@example.org'",
        "DELETE FROM users WHERE email = 'user2@example.org'",
        "DELETE FROM clients WHERE id = 'app'",
        "DELETE FROM clients WHERE id = 'middle'",
        "DELETE FROM clients WHERE id = 'other'",
    ] {
        let file = File::new();
        let store = furnished(&file);
        run(&store, "INSERT INTO revoked_tokens VALUES (x'00000000000000000000000000000047', 0, 900)");
        assert!(owner(&store).is_some());
        run(&store, end);
        assert!(owner(&store).is_none(), "{end}");
    }
    for number in [1, 2] {
        let file = File::new();
        let store = furnished(&file);
        run(&store, "UPDATE grants SET scope = 'openid offline_access'");
        block_on(store.set_access_level(&email(number), AccessLevel::Suspended, at(2))).unwrap();
        assert!(owner(&store).is_none(), "user {number}");
        block_on(store.set_access_level(&email(number), AccessLevel::User, at(3))).unwrap();
        assert!(owner(&store).is_some(), "user {number}");
    }
}

#[test]
fn all_of_it_is_found_by_keys() {
    let file = File::new();
    let store = furnished(&file);
    let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {OWNER_OF_EXCHANGED_TOKEN}").into_boxed_str());
    let params = vec![id(1).into(), "other".into(), "[]".into(), "[]".into(), "[]".into()];
    for mut row in block_on(store.0.query(explain, params)).unwrap() {
        let step = [row.integer(), row.integer(), row.integer()].len().to_string() + &row.text().unwrap();
        assert!(!step.contains("SCAN") || step.contains("SCAN t VIRTUAL TABLE"), "{step}");
    }
}
