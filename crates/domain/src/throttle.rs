//! Throttles: failed logins slow the next ones down, and, where switched on, volume is limited.
//!
//! Counters live in a bounded number of buckets. Two names that fall into one bucket share their counter, which
//! costs nobody more than a wait, and no attacker can make the store grow.

use std::cell::Cell;

use protocol::Timestamp;
use sha2::{Digest, Sha256};

use crate::{Env, Failure, StorageError};

/// How many buckets each kind of counter has.
const BUCKETS: u32 = 1 << 14;

/// The steps of the login throttle: from so many failures in a row, so many seconds of waiting after the last.
const STEPS: [(u32, i64); 4] = [(20, 3600), (15, 900), (10, 600), (7, 60)];

/// A client address is often shared by many people, so it may fail so many times more often than one account.
pub(crate) const ADDRESS_TOLERANCE: u32 = 5;

/// Failures that are older than this are forgotten.
const MEMORY: i64 = 24 * 3600;

/// A counter and the time that it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// How many.
    pub count: u32,
    /// The last failure, or the start of the minute.
    pub at: Timestamp,
}

/// Storage of counters, atomic where the store can do it and otherwise last writer wins.
pub trait Counters {
    /// Replaces the counter of this bucket by what `next` makes of it, and answers the new one. `next` may be called
    /// again where another request was faster.
    async fn update_counter(
        &self,
        bucket: &str,
        next: &dyn Fn(Option<Counter>) -> Counter,
    ) -> Result<Counter, StorageError>;
}

/// The bucket of a name, such as an email address or a client address. The name itself is stored nowhere.
pub fn bucket(kind: &str, name: &str) -> String {
    let number = Sha256::digest(name).first_chunk().map_or(0, |first| u32::from_be_bytes(*first));
    format!("throttle/{kind}/{}", number % BUCKETS)
}

/// Counts an attempt, which stays counted unless it succeeds; or answers how many seconds to wait, where the failures
/// before ask for that. `tolerance` multiplies the steps, for buckets that many people share.
pub async fn count_attempt(
    counters: &impl Counters,
    bucket: &str,
    tolerance: u32,
    now: Timestamp,
) -> Result<Option<i64>, Failure> {
    let wait = Cell::new(None);
    let next = |known: Option<Counter>| {
        wait.set(known.and_then(|counter| remaining_wait(counter, tolerance, now)));
        match known {
            Some(blocked) if wait.get().is_some() => blocked,
            Some(Counter { count, at }) if now.0 - at.0 < MEMORY => Counter { count: count.saturating_add(1), at: now },
            _ => Counter { count: 1, at: now },
        }
    };
    counters.update_counter(bucket, &next).await?;
    Ok(wait.get())
}

/// Forgets every attempt: the account's owner has signed in.
pub async fn forget_attempts(counters: &impl Counters, bucket: &str, now: Timestamp) -> Result<(), Failure> {
    counters.update_counter(bucket, &|_| Counter { count: 0, at: now }).await?;
    Ok(())
}

/// Takes one attempt back, from a bucket that many people share: it was no failure, but says nothing about the others.
pub async fn take_attempt_back(counters: &impl Counters, bucket: &str, now: Timestamp) -> Result<(), Failure> {
    let next = |known: Option<Counter>| {
        known.map_or(Counter { count: 0, at: now }, |Counter { count, at }| Counter {
            count: count.saturating_sub(1),
            at,
        })
    };
    counters.update_counter(bucket, &next).await?;
    Ok(())
}

/// An attempt at the password of an account, which counts for the account and for the address that it comes from.
pub(crate) struct PasswordAttempt<'a, C> {
    counters: &'a C,
    account: String,
    address: String,
    is_counted: bool,
    now: Timestamp,
}

impl<'a, C: Counters> PasswordAttempt<'a, C> {
    /// Counts it, before the password is looked at: guesses sent all at once would otherwise pass together. Or answers
    /// how many seconds to wait.
    pub(crate) async fn begin<S>(
        env: &Env<'_, S>,
        counters: &'a C,
        email: &str,
        client_address: &str,
    ) -> Result<Result<Self, i64>, Failure> {
        let (is_counted, now) = (env.settings.login_throttle()?, env.now);
        let account = bucket("account", &email.trim().to_lowercase());
        let address = bucket("address", client_address);
        if is_counted {
            for (bucket, tolerance) in [(&account, 1), (&address, ADDRESS_TOLERANCE)] {
                if let Some(retry_after) = count_attempt(counters, bucket, tolerance, now).await? {
                    return Ok(Err(retry_after));
                }
            }
        }
        Ok(Ok(Self { counters, account, address, is_counted, now }))
    }

    /// The password was right.
    pub(crate) async fn succeeded(self) -> Result<(), Failure> {
        if self.is_counted {
            forget_attempts(self.counters, &self.account, self.now).await?;
            take_attempt_back(self.counters, &self.address, self.now).await?;
        }
        Ok(())
    }
}

