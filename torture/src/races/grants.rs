//! Codes and refresh tokens: one lineage, and none after a revocation.

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use driver::{Answer, client::administer};
use http::Method;
use serde_json::Value;

use super::CROWD;
use crate::{
    Plan,
    cast::{Cast, Tokens, is_refused, said},
    crowd::Crowd,
    pair::Pair,
    report::Row,
};

/// One code, redeemed by all at once: one gets tokens, the others are replays and end what that one got (RFC 6749 §4.1.2).
pub(super) async fn redemptions(plan: &Plan, pair: &Pair, cast: &Cast, crowd: &mut Crowd) -> Result<Row> {
    let mut row = Row::begin("redemptions of one code");
    let sent = crowd.requests;
    for _ in 0..plan.rounds {
        row.rounds += 1;
        let code = cast.code(crowd).await?;
        let request = cast.app.redeem(&code)?;
        let (won, lost) = split(crowd.at_once(vec![request; CROWD]).await?)?;
        row.expect(won.len() == 1, || format!("{} redemptions of one code have succeeded", won.len()));
        refused(&mut row, &lost);
        for tokens in &won {
            cast.expect_dead(&mut row, crowd, tokens).await?;
        }
        let live = pair.database()?.number(
            "SELECT count(*) FROM grants WHERE id = ?1 AND (revoked_reason IS NOT 'code_replay' OR redeemed_at IS NULL)",
            [grant_of(&code)?],
        )?;
        row.expect(live == 0, || "the grant of a replayed code is not marked as one".to_owned());
    }
    row.requests = crowd.requests - sent;
    Ok(row.end())
}

/// One refresh token, used by all at once: all get the same successor, and the family goes on by that alone.
pub(super) async fn refreshes(plan: &Plan, cast: &Cast, crowd: &mut Crowd) -> Result<Row> {
    let mut row = Row::begin("refreshes by one token");
    let sent = crowd.requests;
    for _ in 0..plan.rounds {
        row.rounds += 1;
        let first = cast.tokens(crowd).await?;
        let (won, lost) = split(crowd.at_once(vec![cast.app.refresh(&first.refresh)?; CROWD]).await?)?;
        row.expect(lost.is_empty(), || format!("{} of parallel refreshes were refused", lost.len()));
        let Some(one) = won.first() else { continue };
        let forks = won.iter().filter(|other| other.refresh != one.refresh).count();
        row.expect(forks == 0, || format!("{forks} of the successors are others"));
        for tokens in &won {
            cast.expect_alive(&mut row, crowd, tokens).await?;
        }
        let next = Tokens::of(crowd.send(cast.app.refresh(&one.refresh)?).await?)?;
        cast.expect_alive(&mut row, crowd, &next).await?;
        // Two generations back is reuse, and ends all of them.
        let reuse = crowd.send(cast.app.refresh(&first.refresh)?).await?;
        row.expect(is_refused(&reuse), || format!("a token of two generations before is answered {}", said(&reuse)));
        cast.expect_dead(&mut row, crowd, &next).await?;
    }
    row.requests = crowd.requests - sent;
    Ok(row.end())
}

/// A refresh token, used and revoked at once.
pub(super) async fn refresh_against_revocation(plan: &Plan, cast: &Cast, crowd: &mut Crowd) -> Result<Row> {
    let mut row = Row::begin("refresh against revocation");
    let sent = crowd.requests;
    for _ in 0..plan.rounds {
        row.rounds += 1;
        let first = cast.tokens(crowd).await?;
        let mut requests = vec![cast.app.refresh(&first.refresh)?; CROWD];
        let at = crowd.random.usize(..CROWD);
        *requests.get_mut(at).context("no such request")? = cast.app.about_token("/revoke", &first.refresh)?;
        let mut answers = crowd.at_once(requests).await?;
        let revoked = answers.remove(at);
        row.expect(revoked.status == 200, || format!("the revocation is answered {}", said(&revoked)));
        expect_all_dead(&mut row, cast, crowd, answers, first).await?;
    }
    row.requests = crowd.requests - sent;
    Ok(row.end())
}

/// A code is redeemed while the administrator revokes its grant.
pub(super) async fn redemption_against_revocation(plan: &Plan, cast: &Cast, crowd: &mut Crowd) -> Result<Row> {
    let mut row = Row::begin("redemption against revocation");
    let sent = crowd.requests;
    for _ in 0..plan.rounds {
        row.rounds += 1;
        let code = cast.code(crowd).await?;
        let revoke =
            administer(Method::DELETE, &format!("/admin/api/grants/{}", uuid(grant_of(&code)?)), &Value::Null)?;
        let mut requests = vec![cast.app.redeem(&code)?, revoke];
        let swapped = crowd.random.bool();
        if swapped {
            requests.reverse();
        }
        let mut answers = crowd.at_once(requests).await?;
        let revoked = answers.remove(usize::from(!swapped));
        row.expect(revoked.status == 204, || format!("the revocation is answered {}", said(&revoked)));
        let (won, lost) = split(answers)?;
        refused(&mut row, &lost);
        for tokens in &won {
            cast.expect_dead(&mut row, crowd, tokens).await?;
        }
        let again = crowd.send(cast.app.redeem(&code)?).await?;
        row.expect(is_refused(&again), || format!("a code is good after its revocation: {}", said(&again)));
    }
    row.requests = crowd.requests - sent;
    Ok(row.end())
}

/// After an end that was acknowledged neither the first tokens are good nor any that were got meanwhile.
pub(super) async fn expect_all_dead(
    row: &mut Row,
    cast: &Cast,
    crowd: &mut Crowd,
    meanwhile: Vec<Answer>,
    first: Tokens,
) -> Result<()> {
    let (won, lost) = split(meanwhile)?;
    refused(row, &lost);
    for tokens in won.iter().chain([&first]) {
        cast.expect_dead(row, crowd, tokens).await?;
    }
    Ok(())
}

/// Those that got tokens, and the others.
fn split(answers: Vec<Answer>) -> Result<(Vec<Tokens>, Vec<Answer>)> {
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    Ok((won.into_iter().map(Tokens::of).collect::<Result<_>>()?, lost))
}

/// Those that got none must have been told why, as the specification says it.
fn refused(row: &mut Row, lost: &[Answer]) {
    for answer in lost {
        row.expect(is_refused(answer), || format!("a token request is answered {}", said(answer)));
    }
}

/// The identifier of the grant, which is in its code.
fn grant_of(code: &str) -> Result<[u8; 16]> {
    let octets = code.strip_prefix("sac_").and_then(|rest| URL_SAFE_NO_PAD.decode(rest).ok());
    octets.and_then(|octets| octets.first_chunk().copied()).context("not a code")
}

fn uuid(octets: [u8; 16]) -> String {
    let mut text: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    for at in [20, 16, 12, 8] {
        text.insert(at, '-');
    }
    text
}
