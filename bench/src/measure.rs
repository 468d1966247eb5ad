//! The measuring: a server, its probes, rounds.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Context, Result};
use driver::{
    Host,
    process::{Server, Usage, free_address},
};
use tempfile::TempDir;

use crate::{
    load::{self, Scripts, Seen},
    operations::{OPERATIONS, Operation, PROBES, probe_scripts},
    peers::Running,
    report::{Comparison, Figures, Memory, PeerRow, Report, Row, median},
    rows,
    wal::Log,
    world::World,
};

/// What is measured, where and for how long.
pub(crate) struct Plan<'a> {
    /// The host.
    pub(crate) host: &'a Host,
    /// The folder of the repository.
    pub(crate) root: &'a Path,
    /// Connections at the same time.
    pub(crate) connections: usize,
    /// How often everything is measured.
    pub(crate) rounds: usize,
    /// How long an operation is measured in a round.
    pub(crate) each: Duration,
    /// Mixed requests before memory is looked at for the last time.
    pub(crate) mixed: usize,
    /// Whether the peers are measured, too.
    pub(crate) peers: bool,
    /// Part of the name of what is measured.
    pub(crate) only: Option<&'a str>,
}

/// The mixed requests after which memory is looked at for the first time, and that are sent before it is looked at anew.
const MIXED_AT_ONCE: usize = 5_000;
/// How often an operation and its probe take turns in a round.
const TURNS: u32 = 3;
/// No operation is faster than its probe by more than this.
const MARGIN: f64 = 1.25;
/// The requests in which writes are counted.
const COUNTED: usize = 20;
/// The operations that are mixed: those that an application goes on doing.
const MIXED: [&str; 5] = ["discovery", "client credentials", "userinfo", "introspection", "refresh"];

/// Measures everything on a fresh server with so many users, grants and clients.
pub(crate) async fn measure(plan: &Plan<'_>, rows: u32) -> Result<Report> {
    let state = TempDir::new()?;
    let [first, second] = ["server", "probes"].map(|name| state.path().join(name));
    let address = free_address()?;
    let server = plan.host.spin_auth(plan.root, &first, address, &[]).await?;
    let world = World::create(address).await.context("preparing the server")?;
    // Filled in while nobody looks; and the second start says how long one takes when everything is there.
    server.stop()?;
    rows::fill(&first.join("sqlite_db.db"), rows)?;
    let server = plan.host.spin_auth(plan.root, &first, address, &[]).await?;
    let probes = probes(plan, &second).await?;

    let operations: Vec<&Operation> =
        OPERATIONS.iter().filter(|operation| plan.only.is_none_or(|part| operation.name.contains(part))).collect();
    let mut writes = BTreeMap::new();
    for operation in &operations {
        let count = writes_of(operation, &world, &first.join("sqlite_db.db")).await;
        writes.insert(operation.name, count.with_context(|| operation.name)?);
    }
    let memory = mixed(plan, &server, &world).await?;
    let peers = if plan.peers { Running::all(plan.root).await.context("starting the peers")? } else { Vec::new() };
    let mut seen: BTreeMap<&str, Vec<Figures>> = BTreeMap::new();
    let mut ratios: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut seen_at_peers: BTreeMap<(&str, &str), Vec<Figures>> = BTreeMap::new();
    let turn = plan.each / TURNS;
    for round in 1..=plan.rounds {
        eprintln!("{rows} rows, round {round} of {}", plan.rounds);
        for operation in &operations {
            let probe = async || {
                let scripts = probe_scripts(operation.probe, plan.connections)?;
                figures(&probes, scripts, turn).await.context(operation.probe)
            };
            let known = match seen.get(operation.probe).and_then(|seen| seen.last()) {
                Some(known) => *known,
                None => probe().await?,
            };
            let wanted = (known.rate * MARGIN * turn.as_secs_f64()) as usize;
            let mut scripts = Vec::new();
            for _ in 0..TURNS {
                scripts.push(operation.scripts(&world, plan.connections, wanted).await.context(operation.name)?);
            }
            // By turns, after all that is needed was made: a machine is not as fast as it was some seconds ago, nor after as
            // many writes.
            for scripts in scripts {
                let probe = probe().await?;
                let figures = figures(&server, scripts, turn).await.context(operation.name)?;
                seen.entry(operation.probe).or_default().push(probe);
                seen.entry(operation.name).or_default().push(figures);
                ratios.entry(operation.name).or_default().push(figures.rate / probe.rate);
                for Running { peer, server, world } in peers.iter().filter(|peer| peer.has(operation)) {
                    let name = || format!("{} of {}", operation.name, peer.name);
                    let scripts = operation.scripts(world, plan.connections, wanted).await.with_context(name)?;
                    let figures = self::figures(server, scripts, turn).await.with_context(name)?;
                    seen_at_peers.entry((operation.name, peer.name)).or_default().push(figures);
                }
            }
        }
    }
    let report = Report {
        host: plan.host.name,
        rows,
        first_answer: server.first_answer.as_secs_f64(),
        memory,
        probes: PROBES.iter().filter_map(|probe| Some(Row::of_probe(probe, seen.get(probe)?))).collect(),
        operations: operations
            .iter()
            .filter_map(|op| {
                Some(Row::of_operation(op, seen.get(op.name)?, ratios.get(op.name)?, *writes.get(op.name)?))
            })
            .collect(),
        peers: operations
            .iter()
            .flat_map(|operation| peers.iter().map(|peer| (operation.name, peer.peer.name)))
            .filter_map(|key| Some(PeerRow::of(key, seen.get(key.0)?, seen_at_peers.get(&key)?)))
            .collect(),
    };
    for Running { server, .. } in peers {
        server.stop()?;
    }
    probes.stop()?;
    server.stop()?;
    Ok(report)
}