/// Counts a request and refuses it where this minute has had its `limit`. Without a limit nothing is counted.
pub async fn limit(
    counters: &impl Counters,
    kind: &str,
    name: impl FnOnce() -> String,
    limit: Option<u32>,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(limit) = limit else { return Ok(()) };
    let minute = Timestamp(now.0 - now.0.rem_euclid(60));
    let next = |known: Option<Counter>| match known {
        Some(Counter { count, at }) if at == minute => Counter { count: count.saturating_add(1), at },
        _ => Counter { count: 1, at: minute },
    };
    let counter = counters.update_counter(&bucket(kind, &name()), &next).await?;
    if counter.count > limit {
        return Err(Failure::TooManyRequests { retry_after: minute.0 + 60 - now.0 });
    }
    Ok(())
}

fn remaining_wait(counter: Counter, tolerance: u32, now: Timestamp) -> Option<i64> {
    let (_, wait) = STEPS.iter().find(|(failures, _)| counter.count >= failures * tolerance)?;
    Some(counter.at.0 + wait - now.0).filter(|remaining| *remaining > 0)
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::BTreeMap};

    use futures_lite::future::block_on;

    use super::*;

    #[derive(Default)]
    struct Memory(RefCell<BTreeMap<String, Counter>>);

    impl Counters for Memory {
        async fn update_counter(
            &self,
            bucket: &str,
            next: &dyn Fn(Option<Counter>) -> Counter,
        ) -> Result<Counter, StorageError> {
            let counter = next(self.0.borrow().get(bucket).copied());
            self.0.borrow_mut().insert(bucket.to_owned(), counter);
            Ok(counter)
        }
    }

    fn attempt(counters: &Memory, at: i64) -> Option<i64> {
        block_on(count_attempt(counters, "b", 1, Timestamp(at))).unwrap()
    }

    #[test]
    fn the_eighth_attempt_in_a_row_must_wait_and_waiting_attempts_do_not_count() {
        let counters = Memory::default();
        assert!((0..7).all(|at| attempt(&counters, at).is_none()));
        assert_eq!((attempt(&counters, 7), attempt(&counters, 65)), (Some(59), Some(1)));
        assert_eq!(attempt(&counters, 66), None);
    }

    #[test]
    fn a_success_forgets_the_account_and_takes_its_own_attempt_back_from_the_address() {
        let counters = Memory::default();
        (0..6).for_each(|at| assert_eq!(attempt(&counters, at), None));
        block_on(take_attempt_back(&counters, "b", Timestamp(6))).unwrap();
        assert_eq!(counters.0.borrow()["b"].count, 5);
        block_on(forget_attempts(&counters, "b", Timestamp(7))).unwrap();
        assert_eq!(counters.0.borrow()["b"].count, 0);
    }

    #[test]
    fn a_limit_counts_each_minute_anew() {
        let counters = Memory::default();
        let ask = |at| block_on(limit(&counters, "token", || "client".to_owned(), Some(2), Timestamp(at)));
        assert!(ask(0).is_ok() && ask(59).is_ok());
        assert!(matches!(ask(59), Err(Failure::TooManyRequests { retry_after: 1 })));
        assert!(ask(60).is_ok());
        assert!(block_on(limit(&counters, "token", || "client".to_owned(), None, Timestamp(0))).is_ok());
    }

    fn wait(count: u32, seconds_ago: i64) -> Option<i64> {
        remaining_wait(Counter { count, at: Timestamp(10_000) }, 1, Timestamp(10_000 + seconds_ago))
    }

    #[test]
    fn the_wait_grows_with_the_failures_and_ends() {
        assert_eq!(wait(6, 0), None);
        assert_eq!((wait(7, 0), wait(7, 59), wait(7, 60)), (Some(60), Some(1), None));
        assert_eq!(
            (wait(10, 0), wait(15, 0), wait(20, 0), wait(1000, 0)),
            (Some(600), Some(900), Some(3600), Some(3600))
        );
    }

    #[test]
    fn a_shared_bucket_tolerates_more() {
        assert_eq!(remaining_wait(Counter { count: 20, at: Timestamp(0) }, 5, Timestamp(0)), None);
        assert_eq!(remaining_wait(Counter { count: 35, at: Timestamp(0) }, 5, Timestamp(0)), Some(60));
    }

    #[test]
    fn a_bucket_does_not_name_the_one_who_is_counted() {
        let name = bucket("account", "ada@example.org");
        let number = name.strip_prefix("throttle/account/").and_then(|number| number.parse::<u32>().ok());
        assert!(number.is_some_and(|number| number < BUCKETS), "{name}");
        assert_eq!(name, bucket("account", "ada@example.org"));
        assert_ne!(name, bucket("account", "bob@example.org"));
    }
}
