//! The results: a table, JSON, a plot.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::plot;

/// What was measured on one host with one size of the database.
#[derive(Serialize)]
pub(crate) struct Report {
    /// The host.
    pub(crate) host: &'static str,
    /// Users, grants and clients beside those of the benchmark.
    pub(crate) rows: u32,
    /// Seconds from the start of the host to the first answered request, everything being built.
    pub(crate) first_answer: f64,
    /// Memory under mixed requests.
    pub(crate) memory: Option<Memory>,
    /// The floor.
    pub(crate) probes: Vec<Row>,
    /// What was measured against it.
    pub(crate) operations: Vec<Row>,
    /// What others need for the same; none unless asked for.
    pub(crate) peers: Vec<PeerRow>,
}

/// An operation of a peer.
#[derive(Serialize)]
pub(crate) struct PeerRow {
    /// The operation.
    pub(crate) operation: String,
    /// The peer.
    pub(crate) peer: &'static str,
    /// Its figures, each figure's median over the turns.
    pub(crate) median: Figures,
    /// The rate of spin-auth in that of the peer, the median over the turns.
    pub(crate) ratio: f64,
}

/// Resident memory early and late, in octets.
#[derive(Serialize)]
pub(crate) struct Memory {
    pub(crate) early_requests: usize,
    pub(crate) early: u64,
    pub(crate) late_requests: usize,
    pub(crate) late: u64,
}

impl Memory {
    fn growth(&self) -> f64 {
        self.late as f64 / self.early as f64
    }
}

/// One line of the table.
#[derive(Serialize)]
pub(crate) struct Row {
    /// The operation or the probe.
    pub(crate) name: String,
    /// Each figure's median over the turns.
    pub(crate) median: Figures,
    /// Transactions a request; not counted for probes.
    pub(crate) writes: Option<f64>,
    /// How it compares with its probe; probes have none.
    pub(crate) comparison: Option<Comparison>,
}

/// Figures of one turn.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Figures {
    /// Requests a second.
    pub(crate) rate: f64,
    /// The median latency, in milliseconds.
    pub(crate) p50: f64,
    /// The latency that one answer of a hundred exceeds, in milliseconds.
    pub(crate) p99: f64,
    /// The processor's time of the server a request, in milliseconds.
    pub(crate) processor: f64,
    /// Octets handed to the disk a request.
    pub(crate) written: f64,
    /// Resident memory of the server afterwards, in MiB.
    pub(crate) memory: f64,
}

impl Figures {
    /// The median of each.
    pub(crate) fn median(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(rounds.iter().map(figure));
        Self {
            rate: of(|f| f.rate),
            p50: of(|f| f.p50),
            p99: of(|f| f.p99),
            processor: of(|f| f.processor),
            written: of(|f| f.written),
            memory: of(|f| f.memory),
        }
    }
}

/// An operation beside its probe.
#[derive(Serialize)]
pub(crate) struct Comparison {
    /// The probe that does the same storage work.
    pub(crate) probe: &'static str,
    /// The operation's rate in that of the probe, the median over the turns.
    pub(crate) ratio: f64,
    /// What it must reach.
    pub(crate) at_least: Option<f64>,
    /// The transactions that a request may commit.
    pub(crate) at_most_writes: u64,
}

/// The memory may grow by a fifth.
const GROWTH: f64 = 1.2;
/// A rate with many rows, in that with none.
const WITH_ROWS: f64 = 0.8;
/// Seconds to the first answer.
const FIRST_ANSWER: f64 = 2.0;

/// The median, for at least one figure.
pub(crate) fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prints the tables; whether everything is as good as it must be.
pub(crate) fn print(reports: &[Report]) -> bool {
    let mut failures = Vec::new();
    for report in reports {
        print_table(report, &mut failures);
    }
    if let [one, many] = reports {
        println!("\nRates with {} rows, in those with none", many.rows);
        for (one, many) in one.operations.iter().zip(&many.operations) {
            let ratio = many.median.rate / one.median.rate;
            println!("{:<20}{ratio:>8.2}", many.name);
            judge(&mut failures, ratio >= WITH_ROWS, || format!("{} slows down with its rows: {ratio:.2}", many.name));
        }
    }
    match failures.is_empty() {
        true => println!("\nEverything is as fast as it must be."),
        false => println!("\nNot as it must be:\n  {}", failures.join("\n  ")),
    }
    failures.is_empty()
}

