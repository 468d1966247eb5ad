//! A user is suspended while an application goes on.

use anyhow::Result;
use driver::client::administer;
use http::Method;
use serde_json::json;

use super::grants::expect_all_dead;
use crate::{
    Plan,
    cast::{Cast, is_refused, said},
    crowd::Crowd,
    pair::Pair,
    report::Row,
};

/// Requests that refresh meanwhile.
const REFRESHES: usize = 5;

/// The suspension against refreshes, a redemption and a new authorization.
pub(super) async fn run(plan: &Plan, pair: &Pair, cast: &Cast, crowd: &mut Crowd) -> Result<Row> {
    let mut row = Row::begin("suspension against refresh");
    let sent = crowd.requests;
    for round in 0..plan.rounds {
        row.rounds += 1;
        let cast = cast.with_new_user(pair, format!("suspended-{round}@example.org")).await?;
        let (first, code) = (cast.tokens(crowd).await?, cast.code(crowd).await?);
        let path = format!("/admin/api/users/{}", cast.user.email);
        let suspend = administer(Method::PATCH, &path, &json!({ "access_level": "suspended" }))?;
        let mut requests = vec![cast.app.refresh(&first.refresh)?; REFRESHES];
        requests.push(cast.app.redeem(&code)?);
        // Whichever host it comes to.
        let at = crowd.random.usize(..=requests.len());
        requests.insert(at, suspend);
        requests.push(cast.app.authorize(&cast.user.cookie)?);
        let mut answers = crowd.at_once(requests).await?;
        let authorized = answers.pop();
        let suspended = answers.remove(at);
        row.expect(suspended.status == 200, || format!("the suspension is answered {}", said(&suspended)));
        expect_all_dead(&mut row, &cast, crowd, answers, first).await?;
        let codes = authorized.and_then(|answer| answer.redirected_with("code").ok());
        for code in codes.into_iter().chain([code]) {
            let late = crowd.send(cast.app.redeem(&code)?).await?;
            row.expect(is_refused(&late), || format!("a code of a suspended user is answered {}", said(&late)));
        }
        for answer in crowd.everywhere(&cast.app.authorize(&cast.user.cookie)?).await? {
            row.expect(answer.redirected_with("code").is_err(), || "a suspended user gets a code".to_owned());
        }
        let kept = pair.database()?.number(
            "SELECT count(*) FROM sessions JOIN users ON users.id = sessions.user_id WHERE email = ?1",
            [&cast.user.email],
        )?;
        row.expect(kept == 0, || format!("{kept} sessions of a suspended user are left"));
    }
    row.requests = crowd.requests - sent;
    Ok(row.end())
}
