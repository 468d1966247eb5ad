//! What a day of a hundred million users asks of the one primary, second by second, and what it keeps.

use std::collections::BTreeSet;

use domain::throttle::bucket;

use super::Chance;

const USERS: f64 = 100e6;
const DAY: usize = 86_400;
/// What one probe of a write did on Spin (docs/scaling.md).
const WRITES_A_SECOND: f64 = 6350.0;

/// What somebody who comes on a day does on it: how often, and the lines of the table of statements in docs/storage.md.
const VISIT: [(f64, &[&str]); 4] = [
    // They sign in with an authorization and its code.
    (1.0, &["`/login`, succeeded", "`/authorize`", "`/token`, code"]),
    (20.0, &["`/token`, refresh"]),
    // Each access token is looked at by a resource server three times.
    (63.0, &["`/introspect`"]),
    // One of ten signs out.
    (0.1, &["`/revoke`"]),
];

/// The reads and writes of a request, as docs/storage.md has them; `statements.rs` shows that they are so.
fn statements(request: &str) -> (f64, f64) {
    let table = include_str!("../../../../../docs/storage.md");
    let row = table.lines().find_map(|line| line.strip_prefix(&format!("| {request} | "))).expect(request);
    let mut cells = row.split('|').map(|cell| {
        let number = cell.trim_start().split(|letter: char| !letter.is_ascii_digit()).next();
        number.and_then(|number| number.parse().ok()).expect(request)
    });
    (cells.next().unwrap(), cells.next().unwrap())
}

/// The octets of a row with its indexes, as docs/scaling.md has measured them.
fn octets(table: &str) -> f64 {
    let text = include_str!("../../../../../docs/scaling.md");
    let row = text.lines().find(|line| line.starts_with(&format!("| `{table}`"))).expect(table);
    row.split('|').nth(2).and_then(|cell| cell.trim().parse().ok()).expect(table)
}

/// How busy a second of the day is, on average 1: three times that in the evening, next to nothing at night.
fn tide(second: usize) -> f64 {
    let phase = (second as f64 / DAY as f64 - 0.8) * std::f64::consts::TAU;
    // The fourth power of a raised cosine has the mean 35/128; with a floor beneath it the greatest value is 3.
    let wave = ((1.0 + phase.cos()) / 2.0).powi(4) * 128.0 / 35.0;
    0.245 + 0.755 * wave
}

/// So many events where this many are expected: Poisson's, by the normal approximation.
fn events(expected: f64, chance: &Chance) -> f64 {
    let normal = (0..12).map(|_| chance.share()).sum::<f64>() - 6.0;
    (expected + expected.sqrt() * normal).round().max(0.0)
}

/// What the primary saw in a day.
struct Day {
    writes: f64,
    writes_at_the_peak: f64,
    reads_at_the_peak: f64,
    /// The longest that a write waited for those before it, in seconds.
    waited: f64,
}

fn day(visitors: f64) -> Day {
    let chance = Chance::new(42);
    let mut day = Day { writes: 0.0, writes_at_the_peak: 0.0, reads_at_the_peak: 0.0, waited: 0.0 };
    let mut waiting: f64 = 0.0;
    let costs = VISIT.map(|(times, requests)| {
        let (reads, writes): (Vec<_>, Vec<_>) = requests.iter().map(|request| statements(request)).unzip();
        (times, reads.iter().sum::<f64>(), writes.iter().sum::<f64>())
    });
    for second in 0..DAY {
        let (mut reads, mut writes) = (0.0, 0.0);
        for (times, reads_each, writes_each) in costs {
            let happened = events(visitors * times / DAY as f64 * tide(second), &chance);
            reads += happened * reads_each;
            writes += happened * writes_each;
        }
        day.writes += writes;
        day.writes_at_the_peak = day.writes_at_the_peak.max(writes);
        day.reads_at_the_peak = day.reads_at_the_peak.max(reads);
        waiting = (waiting + writes - WRITES_A_SECOND).max(0.0);
        day.waited = day.waited.max(waiting / WRITES_A_SECOND);
    }
    day
}

#[test]
fn a_day_of_five_million_visitors_fits_one_primary_and_ten_million_do_not() {
    let peak = (0..DAY).map(tide).fold(0.0, f64::max);
    let mean = (0..DAY).map(tide).sum::<f64>() / DAY as f64;
    assert!((peak - 3.0).abs() < 0.01 && (mean - 1.0).abs() < 0.01, "{peak} {mean}");
    let mut waits = Vec::new();
    for visitors in [100e3, 1e6, 5e6, 10e6] {
        let seen = day(visitors);
        println!(
            "{visitors} visitors a day: {:.0} million writes, {:.0} a second on average and {:.0} in the busiest; {:.0} reads in \
             the busiest; the longest wait of a write {:.1} s",
            seen.writes / 1e6,
            seen.writes / DAY as f64,
            seen.writes_at_the_peak,
            seen.reads_at_the_peak,
            seen.waited
        );
        waits.push(seen.waited);
    }
    assert!(waits[..3].iter().all(|wait| *wait == 0.0), "{waits:?}");
    assert!(waits[3] > 60.0, "{waits:?}");
}

#[test]
fn what_is_kept_for_a_hundred_million_users_follows_from_who_comes() {
    for share in [0.01, 0.1] {
        let visitors = USERS * share;
        // A sign-in a day leaves a session for a day, and a grant until nobody has refreshed it for thirty.
        let parts = [
            ("users", USERS * octets("users")),
            ("audit_log", USERS * octets("audit_log")),
            ("sessions", visitors * octets("sessions")),
            ("grants", visitors * 30.0 * octets("grants")),
        ];
        let told: Vec<_> = parts.iter().map(|(table, octets)| format!("{table} {:.0} GB", octets / 1e9)).collect();
        let all = parts.iter().map(|(_, octets)| octets).sum::<f64>() / 1e9;
        println!("{visitors} of {USERS} users a day: {}, all {all:.0} GB", told.join(", "));
        assert!(all < 281e3, "SQLite's own limit is 281 TB");
    }
}

#[test]
fn the_key_value_store_stays_small_however_many_are_counted() {
    let kinds =
        ["account", "address", "mail", "mail_address", "user_code", "token", "authorize", "userinfo", "outbound"];
    // A name has the same number whatever it is counted for.
    let keys: BTreeSet<_> = (0..300_000).map(|name| bucket("", &format!("name {name}"))).collect();
    assert_eq!(keys.len(), 16_384, "every bucket, and no more");
    let entries = |kind: &str| keys.iter().map(|key| key.len() + kind.len() + 12).sum::<usize>();
    let octets: usize = kinds.iter().map(|kind| entries(kind)).sum();
    println!(
        "counters of all {} kinds, every one in use: {} entries, {} octets",
        kinds.len(),
        kinds.len() * 16_384,
        octets
    );
    assert!(octets < 8_000_000);
}