fn print_table(report: &Report, failures: &mut Vec<String>) {
    println!("\nHost {}, {} rows; first answer after {:.2} s", report.host, report.rows, report.first_answer);
    judge(failures, report.first_answer < FIRST_ANSWER, || "the first answer comes too late".to_owned());
    println!(
        "{:<20}{:>9}{:>9}{:>9}{:>9}{:>9}{:>10}{:>9}{:>16}{:>8}{:>8}",
        "", "req/s", "p50 ms", "p99 ms", "CPU ms", "writes", "octets", "MiB", "probe", "ratio", "goal"
    );
    for row in report.probes.iter().chain(&report.operations) {
        let figures = &row.median;
        print!(
            "{:<20}{:>9.0}{:>9.2}{:>9.2}{:>9.3}",
            row.name, figures.rate, figures.p50, figures.p99, figures.processor
        );
        print!("{:>9}", row.writes.map_or(String::new(), |writes| format!("{writes:.2}")));
        print!("{:>10.0}{:>9.0}", figures.written, figures.memory);
        let Some(comparison) = &row.comparison else {
            println!();
            continue;
        };
        let goal = comparison.at_least.map_or(String::new(), |goal| format!("{goal:.2}"));
        println!("{:>16}{:>8.2}{goal:>8}", comparison.probe, comparison.ratio);
        let is_fast = comparison.at_least.is_none_or(|goal| comparison.ratio >= goal);
        judge(failures, is_fast, || format!("{}: {:.2} of {}", row.name, comparison.ratio, comparison.probe));
        let writes = row.writes.unwrap_or_default();
        let is_frugal = writes <= comparison.at_most_writes as f64;
        judge(failures, is_frugal, || format!("{}: {writes:.2} writes a request", row.name));
    }
    print_peers(&report.peers);
    if let Some(memory) = &report.memory {
        println!(
            "Memory: {:.0} MiB after {} mixed requests, {:.0} MiB after {}",
            mebibytes(memory.early),
            memory.early_requests,
            mebibytes(memory.late),
            memory.late_requests
        );
        judge(failures, memory.growth() <= GROWTH, || format!("memory grows: {:.2}", memory.growth()));
    }
}

/// How fast others are is not ours to judge: it is told.
fn print_peers(peers: &[PeerRow]) {
    if !peers.is_empty() {
        println!(
            "\n{:<20}{:>16}{:>9}{:>9}{:>9}{:>9}{:>9}{:>18}",
            "", "peer", "req/s", "p50 ms", "p99 ms", "CPU ms", "MiB", "spin-auth / peer"
        );
    }
    for PeerRow { operation, peer, median, ratio } in peers {
        println!(
            "{operation:<20}{peer:>16}{:>9.0}{:>9.2}{:>9.2}{:>9.3}{:>9.0}{ratio:>18.2}",
            median.rate, median.p50, median.p99, median.processor, median.memory
        );
    }
}

fn judge(failures: &mut Vec<String>, is_good: bool, failure: impl FnOnce() -> String) {
    if !is_good {
        failures.push(failure());
    }
}

fn mebibytes(octets: u64) -> f64 {
    octets as f64 / f64::from(1 << 20)
}

/// Writes the JSON and the plot of each report.
pub(crate) fn write(reports: &[Report], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for report in reports {
        let name = format!("{}-{}", report.host, report.rows);
        fs::write(folder.join(format!("{name}.json")), serde_json::to_string_pretty(report)? + "\n")?;
        fs::write(folder.join(format!("{name}.svg")), plot::svg(report))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_figure_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
    }
}
