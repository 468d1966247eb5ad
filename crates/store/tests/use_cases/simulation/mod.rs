//! A thousand nodes and a hundred million users, simulated: what `docs/scaling.md` promises, and the figures that it gives.
//!
//! Time, lag and chance are simulated, by a seed that is always the same; what decides is the code that serves: the rules of
//! rotation and publishing, the throttle, the statements. `cargo test -p spin-auth-store --test use_cases simulation --
//! --nocapture` prints the figures.
#![allow(clippy::print_stdout, reason = "it prints its figures")]

mod guesses;
mod keys;
mod load;
mod replica;

use std::cell::Cell;

/// The nodes.
const NODES: usize = 1000;

/// Chance by a seed (SplitMix64).
struct Chance(Cell<u64>);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mixed = (self.0.get() ^ (self.0.get() >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below this.
    fn below(&self, limit: i64) -> i64 {
        (self.next() % limit.max(1).cast_unsigned()).cast_signed()
    }

    /// One of the nodes.
    fn node(&self) -> usize {
        (self.next() % NODES as u64) as usize
    }

    /// Between 0 and 1.
    fn share(&self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
