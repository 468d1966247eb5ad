//! The host is killed at random moments under load. Whatever was acknowledged before holds after the restart; what was not
//! may have happened or not.

mod worker;

use std::{cell::Cell, time::Duration};

use anyhow::{Context, Result};
use driver::{App, Connection, client::get, process::free_address};
use futures_util::future::join_all;
use tempfile::TempDir;

use self::worker::Worker;
use crate::{Plan, cast::SCOPE, database::Database, pair::SETTINGS, report::Row};

/// Who makes the load, each one act after the other.
const WORKERS: u64 = 6;
/// After how many milliseconds of load the host is killed at the latest.
const LATEST: u64 = 1000;

/// What the workers share.
pub(crate) struct Watch {
    /// Whether the host is being killed: from then on answers may be lost.
    killed: Cell<bool>,
    /// Introspects what others have.
    watcher: App,
}

/// Kills the host, starts it again and checks everything, as often as planned.
pub(crate) async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let mut row = Row::begin("kill under load");
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let (state, address) = (TempDir::new()?, free_address()?);
    let start = || plan.host.spin_auth(&plan.root, state.path(), address, &SETTINGS);
    let mut server = start().await?;
    let mut connection = Connection::open(address).await?;
    let watcher = App::register(&mut connection, "ES256", SCOPE).await?;
    // To make the signing keys takes longer than most of the lives that follow.
    connection.send(get("/jwks", &[])?).await?.expect(200)?;
    let watch = Watch { killed: Cell::new(false), watcher };
    let mut workers = Vec::new();
    for number in 0..WORKERS {
        workers.push(Worker::new(number, random.fork(), address).await?);
    }
    for _ in 0..plan.kills {
        row.rounds += 1;
        watch.killed.set(false);
        let moment = Duration::from_millis(random.u64(1..=LATEST));
        let kill = async {
            tokio::time::sleep(moment).await;
            watch.killed.set(true);
            server.kill()
        };
        let work = join_all(workers.iter_mut().map(|worker| worker.work(&watch)));
        let (killed, failures) = tokio::join!(kill, work);
        killed?;
        row.kills += 1;
        for failure in failures.into_iter().flatten() {
            row.expect(false, || format!("before the kill: {failure:#}"));
        }
        server = start().await.context("after a kill")?;
        let damage = Database::open(state.path())?.damage()?;
        row.expect(damage.is_empty(), || damage.join(", "));
        for worker in &mut workers {
            worker.check(&mut row, &watch).await.context("after a kill")?;
        }
    }
    server.stop()?;
    row.requests = workers.iter().map(|worker| worker.requests).sum();
    eprintln!("{} acts were acknowledged before kills", workers.iter().map(|worker| worker.acts).sum::<u64>());
    Ok(vec![row.end()])
}
