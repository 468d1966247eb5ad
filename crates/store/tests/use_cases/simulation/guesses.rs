//! How many guesses at one account pass in a day where counters come late to the other nodes.

use std::{cell::RefCell, cmp::Reverse, collections::BinaryHeap};

use domain::{
    StorageError,
    throttle::{Counter, Counters, count_attempt},
};
use protocol::Timestamp;

use super::NODES;
use crate::testing::block_on;

const DAY: i64 = 86_400;
const NEVER: i64 = i64::MAX / 4;

/// One counter that all nodes write, the last writer winning; each sees what the others wrote `lag` later.
struct Lagging {
    lag: i64,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// What was written lately, in order, and when.
    late: std::collections::VecDeque<(i64, u64, Counter)>,
    /// What everybody sees.
    settled: Option<(u64, Counter)>,
    /// What each node wrote last.
    own: Vec<Option<(u64, Counter)>>,
    written: u64,
}

struct Node<'a> {
    store: &'a Lagging,
    node: usize,
    now: i64,
}

impl Counters for Node<'_> {
    async fn update_counter(
        &self,
        _: &str,
        next: &dyn Fn(Option<Counter>) -> Counter,
    ) -> Result<Counter, StorageError> {
        let mut state = self.store.state.borrow_mut();
        while state.late.front().is_some_and(|(at, ..)| at + self.store.lag <= self.now) {
            state.settled = state.late.pop_front().map(|(_, order, counter)| (order, counter));
        }
        let known = [state.settled, state.own[self.node]].into_iter().flatten().max_by_key(|(order, _)| *order);
        let counter = next(known.map(|(_, counter)| counter));
        if known.is_none_or(|(_, known)| known != counter) {
            state.written += 1;
            let written = (state.written, counter);
            state.own[self.node] = Some(written);
            state.late.push_back((self.now, written.0, counter));
        }
        Ok(counter)
    }
}

/// The guesses that pass within a day, of somebody who knows when to come again and asks every node.
fn passed(lag: i64) -> usize {
    let state = State { own: vec![None; NODES], ..State::default() };
    let store = Lagging { lag, state: RefCell::new(state) };
    let mut asks: BinaryHeap<_> = (0..NODES).map(|node| Reverse((0, node))).collect();
    let mut passed = 0;
    while let Some(Reverse((now, node))) = asks.pop() {
        if now >= DAY {
            break;
        }
        let counters = Node { store: &store, node, now };
        match block_on(count_attempt(&counters, "throttle/account/1", 1, Timestamp(now))).unwrap() {
            Some(wait) => asks.push(Reverse((now + wait, node))),
            None => {
                passed += 1;
                asks.push(Reverse((now + 1, node)));
            }
        }
    }
    passed
}

#[test]
fn a_late_counter_lets_no_more_guesses_pass_than_each_node_by_itself_would() {
    let alone = passed(0);
    println!("guesses at one account in a day through {NODES} nodes, one counter: {alone}");
    assert!((20..60).contains(&alone), "{alone}");
    for lag in [1, 10, 60, NEVER] {
        let passed = passed(lag);
        let name = if lag == NEVER { "each its own".to_owned() } else { format!("{lag} s late") };
        println!("guesses at one account in a day through {NODES} nodes, counters {name}: {passed}");
        assert!((alone..=alone * NODES).contains(&passed), "{passed} with a lag of {lag}");
    }
}
