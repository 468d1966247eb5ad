//! The host is killed at random moments under load. Whatever was acknowledged before holds after the restart; what was not
//! may have happened or not, and can be done again.

use std::time::Duration;

use anyhow::{Context, Result};
use driver::process::free_address;
use tempfile::TempDir;

use crate::{
    Plan,
    database::Database,
    pair::SETTINGS,
    report::Row,
    watch::{Storage, Watch},
    worker::Team,
};

/// After how many milliseconds of load the host is killed at the latest.
const LATEST: u64 = 1000;

/// Kills the host, starts it again and checks everything, as often as planned.
pub(crate) async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let mut row = Row::begin("kill under load");
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let (state, address) = (TempDir::new()?, free_address()?);
    let start = || plan.host.spin_auth(&plan.root, state.path(), address, &SETTINGS);
    let mut server = start().await?;
    let mut team = Team::new(&mut random, address).await?;
    for _ in 0..plan.kills {
        row.rounds += 1;
        team.watch.set(Storage::Well);
        let moment = Duration::from_millis(random.u64(1..=LATEST));
        let kill = async |watch: &Watch| {
            tokio::time::sleep(moment).await;
            watch.set(Storage::Gone);
            server.kill()
        };
        team.work(&mut row, kill).await?;
        row.kills += 1;
        server = start().await.context("after a kill")?;
        team.watch.set(Storage::Well);
        let damage = Database::open(state.path())?.damage()?;
        row.expect(damage.is_empty(), || damage.join(", "));
        team.check(&mut row).await.context("after a kill")?;
    }
    server.stop()?;
    team.sum_up(&mut row);
    Ok(vec![row.end()])
}
