//! Turns: guests that compute for long, such as the hash of a password, leave a processor to all others.
//!
//! A guest keeps its thread until it waits for something. A few that compute for a tenth of a second would keep all of
//! them, and everybody else would wait in line behind each. So from its second tick of computing on, a guest goes on in
//! turns of one tick, of which there are fewer than processors, in the order in which they are asked for.

use std::sync::Arc;

use tokio::sync::{Notify, Semaphore};
use wasmtime::{Store, UpdateDeadline};

use crate::admission::Admission;
use crate::engine::EPOCH_TICK;
use crate::state::State;

/// The ticks that a guest may compute before it waits for its turn. Most requests never see the first.
const FREE_TICKS: u32 = 1;

/// What a guest has computed since a request last began in its instance.
#[derive(Default)]
pub(crate) struct Computed {
    /// The ticks.
    pub(crate) ticks: u32,
    /// Told when the turn that it has is over.
    turn_is_over: Arc<Notify>,
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
            computed.turn_is_over.notify_waiters();
            Ok(if computed.ticks <= FREE_TICKS {
                UpdateDeadline::Continue(1)
            } else {
                admission.computes();
                UpdateDeadline::YieldCustom(1, Box::pin(turns.clone().next(Arc::clone(&computed.turn_is_over))))
            })
        });
    }

    async fn next(self, is_over: Arc<Notify>) {
        // Nobody closes it.
        let Ok(turn) = self.0.acquire_owned().await else { return };
        // A guest that is done, or waits for something, does not see another tick. Both are made here, since the task itself
        // may not run before the guest leaves the thread.
        let over = tokio::time::timeout(EPOCH_TICK, is_over.notified_owned());
        tokio::spawn(async move {
            let _ = over.await;
            drop(turn);
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
