//! Three times as much is asked for as can be done, whether or not it is answered, beside clients that are slow in every
//! way. Good requests go on, the rest is refused soon, and afterwards everything is as it was.

mod mix;
mod slow;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use driver::{Host, process::free_address};
use tempfile::TempDir;
use tokio::task::JoinSet;

use self::{
    mix::{Kind, Mix, Outcome},
    slow::Crowd,
};
use crate::{Plan, report::Row};

/// How much more is asked for than can be done.
const TIMES: f64 = 3.0;
/// Clients that wait for each answer, by which is measured what can be done.
const CLIENTS: usize = 8;
/// How soon all but one of a hundred refusals come: after a second of waiting, and what a busy machine adds to that.
const SOON: Duration = Duration::from_secs(3);
/// This part of what can be done of each kind is still done, in time, when there is too much: who asks runs on the same
/// machine, and costs three times as much, too, and others may have come since it was measured.
const STILL_DONE: f64 = 0.2;
/// What a request may take longer than before once all is over, beside twice its time.
const NOISE: Duration = Duration::from_millis(50);
/// How long the server waits for clients.
const CLIENT_TIMEOUT: [&str; 2] = ["--client-timeout", "2s"];
/// By when those who are slow are sent away: twice that, and what a busy machine adds to it.
const SENT_AWAY: Duration = Duration::from_secs(6);

/// Measures what can be done, asks for more, and looks whether it can still be done afterwards.
pub(crate) async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let (state, address) = (TempDir::new()?, free_address()?);
    let host = Host { first: CLIENT_TIMEOUT.map(ToOwned::to_owned).to_vec(), ..plan.host.clone() };
    let settings = [("login_throttle", "off"), ("bcrypt_rounds", "10")];
    let server = host.spin_auth(&plan.root, state.path(), address, &settings).await?;
    let mix = Arc::new(Mix::new(address).await?);
    let quiet = medians(&mix).await;

    let time = plan.overload / 2;
    let alone = mix.in_turn(CLIENTS, time).await;
    let sustainable = rate(&alone, time, Outcome::is_done);
    ensure!(sustainable > 0.0, "nothing can be done");

    let mut rows = Kind::ALL.map(|kind| Row::begin(kind.name()));
    let mut slow = Crowd::start(address);
    let offered = ask(&mix, sustainable * TIMES, plan.overload).await;
    println!(
        "\n  can be done: {sustainable:.0}/s; asked for: {:.0}/s; done in time: {:.0}/s; refused: {:.0}/s",
        rate(&offered, plan.overload, |_| true),
        rate(&offered, plan.overload, Outcome::is_useful),
        rate(&offered, plan.overload, Outcome::is_refused),
    );
    for (kind, row) in Kind::ALL.into_iter().zip(&mut rows) {
        let can_be_done = of(&alone, kind).filter(|outcome| outcome.is_done()).count() as f64 * 2.0;
        judge(row, kind, &offered, can_be_done);
    }
    let slow = sent_away(&mut slow);
    let afterwards = as_before(&quiet, &medians(&mix).await);
    server.stop()?;
    Ok(rows.into_iter().chain([slow, afterwards]).map(Row::end).collect())
}

/// Sends so many requests a second for this time, whether or not others are answered; what became of all.
async fn ask(mix: &Arc<Mix>, rate: f64, time: Duration) -> Vec<Outcome> {
    let begun = Instant::now();
    let mut all = JoinSet::new();
    let mut number = 0;
    while begun.elapsed() < time {
        let due = (begun.elapsed().as_secs_f64() * rate) as usize;
        while number < due {
            let mix = Arc::clone(mix);
            all.spawn(async move { mix.send(number).await });
            number += 1;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    all.join_all().await
}

/// How long each kind takes when there is nothing else to do.
async fn medians(mix: &Mix) -> Vec<Duration> {
    let mut outcomes = Vec::new();
    for number in 0..50 {
        outcomes.push(mix.send(number).await);
    }
    Kind::ALL.into_iter().map(|kind| percentile(of(&outcomes, kind).map(|outcome| outcome.took), 0.5)).collect()
}

/// Looks at what has become of the requests of a kind, of which so many can be done in the same time.
fn judge(row: &mut Row, kind: Kind, outcomes: &[Outcome], can_be_done: f64) {
    row.rounds = 1;
    for outcome in of(outcomes, kind) {
        row.requests += 1;
        row.acts += u64::from(outcome.is_useful());
        row.refused += u64::from(outcome.is_refused());
        row.expect(outcome.is_done() || outcome.is_refused(), || match &outcome.result {
            Ok(status) => format!("answered {status}"),
            Err(error) => format!("{error:#}"),
        });
    }
    let times = |which: fn(&Outcome) -> bool, part| {
        percentile(of(outcomes, kind).filter(|outcome| which(outcome)).map(|outcome| outcome.took), part)
    };
    let (middle, latest) = (times(Outcome::is_done, 0.5), times(Outcome::is_refused, 0.99));
    println!(
        "  {}: done after {middle:?} (p99 {:?}), refused after {:?} (p99 {latest:?})",
        kind.name(),
        times(Outcome::is_done, 0.99),
        times(Outcome::is_refused, 0.5),
    );
    let done = row.acts;
    row.expect(done as f64 >= can_be_done * STILL_DONE, || {
        format!("{done} were done in time, of {can_be_done:.0} that can be")
    });
    row.expect(middle <= kind.useful(), || format!("done after {middle:?}"));
    row.expect(latest <= SOON, || format!("refused after {latest:?}"));
}

/// Looks at how long slow clients were let.
fn sent_away(slow: &mut Crowd) -> Row {
    let mut row = Row::begin("overload: slow clients");
    let (gone, left) = slow.gone();
    row.requests = (gone.len() + left) as u64;
    row.refused = gone.len() as u64;
    for (slow, let_for) in &gone {
        row.expect(let_for.as_ref().is_ok_and(|time| *time <= SENT_AWAY), || {
            format!("{slow:?} was let for {let_for:?}")
        });
    }
    row.expect(left == 0, || format!("{left} are still there"));
    row
}

/// Looks whether each kind takes as long as before.
fn as_before(before: &[Duration], after: &[Duration]) -> Row {
    let mut row = Row::begin("overload: afterwards");
    for ((kind, before), after) in Kind::ALL.into_iter().zip(before).zip(after) {
        row.rounds += 1;
        println!("  {}: {before:?} before, {after:?} afterwards", kind.name());
        row.expect(*after <= *before * 2 + NOISE, || {
            format!("{}: {before:?} before, {after:?} afterwards", kind.name())
        });
    }
    row
}

fn of(outcomes: &[Outcome], kind: Kind) -> impl Iterator<Item = &Outcome> {
    outcomes.iter().filter(move |outcome| outcome.kind == kind)
}

fn rate(outcomes: &[Outcome], time: Duration, which: impl Fn(&Outcome) -> bool) -> f64 {
    outcomes.iter().filter(|outcome| which(outcome)).count() as f64 / time.as_secs_f64()
}

/// The time that this part of them is not beyond; zero of none.
fn percentile(times: impl Iterator<Item = Duration>, part: f64) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times.get(((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let times = |count| (1..=count).map(Duration::from_secs);
        assert_eq!(percentile(times(0), 0.5), Duration::ZERO);
        assert_eq!(percentile(times(1), 0.99), Duration::from_secs(1));
        assert_eq!(percentile(times(100), 0.5), Duration::from_secs(51));
        assert_eq!(percentile(times(100), 0.99), Duration::from_secs(100));
    }
}
