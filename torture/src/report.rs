//! What was done and seen: one table, then what did not hold.

use std::time::{Duration, Instant};

/// A line of the table.
pub(crate) struct Row {
    /// What was tried.
    pub(crate) name: &'static str,
    /// How often.
    pub(crate) rounds: u32,
    /// How often a host was killed.
    pub(crate) kills: u32,
    /// Faults that were injected.
    pub(crate) faults: u32,
    /// Requests that were sent.
    pub(crate) requests: u64,
    /// Acts that were acknowledged, and held against what came after.
    pub(crate) acts: u64,
    /// Acts that were refused for now.
    pub(crate) refused: u64,
    /// What must hold and did not.
    pub(crate) violations: Vec<String>,
    started: Instant,
    took: Duration,
}

impl Row {
    /// One that has just begun.
    pub(crate) fn begin(name: &'static str) -> Self {
        eprintln!("{name}");
        let (violations, started) = (Vec::new(), Instant::now());
        Self {
            name,
            rounds: 0,
            kills: 0,
            faults: 0,
            requests: 0,
            acts: 0,
            refused: 0,
            violations,
            started,
            took: Duration::ZERO,
        }
    }

    /// Notes where something does not hold, and says so at once.
    pub(crate) fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            let violation = format!("round {}: {}", self.rounds, what());
            eprintln!("violation: {}: {violation}", self.name);
            self.violations.push(violation);
        }
    }

    /// The same, done.
    pub(crate) fn end(mut self) -> Self {
        self.took = self.started.elapsed();
        self
    }
}

/// Prints the table; whether everything held.
pub(crate) fn print(rows: &[Row]) -> bool {
    println!(
        "\n{:<36}{:>8}{:>8}{:>8}{:>10}{:>8}{:>9}{:>9}{:>12}",
        "", "rounds", "kills", "faults", "requests", "acts", "refused", "seconds", "violations"
    );
    for row in rows {
        let (violations, seconds) = (row.violations.len(), row.took.as_secs());
        println!(
            "{:<36}{:>8}{:>8}{:>8}{:>10}{:>8}{:>9}{seconds:>9}{violations:>12}",
            row.name, row.rounds, row.kills, row.faults, row.requests, row.acts, row.refused
        );
    }
    let violations = rows.iter().flat_map(|row| row.violations.iter().map(move |what| format!("{}: {what}", row.name)));
    let violations: Vec<String> = violations.collect();
    println!("\nviolations: {}", violations.len());
    for violation in &violations {
        println!("  {violation}");
    }
    violations.is_empty()
}
