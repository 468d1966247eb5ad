//! Admission: how many requests a component has at once. More of them wait shortly or are told to come back, and none of
//! another component waits for them.
//!
//! Requests that wait for something cost little, and many may do so at once. Those whose guests compute for long
//! (`turns.rs`) only make each other slower: each counts as several, so that the ones that are in get done soon.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// How long a request waits for a place. Who has waited longer has often given up, and the place is better used.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Places for each processor where the operator does not say how many.
const PLACES_PER_PROCESSOR: usize = 16;

/// Places that a guest takes beside that of its request while it computes for long.
const COMPUTING: usize = 7;

/// Requests that wait for each place, at most: who comes then is refused at once.
const WAITING: usize = 8;

/// The places of one component.
pub struct Admission {
    places: usize,
    /// May be more than there are: who computes for long takes what it takes.
    taken: AtomicUsize,
    waiting: AtomicUsize,
    left: Notify,
}

/// What is taken until this is dropped.
pub struct Place {
    admission: Arc<Admission>,
    size: usize,
}

impl Admission {
    /// So many places, or what suits this machine.
    #[must_use]
    pub fn new(places: Option<usize>) -> Arc<Self> {
        let default = || PLACES_PER_PROCESSOR * std::thread::available_parallelism().map_or(1, usize::from);
        let (taken, waiting) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { places: places.unwrap_or_else(default), taken, waiting, left: Notify::new() })
    }

    /// A place for a request; `None` where there is none in time.
    pub async fn enter(self: &Arc<Self>) -> Option<Place> {
        match self.try_enter() {
            Some(place) => Some(place),
            None => self.wait().await,
        }
    }

    /// What a guest of this component takes while it computes for long, whether or not that is left.
    #[must_use]
    pub fn compute(self: &Arc<Self>) -> Place {
        self.taken.fetch_add(COMPUTING, SeqCst);
        Place { admission: Arc::clone(self), size: COMPUTING }
    }

    fn try_enter(self: &Arc<Self>) -> Option<Place> {
        let more = |taken| (taken < self.places).then_some(taken + 1);
        self.taken.fetch_update(SeqCst, SeqCst, more).ok()?;
        Some(Place { admission: Arc::clone(self), size: 1 })
    }

    async fn wait(self: &Arc<Self>) -> Option<Place> {
        let waiting = Waiting::new(&self.waiting);
        if waiting.before >= self.places.saturating_mul(WAITING) {
            return None;
        }
        let entered = async {
            loop {
                let mut left = pin!(self.left.notified());
                // From here on nothing that leaves is missed.
                left.as_mut().enable();
                if let Some(place) = self.try_enter() {
                    return place;
                }
                left.await;
            }
        };
        timeout(PATIENCE, entered).await.ok()
    }

    fn leave(&self, size: usize) {
        let taken = self.taken.fetch_sub(size, SeqCst) - size;
        if self.waiting.load(SeqCst) > 0 {
            for _ in 0..self.places.saturating_sub(taken).min(size) {
                self.left.notify_one();
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.admission.leave(self.size);
    }
}

/// One who waits, until this is dropped.
struct Waiting<'a> {
    all: &'a AtomicUsize,
    before: usize,
}

impl<'a> Waiting<'a> {
    fn new(all: &'a AtomicUsize) -> Self {
        Self { all, before: all.fetch_add(1, SeqCst) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(1, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    /// In a time that passes where nothing else can happen.
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(future)
    }

    async fn after<T>(time: Duration, place: T) {
        tokio::time::sleep(time).await;
        drop(place);
    }

    #[test]
    fn a_place_that_is_left_in_time_is_the_next_ones_and_without_one_there_is_an_end_of_waiting() {
        block_on(async {
            let admission = Admission::new(Some(1));
            let place = admission.enter().await.unwrap();
            assert!(admission.enter().await.is_none());
            let (next, ()) = tokio::join!(admission.enter(), after(PATIENCE / 2, place));
            let next = next.unwrap();
            let (late, ()) = tokio::join!(admission.enter(), after(PATIENCE * 2, next));
            assert!(late.is_none());
            assert!(admission.enter().await.is_some());
        });
    }

    #[test]
    fn who_computes_for_long_counts_as_several() {
        block_on(async {
            let admission = Admission::new(Some(2 * (1 + COMPUTING)));
            let mut computing = Vec::new();
            for _ in 0..2 {
                computing.push((admission.enter().await.unwrap(), admission.compute()));
            }
            assert!(admission.enter().await.is_none());
            // What is left by one that is done serves as many as it has counted for.
            let leave = after(Duration::from_millis(1), computing.pop());
            let wait = futures::future::join_all((0..=COMPUTING + 1).map(|_| admission.enter()));
            let (entered, ()) = tokio::join!(wait, leave);
            assert_eq!(entered.iter().flatten().count(), 1 + COMPUTING);
        });
    }

    #[test]
    fn a_guest_that_computes_for_long_where_all_is_taken_is_waited_for() {
        block_on(async {
            let admission = Admission::new(Some(2));
            let place = admission.enter().await.unwrap();
            let computing = admission.compute();
            drop(place);
            assert!(admission.enter().await.is_none());
            drop(computing);
            assert!(admission.enter().await.is_some());
        });
    }

    #[test]
    fn who_comes_when_too_many_wait_is_refused_at_once() {
        block_on(async {
            let admission = Admission::new(Some(1));
            let _place = admission.enter().await.unwrap();
            let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(admission.enter())).collect();
            for one in &mut waiting {
                assert!(one.now_or_never().is_none());
            }
            let begun = tokio::time::Instant::now();
            assert!(admission.enter().await.is_none());
            assert_eq!(begun.elapsed(), Duration::ZERO);
            // Who gives up leaves room for another one.
            waiting.pop();
            assert!(Box::pin(admission.enter()).now_or_never().is_none());
        });
    }
}
