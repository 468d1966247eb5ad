//! Admission: how many requests a component has at once. More of them wait shortly or are told to come back, and none of
//! another component waits for them.
//!
//! Requests that wait for something cost little, and many may do so at once. Those whose guests compute for long
//! (`turns.rs`) only make each other slower: a component that does has few at once, so that the ones that are in get done
//! soon.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

/// How long a request waits for a place. Who has waited longer has often given up, and the place is better used.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Places for each processor where the operator does not say how many.
const PLACES_PER_PROCESSOR: usize = 16;

/// So many times fewer places has a component while it computes for long.
const FEWER: usize = 8;

/// How long it counts as one that does: those who have just come will, too, and it does not show yet.
const MEMORY: Duration = Duration::from_secs(1);

/// Requests that wait for each place, at most: who comes then is refused at once.
const WAITING: usize = 8;

/// The places of one component.
pub struct Admission {
    places: usize,
    taken: AtomicUsize,
    waiting: AtomicUsize,
    left: Notify,
    begun: Instant,
    /// Until when it counts as one that computes for long, in milliseconds since it has begun.
    computes_until: AtomicU64,
}

/// A place, until this is dropped.
pub struct Place(Arc<Admission>);

impl Admission {
    /// So many places, or what suits this machine.
    #[must_use]
    pub fn new(places: Option<usize>) -> Arc<Self> {
        let default = || PLACES_PER_PROCESSOR * std::thread::available_parallelism().map_or(1, usize::from);
        Arc::new(Self {
            places: places.unwrap_or_else(default),
            taken: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            left: Notify::new(),
            begun: Instant::now(),
            computes_until: AtomicU64::new(0),
        })
    }

    /// A place for a request; `None` where there is none in time.
    pub async fn enter(self: &Arc<Self>) -> Option<Place> {
        match self.try_enter() {
            Some(place) => Some(place),
            None => self.wait().await,
        }
    }

    /// Notes that a guest of this component computes for long.
    pub fn computes(&self) {
        self.computes_until.store(milliseconds(self.begun.elapsed() + MEMORY), SeqCst);
    }

    fn try_enter(self: &Arc<Self>) -> Option<Place> {
        self.taken.fetch_update(SeqCst, SeqCst, |taken| self.is_free(taken).then_some(taken + 1)).ok()?;
        Some(Place(Arc::clone(self)))
    }

    /// Whether there is a place beside those that are taken.
    fn is_free(&self, taken: usize) -> bool {
        // The clock is looked at only where it matters.
        taken < (self.places / FEWER).max(1)
            || (taken < self.places && self.computes_until.load(SeqCst) <= milliseconds(self.begun.elapsed()))
    }

    async fn wait(self: &Arc<Self>) -> Option<Place> {
        let waiting = Waiting::new(&self.waiting);
        if waiting.before >= self.places.saturating_mul(WAITING) {
            return None;
        }
        let entered = async {
            loop {
                let mut left = pin!(self.left.notified());
                // From here on nobody leaves unseen.
                left.as_mut().enable();
                if let Some(place) = self.try_enter() {
                    return place;
                }
                left.await;
            }
        };
        let place = timeout(PATIENCE, entered).await.ok()?;
        // There is more than one where the component does not compute any more.
        if self.is_free(self.taken.load(SeqCst)) {
            self.left.notify_one();
        }
        Some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, SeqCst);
        if self.0.waiting.load(SeqCst) > 0 {
            self.0.left.notify_one();
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
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
    fn a_component_that_computes_for_long_has_few_at_once() {
        block_on(async {
            let admission = Admission::new(Some(2 * FEWER));
            let mut places = vec![admission.enter().await.unwrap(), admission.enter().await.unwrap()];
            admission.computes();
            assert!(admission.enter().await.is_none());
            // One leaves, and one comes for it.
            admission.computes();
            let wait = futures::future::join_all((0..4).map(|_| admission.enter()));
            let (entered, ()) = tokio::join!(wait, after(PATIENCE / 2, places.pop()));
            assert_eq!(entered.iter().flatten().count(), 1);
        });
    }

    #[test]
    fn a_component_that_has_not_computed_for_a_while_has_all_its_places() {
        block_on(async {
            let admission = Admission::new(Some(FEWER));
            admission.computes();
            let place = admission.enter().await.unwrap();
            assert!(admission.enter().now_or_never().is_none());
            tokio::time::sleep(MEMORY - PATIENCE / 2).await;
            let wait = futures::future::join_all((0..FEWER).map(|_| admission.enter()));
            let (entered, ()) = tokio::join!(wait, after(PATIENCE * 3 / 4, place));
            assert_eq!(entered.iter().flatten().count(), FEWER);
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
            let begun = Instant::now();
            assert!(admission.enter().await.is_none());
            assert_eq!(begun.elapsed(), Duration::ZERO);
            // Who gives up leaves room for another one.
            waiting.pop();
            assert!(Box::pin(admission.enter()).now_or_never().is_none());
        });
    }
}