/// Starts the probes.
async fn probes(plan: &Plan<'_>, state: &Path) -> Result<Server> {
    let address = free_address()?;
    let mut command = plan.host.command(&plan.root.join("bench/spin.toml"), state, address);
    Server::start(&mut command, address, "/setup").await
}

/// Loads a server and says what was seen and used.
async fn figures(server: &Server, scripts: Scripts, each: Duration) -> Result<Figures> {
    let before = server.usage()?;
    let seen = load::run(server.address, scripts, each).await?;
    Ok(of(&seen, &before, &server.usage()?))
}

fn of(seen: &Seen, before: &Usage, after: &Usage) -> Figures {
    let requests = seen.latencies.len() as f64;
    Figures {
        rate: seen.rate(),
        p50: seen.percentile(0.5),
        p99: seen.percentile(0.99),
        processor: (after.processor - before.processor).as_secs_f64() * 1000.0 / requests,
        written: (after.written - before.written) as f64 / requests,
        memory: after.memory as f64 / f64::from(1 << 20),
    }
}

/// Transactions of a request, counted while nothing else happens.
async fn writes_of(operation: &Operation, world: &World, database: &Path) -> Result<f64> {
    // Where the log began anew in between, its count says nothing.
    for _ in 0..5 {
        let scripts = operation.scripts(world, 1, COUNTED).await?;
        let before = Log::read(database)?;
        let seen = load::run_out(world.address, limited(scripts, COUNTED)).await?;
        if let Some(commits) = Log::read(database)?.since(&before) {
            return Ok(commits as f64 / seen.latencies.len() as f64);
        }
    }
    anyhow::bail!("the write-ahead log begins anew all the time")
}

/// These scripts, each with so many requests at most.
fn limited(scripts: Scripts, left: usize) -> Scripts {
    scripts.into_iter().map(|script| Box::new(load::AtMost { script, left }) as _).collect()
}

/// Sends mixed requests to a server that has just started, and looks at memory early and late.
async fn mixed(plan: &Plan<'_>, server: &Server, world: &World) -> Result<Option<Memory>> {
    if plan.mixed == 0 || plan.only.is_some() {
        return Ok(None);
    }
    let mut looks = Vec::new();
    let mut sent = 0;
    while sent < plan.mixed {
        for name in MIXED {
            let operation = OPERATIONS.iter().find(|operation| operation.name == name).context("no such operation")?;
            let scripts = operation.scripts(world, plan.connections, 0).await?;
            let left = MIXED_AT_ONCE.div_ceil(MIXED.len() * plan.connections);
            sent += load::run_out(server.address, limited(scripts, left)).await?.latencies.len();
        }
        looks.push((sent, server.usage()?.memory));
    }
    let [(early_requests, early), .., (late_requests, late)] = *looks else {
        anyhow::bail!("fewer mixed requests than two looks at memory need");
    };
    Ok(Some(Memory { early_requests, early, late_requests, late }))
}

impl PeerRow {
    fn of((operation, peer): (&str, &'static str), own: &[Figures], seen: &[Figures]) -> Self {
        let ratio = median(own.iter().zip(seen).map(|(own, peer)| own.rate / peer.rate));
        Self { operation: operation.to_owned(), peer, median: Figures::median(seen), ratio }
    }
}

impl Row {
    fn of_probe(name: &str, seen: &[Figures]) -> Self {
        Self { name: name.to_owned(), median: Figures::median(seen), writes: None, comparison: None }
    }

    fn of_operation(operation: &Operation, seen: &[Figures], ratios: &[f64], writes: f64) -> Self {
        Self {
            name: operation.name.to_owned(),
            median: Figures::median(seen),
            writes: Some(writes),
            comparison: Some(Comparison {
                probe: operation.probe,
                ratio: median(ratios.iter().copied()),
                at_least: operation.at_least,
                at_most_writes: operation.writes,
            }),
        }
    }
}
