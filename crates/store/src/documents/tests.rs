use super::*;
use crate::{
    fixtures::{at, count, hash},
    testing::{File, block_on, race},
};

fn keep(store: &Store<impl Database>, body: Option<&[u8]>, now: i64) {
    block_on(store.keep_document(&hash(1), body, at(now), at(now + 300), at(now + 600))).unwrap();
}

fn body(store: &Store<impl Database>, now: i64) -> Option<Vec<u8>> {
    block_on(store.document(&hash(1), at(now))).unwrap().unwrap().body
}

#[test]
fn a_document_is_there_until_it_expires() {
    let file = File::new();
    let store = file.store();
    assert_eq!(block_on(store.document(&hash(1), at(0))).unwrap(), None);
    keep(&store, Some(b"{}"), 0);
    let known = block_on(store.document(&hash(1), at(599))).unwrap().unwrap();
    assert_eq!(known, StoredDocument { body: Some(b"{}".to_vec()), tried_at: at(0), stale_at: at(300) });
    assert_eq!(body(&store, 600), None);
}

#[test]
fn a_failure_keeps_the_earlier_document_and_does_not_prolong_it() {
    let file = File::new();
    let store = file.store();
    keep(&store, Some(b"{}"), 0);
    keep(&store, None, 400);
    assert_eq!(body(&store, 599).as_deref(), Some(&b"{}"[..]));
    assert_eq!(body(&store, 600), None);
    keep(&store, Some(b"[]"), 700);
    assert_eq!(body(&store, 1299).as_deref(), Some(&b"[]"[..]));
}

#[test]
fn of_many_requests_at_once_one_fetches() {
    let file = File::new();
    keep(&file.store(), Some(b"{}"), 0);
    let claimed = race(&file, 8, |_, store| block_on(store.claim_fetch(&hash(1), at(100), at(160))).unwrap());
    assert_eq!(claimed.into_iter().filter(|claimed| *claimed).count(), 1);
    assert!(!block_on(file.store().claim_fetch(&hash(1), at(159), at(219))).unwrap(), "too soon");
    assert!(block_on(file.store().claim_fetch(&hash(1), at(160), at(220))).unwrap());
}

#[test]
fn documents_that_have_expired_are_purged() {
    let file = File::new();
    let store = file.store();
    for number in 0..6 {
        block_on(store.keep_document(&hash(number), None, at(0), at(60), at(60))).unwrap();
    }
    for number in 6..9 {
        block_on(store.keep_document(&hash(number), None, at(100), at(160), at(160))).unwrap();
    }
    assert_eq!(count(&store, "SELECT count(*) FROM documents"), 3);
}
