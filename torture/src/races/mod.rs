//! Requests at once, at two hosts of one state: what has a single winner has one, and nothing is good after its end was
//! acknowledged.

mod clients;
mod grants;
mod migration;
mod rotation;
mod suspension;

use anyhow::Result;

use crate::{Plan, cast::Cast, pair::Pair, report::Row};

/// Connections at the same time.
const CROWD: usize = 8;

/// Runs every race.
pub(crate) async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let pair = Pair::start(plan, &[]).await?;
    let cast = Cast::new(&pair).await?;
    let mut crowd = pair.crowd(CROWD, plan.seed).await?;
    let mut rows = vec![
        grants::redemptions(plan, &pair, &cast, &mut crowd).await?,
        grants::refreshes(plan, &cast, &mut crowd).await?,
        grants::refresh_against_revocation(plan, &cast, &mut crowd).await?,
        grants::redemption_against_revocation(plan, &cast, &mut crowd).await?,
        suspension::run(plan, &pair, &cast, &mut crowd).await?,
        clients::run(plan, &pair, &cast, &mut crowd).await?,
    ];
    if let Some(last) = rows.last_mut() {
        let damage = pair.database()?.damage()?;
        last.expect(damage.is_empty(), || damage.join(", "));
    }
    pair.stop()?;
    rows.push(rotation::run(plan).await?);
    rows.push(migration::run(plan).await?);
    Ok(rows)
}
