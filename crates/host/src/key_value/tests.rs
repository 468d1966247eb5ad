use super::*;

fn store() -> Store {
    Arc::new(Database::new(Location::Memory)).open("default").unwrap()
}

#[test]
fn a_value_is_set_read_overwritten_and_deleted() {
    let store = store();
    assert_eq!(store.get("k").unwrap(), None);

    store.set("k", b"one").unwrap();
    store.set("k", b"two").unwrap();
    assert_eq!(store.get("k").unwrap().unwrap(), b"two");
    assert!(store.exists("k").unwrap());
    assert_eq!(store.keys().unwrap(), ["k"]);

    store.delete("k").unwrap();
    store.delete("k").unwrap();
    assert!(!store.exists("k").unwrap());
    assert!(store.keys().unwrap().is_empty());
}

#[test]
fn stores_of_one_database_do_not_share_keys() {
    let database = Arc::new(Database::new(Location::Memory));
    let (one, other) = (database.open("one").unwrap(), database.open("other").unwrap());

    one.set("k", b"v").unwrap();

    assert_eq!(other.get("k").unwrap(), None);
}

#[test]
fn values_outlive_the_connection_in_the_table_of_spin() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sqlite_key_value.db");
    let database = Arc::new(Database::new(Location::File(path.clone())));
    database.open("default").unwrap().set("k", b"v").unwrap();
    database.close();

    let connection = rusqlite::Connection::open(path).unwrap();
    let row = connection.query_row("SELECT store, key, value FROM spin_key_value", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?))
    });

    assert_eq!(row.unwrap(), ("default".to_owned(), "k".to_owned(), b"v".to_vec()));
    assert_eq!(database.open("default").unwrap().get("k").unwrap().unwrap(), b"v");
}

#[test]
fn many_values_are_set_read_and_deleted_at_once() {
    let store = store();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();

    store.set_many(&[("a".to_owned(), b"1".to_vec()), ("b".to_owned(), b"2".to_vec())]).unwrap();

    let mut found = store.get_many(names(&["a", "b", "absent"])).unwrap();
    found.sort();
    assert_eq!(found, [("a".to_owned(), Some(b"1".to_vec())), ("b".to_owned(), Some(b"2".to_vec()))]);
    store.delete_many(names(&["a", "absent"])).unwrap();
    assert_eq!(store.keys().unwrap(), ["b"]);
}

#[test]
fn increment_counts_from_nothing_and_both_ways() {
    let store = store();

    assert_eq!(store.increment("n", 1), Ok(1));
    assert_eq!(store.increment("n", 2), Ok(3));
    assert_eq!(store.increment("n", -10), Ok(-7));
    assert_eq!(store.get("n").unwrap().unwrap(), (-7_i64).to_le_bytes());
}

#[test]
fn increments_from_many_threads_all_count() {
    let store = store();

    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    store.increment("n", 1).unwrap();
                }
            });
        }
    });

    assert_eq!(store.increment("n", 0), Ok(400));
}

#[test]
fn increment_refuses_what_is_no_number_and_what_does_not_fit() {
    let store = store();
    store.set("text", b"one").unwrap();
    store.set("full", &i64::MAX.to_le_bytes()).unwrap();

    assert!(store.increment("text", 1).is_err());
    assert!(store.increment("full", 1).is_err());
    assert_eq!(store.get("text").unwrap().unwrap(), b"one");
}

#[test]
fn a_swap_succeeds_only_on_the_value_that_was_seen() {
    let store = store();
    store.set("k", b"one").unwrap();
    let first = CompareAndSwap::new(store.clone(), "k".to_owned());
    let second = CompareAndSwap::new(store.clone(), "k".to_owned());
    assert_eq!(first.current().unwrap().unwrap(), b"one");
    assert_eq!(second.current().unwrap().unwrap(), b"one");

    assert_eq!(first.swap(b"two"), Ok(true));
    assert_eq!(second.swap(b"three"), Ok(false));
    assert_eq!(store.get("k").unwrap().unwrap(), b"two");

    assert_eq!(second.again().unwrap().swap(b"three"), Ok(true));
    assert_eq!(store.get("k").unwrap().unwrap(), b"three");
}

#[test]
fn a_swap_of_an_absent_key_overwrites_as_in_spin() {
    let store = store();
    let swap = CompareAndSwap::new(store.clone(), "k".to_owned());
    assert_eq!(swap.current().unwrap(), None);
    store.set("k", b"other").unwrap();

    assert_eq!(swap.swap(b"mine"), Ok(true));

    assert_eq!(store.get("k").unwrap().unwrap(), b"mine");
}

#[test]
fn keys_come_as_a_stream() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let store = store();
    for number in 0..20 {
        store.set(&number.to_string(), b"").unwrap();
    }

    runtime.block_on(async {
        let (mut keys, result) = store.stream_keys();
        let mut count = 0;
        while keys.recv().await.is_some() {
            count += 1;
        }
        assert_eq!(count, 20);
        assert_eq!(result.await.unwrap(), Ok(()));
    });
}

#[test]
fn a_database_that_cannot_be_opened_is_an_error() {
    let database = Arc::new(Database::new(Location::File("/nonexistent/directory/a.db".into())));

    assert!(database.open("default").is_err());
}

#[test]
fn a_set_is_on_the_disk_before_it_returns() {
    let directory = tempfile::tempdir().unwrap();
    let connection = connect(&Location::File(directory.path().join("sqlite_key_value.db"))).unwrap();
    assert_eq!(connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0)).unwrap(), "delete");
    assert_eq!(connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0)).unwrap(), 2, "FULL");
}
