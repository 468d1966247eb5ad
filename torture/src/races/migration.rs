//! Two hosts start at once on an empty folder: each finds no schema and no keys, and makes them.

use anyhow::Result;
use driver::{App, client::get};

use crate::{
    Plan,
    cast::{SCOPE, said},
    pair::Pair,
    report::Row,
};

/// Every so many rounds the signing keys are asked for, which takes seconds to make.
const WITH_KEYS: u32 = 20;

/// What makes a schema: that a host is well, a page, and a registration, at both.
pub(super) async fn run(plan: &Plan) -> Result<Row> {
    let mut row = Row::begin("migration of an empty database");
    for round in 0..plan.rounds {
        row.rounds += 1;
        let pair = Pair::start(plan, &[]).await?;
        let mut crowd = pair.crowd(8, plan.seed ^ u64::from(round)).await?;
        let mut requests = vec![App::registration("ES256", SCOPE)?; 2];
        requests.extend(vec![get("/health", &[])?; 2]);
        requests.extend(vec![get("/signup", &[])?; 2]);
        if round % WITH_KEYS == 0 {
            requests.extend(vec![get("/jwks", &[])?; 2]);
        }
        let mut answers = crowd.at_once(requests).await?;
        for answer in &answers {
            row.expect(answer.status.is_success(), || format!("a request on an empty database: {}", said(answer)));
        }
        if let Some([first, second]) = answers.get(6..).and_then(|sets| sets.first_chunk()) {
            row.expect(first.body == second.body, || "the hosts have made different keys".to_owned());
        }
        answers.truncate(2);
        for app in answers.into_iter().map(|answer| App::registered(answer, SCOPE)) {
            for answer in crowd.everywhere(&app?.client_credentials()?).await? {
                row.expect(answer.status == 200, || format!("a registered client is answered {}", said(&answer)));
            }
        }
        expect_whole(&mut row, &pair)?;
        row.requests += crowd.requests;
        pair.stop()?;
    }
    Ok(row.end())
}

/// Every version was applied once, and there is one of what must not be made twice.
fn expect_whole(row: &mut Row, pair: &Pair) -> Result<()> {
    let database = pair.database()?;
    let gaps = database.number("SELECT max(version) - count(*) FROM schema_migrations", [])?;
    row.expect(gaps == 0, || format!("{gaps} versions of the schema are missing"));
    for (what, sql) in [
        ("keys of one generation", "SELECT count(*) - count(DISTINCT algorithm || generation) FROM signing_keys"),
        ("first MAC keys", "SELECT count(*) - 1 FROM signing_keys WHERE algorithm = 'HS256'"),
        ("kept secrets", "SELECT count(*) - count(DISTINCT name) FROM kept_secrets"),
    ] {
        let more = database.number(sql, [])?;
        row.expect(more == 0, || format!("{more} {what} too many"));
    }
    let damage = database.damage()?;
    row.expect(damage.is_empty(), || damage.join(", "));
    Ok(())
}
