//! Storage fails under load, in every way that the host can be told and in those that a machine has. Nothing is acknowledged
//! that is not stored, what is refused is refused as it must be, and everything goes on by itself afterwards.

mod fault;
mod scene;

use std::time::Duration;

use anyhow::{Context, Result};

use self::{fault::Fault, scene::Scene};
use crate::{
    Plan,
    report::Row,
    watch::{Storage, Watch},
    worker::Team,
};

/// Breaks the storage, mends it and checks everything, as often as planned.
pub(crate) async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let mut row = Row::begin("storage fails under load");
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let scene = Scene::start(plan).await?;
    let mut team = Team::new(&mut random, scene.address()).await?;
    for fault in Fault::some(&mut random, plan.faults) {
        row.rounds += 1;
        let [before, during, after] = [20..200, 50..400, 20..150].map(|range| Duration::from_millis(random.u64(range)));
        let fails = async |watch: &Watch| {
            tokio::time::sleep(before).await;
            // Until a change is told nobody can begin anything: all of this is one thread.
            let broken = scene.breaks(fault)?;
            watch.set(fault.storage());
            tokio::time::sleep(fault.lasts(during)).await;
            scene.mend(broken)?;
            watch.set(Storage::Well);
            tokio::time::sleep(after).await;
            Ok(())
        };
        let known = row.violations.len();
        team.work(&mut row, fails).await.with_context(|| format!("{fault:?}"))?;
        row.faults += 1;
        let damage = scene.database()?.damage()?;
        row.expect(damage.is_empty(), || damage.join(", "));
        team.check(&mut row).await.with_context(|| format!("after {fault:?}"))?;
        if row.violations.len() > known {
            eprintln!("the fault was {fault:?}");
        }
    }
    scene.stop()?;
    team.sum_up(&mut row);
    Ok(vec![row.end()])
}
