use domain::{
    admin::{Access, Accounts, Asked, AuditFilter, AuditLog, Change, GrantsOf},
    session::Sessions,
    user::AccessLevel,
};

use super::*;
use crate::{
    Value,
    fixtures::{administrator, at, hash, id, password, peopled, redeemed, session, value},
    testing::{File, block_on},
};

fn asked(limit: u32) -> Asked {
    Asked { after: None, limit }
}

#[test]
fn nothing_is_counted_further_than_the_limit() {
    let file = File::new();
    let store = peopled(&file);
    let Value::Integer(users) = value(&store, "SELECT count(*) FROM users") else { panic!("no number") };
    let suspend = Change { access_level: Some(AccessLevel::Suspended), ..Change::default() };
    block_on(store.change_account(&administrator(at(5)), id(2), &suspend)).unwrap();
    block_on(store.add_session(&session(1), id(1), &password(), &hash(1), "", at(0))).unwrap();
    let counts = |limit, since, now| block_on(store.counts(limit, since, now)).unwrap();
    let all = counts(100, at(-1000), at(0));
    assert_eq!((i64::from(all.users), all.suspended, all.admins, all.sessions), (users, 1, 0, 1));
    assert_eq!(all.new_users, all.users);
    assert_eq!((counts(1, at(-1000), at(0)).users, counts(100, at(1_000_000), at(0)).new_users), (1, 0));
    assert_eq!(counts(100, at(0), at(100_000_000)).sessions, 0, "its time is over");
}

#[test]
fn counts_walk_indexes() {
    let file = File::new();
    let store = file.store();
    let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {COUNTS}").into_boxed_str());
    let rows = block_on(store.0.query(explain, vec![Value::Null; 3])).unwrap();
    for mut row in rows {
        row.skip(3).unwrap();
        let step = row.text().unwrap();
        assert!(
            step.contains("INDEX")
                || step.contains("SUBQUERY")
                || step.contains("subquery")
                || step == "SCAN CONSTANT ROW",
            "{step}"
        );
    }
}

#[test]
fn sessions_and_grants_of_everybody_come_newest_first_with_whose_they_are() {
    let file = File::new();
    let store = peopled(&file);
    for number in [1, 2, 3] {
        block_on(store.add_session(&session(number), id(1 + number % 2), &password(), &hash(1), "", at(0))).unwrap();
    }
    let first = block_on(store.all_sessions(&asked(2), at(0))).unwrap();
    let user_ids: Vec<_> = first.items.iter().map(|one| one.user_id.as_str()).collect();
    assert_eq!(user_ids, ["UX-0002", "UX-0001"]);
    let rest = Asked { after: first.next, limit: 2 };
    let rest = block_on(store.all_sessions(&rest, at(0))).unwrap();
    assert_eq!((rest.items.len(), rest.next.is_none()), (1, true));
}

#[test]
fn grants_of_everybody_name_who_gave_them() {
    let store = redeemed(&File::new());
    let grants = block_on(store.grants_of(&GrantsOf::Everybody, &asked(10), at(0))).unwrap();
    assert_eq!((grants.items.len(), grants.items[0].user_name.as_str()), (1, "UX-0001"));
}

#[test]
fn the_audit_log_is_read_by_time() {
    let file = File::new();
    let store = peopled(&file);
    for seconds in [10, 20, 20, 30] {
        block_on(store.end_sessions_of(&administrator(at(seconds)), id(1))).unwrap();
    }
    let times = |since: Option<i64>, until: Option<i64>| {
        let (since, until) = (since.map(at), until.map(at));
        let filter = AuditFilter {
            since,
            until,
            asked: asked(10),
            action: Some("user.end_sessions".to_owned()),
            ..Default::default()
        };
        let page = block_on(store.audit_log(&filter)).unwrap();
        page.items.into_iter().map(|entry| entry.at.0 - at(0).0).collect::<Vec<_>>()
    };
    assert_eq!(times(None, None), [30, 20, 20, 10]);
    assert_eq!(times(Some(20), None), [30, 20, 20]);
    assert_eq!(times(None, Some(20)), [20, 20, 10]);
    assert_eq!(times(Some(11), Some(29)), [20, 20]);
    assert!(times(Some(31), None).is_empty() && times(None, Some(9)).is_empty());
}
