//! Turns: guests that compute for long, such as the hash of a password, leave a processor to all others.
//!
//! A guest keeps its thread until it waits for something. A few that compute for a tenth of a second would keep all of
//! them, and everybody else would wait in line behind each. So once it has computed for two ticks, a guest goes on in
//! turns of one tick, of which there are fewer than processors, in the order in which they are asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore};
use wasmtime::{Store, UpdateDeadline};

use crate::admission::Admission;
use crate::engine::EPOCH_TICK;
use crate::state::State;

/// How long a guest may compute before it waits for its turn. Most requests never come near it.
const FREE: Duration = EPOCH_TICK.saturating_mul(2);

/// How long a guest has computed.
pub(crate) struct Computing {
    since: Instant,
    turn: Turn,
}

/// The turn of a guest.
#[derive(Clone, Default)]
struct Turn {
    is_held: Arc<AtomicBool>,
    /// Told when it is over.
    is_over: Arc<Notify>,
}

impl Computing {
    /// The guest begins with a request, or goes on with what it waited for.
    pub(crate) fn begin(&mut self) {
        self.since = Instant::now();
    }

    /// The guest waits for something: its turn is another's.
    pub(crate) fn rest(&self) {
        self.turn.end();
    }
}

impl Default for Computing {
    fn default() -> Self {
        Self { since: Instant::now(), turn: Turn::default() }
    }
}

impl Turn {
    /// Ends it, and says whether there was one.
    fn end(&self) -> bool {
        let was_held = self.is_held.swap(false, Ordering::Relaxed);
        self.is_over.notify_waiters();
        was_held
    }
}

/// The turns of all guests. Cheap to clone.
#[derive(Clone)]
pub struct Turns(Arc<Semaphore>);

impl Turns {
    /// Makes the guest of this store wait for its turn where it computes for long, and tells the admission to its
    /// component.
    pub fn rule(&self, store: &mut Store<State>, admission: &Arc<Admission>) {
        let (turns, admission) = (self.clone(), Arc::clone(admission));
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |mut store| {
            let computing = &store.data_mut().computing;
            // Whoever waits has the next turn, and if nobody does, this guest.
            let used_up = computing.turn.end();
            if computing.since.elapsed() < FREE {
                return Ok(UpdateDeadline::Continue(1));
            }
            if used_up {
                admission.computes();
            }
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(turns.clone().next(computing.turn.clone()))))
        });
    }

    async fn next(self, turn: Turn) {
        // Nobody closes it.
        let Ok(permit) = self.0.acquire_owned().await else { return };
        turn.is_held.store(true, Ordering::Relaxed);
        // A guest that is done does not see another tick. Both are made here, since the task itself
        // may not run before the guest leaves the thread.
        let over = tokio::time::timeout(EPOCH_TICK, turn.is_over.notified_owned());
        tokio::spawn(async move {
            if over.await.is_err() {
                turn.is_held.store(false, Ordering::Relaxed);
            }
            drop(permit);
        });
    }
}

impl Default for Turns {
    /// One less than there are processors, and at least one.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(processors.saturating_sub(1).max(1))))
    }
}
