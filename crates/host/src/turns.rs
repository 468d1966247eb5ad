//! Turns: guests that compute for long, such as the hash of a password, leave a processor to all others.
//!
//! A guest keeps its thread until it waits for something. A few that compute for a tenth of a second would keep all of
//! them, and everybody else would wait in line behind each. So from its second tick of computing on, a guest goes on in
//! turns of one tick, of which there are fewer than processors, in the order in which they are asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Notify, Semaphore};
use wasmtime::{Store, UpdateDeadline};

use crate::admission::Admission;
use crate::engine::EPOCH_TICK;
use crate::state::State;

/// The ticks that a guest may compute before it waits for its turn. Most requests never see the first.
const FREE_TICKS: u32 = 1;

/// So many turns are used up by computing alone before this is what the component is known for. One may look so where a guest
/// waits shortly, or the machine has other work.
const USED_UP: u32 = 2;

/// What a guest has computed since a request last began in its instance.
#[derive(Default)]
pub(crate) struct Computed {
    ticks: u32,
    used_up: u32,
    turn: Turn,
}

/// The turn of a guest.
#[derive(Clone, Default)]
struct Turn {
    is_held: Arc<AtomicBool>,
    /// Told when it is over.
    is_over: Arc<Notify>,
}

impl Computed {
    /// Begins anew, with a request.
    pub(crate) fn begin(&mut self) {
        (self.ticks, self.used_up) = (0, 0);
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
            let computed = &mut store.data_mut().computed;
            computed.ticks = computed.ticks.saturating_add(1);
            // Whoever waits has the next turn, and if nobody does, this guest.
            let used_up = computed.turn.is_held.swap(false, Ordering::Relaxed);
            computed.turn.is_over.notify_waiters();
            if computed.ticks <= FREE_TICKS {
                return Ok(UpdateDeadline::Continue(1));
            }
            computed.used_up += u32::from(used_up);
            if computed.used_up >= USED_UP {
                admission.computes();
            }
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(turns.clone().next(computed.turn.clone()))))
        });
    }

    async fn next(self, turn: Turn) {
        // Nobody closes it.
        let Ok(permit) = self.0.acquire_owned().await else { return };
        turn.is_held.store(true, Ordering::Relaxed);
        // A guest that is done, or waits for something, does not see another tick. Both are made here, since the task itself
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
