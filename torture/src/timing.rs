//! How long refusals take: the time of one must not tell what the words of it do not. Each pair of requests is refused
//! alike; they are sent in turns on one connection, with the first of them once more, which shows what the noise is. What is
//! compared is the median of the differences within a turn, so that what else the machine does hits all alike.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use driver::{
    App, Browser, Connection, Request,
    client::{administer, get, post},
    process::free_address,
};
use http::{HeaderValue, Method};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    Plan,
    cast::{SCOPE, Tokens},
    report::Row,
};

const EMAIL: &str = "jane@example.org";
/// Somebody who came with a hash that costs less.
const IMPORTED: &str = "imported@example.org";
/// bcrypt of cost 4.
const CHEAP: &str = "$2y$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I8C8e";
/// What somebody could make use of: this part of the time of an answer.
const USABLE: f64 = 0.1;

/// Two requests that are refused alike.
struct Pair {
    name: &'static str,
    one: Request,
    other: Request,
    rounds: u32,
}

/// Compares every pair.
pub(crate) async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let state = TempDir::new()?;
    let address = free_address()?;
    let settings = [("login_throttle", "off"), ("bcrypt_rounds", "10")];
    let server = plan.host.spin_auth(&plan.root, state.path(), address, &settings).await?;
    let mut connection = Connection::open(address).await?;
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rows = Vec::new();
    let [mut browser, mut visitor] = [Browser::open(address).await?, Browser::open(address).await?];
    for pair in pairs(plan, &mut connection, [&mut browser, &mut visitor], &mut random).await? {
        rows.push(compare(pair, &mut connection, &mut random).await?);
    }
    server.stop()?;
    Ok(rows)
}

async fn pairs(
    plan: &Plan,
    connection: &mut Connection,
    [browser, visitor]: [&mut Browser; 2],
    random: &mut fastrand::Rng,
) -> Result<Vec<Pair>> {
    let app = App::register(connection, "ES256", SCOPE).await?;
    browser.sign_up(EMAIL).await?;
    browser.allow(&app).await?;
    let line = json!({"email": IMPORTED, "given_name": "Ida", "password_hash": CHEAP});
    let mut import = administer(Method::POST, "/admin/api/import/users", &line)?;
    import.headers_mut().insert("content-type", HeaderValue::from_static("application/jsonl"));
    connection.send(import).await?.expect(200)?;
    let code = || app.authorize(&browser.cookie());
    let tokens = connection.send(code()?).await?.redirected_with("code")?;
    let tokens = Tokens::of(connection.send(app.redeem(&tokens)?).await?)?;
    let code = connection.send(code()?).await?.redirected_with("code")?;

    let page = visitor.get("/login").await?.expect(200)?.text();
    let csrf =
        page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).context("no csrf")?;
    let login = |email: &str| {
        let form = [("csrf", csrf), ("email", email), ("password", "not the password of anybody")];
        post("/login", &[("cookie", &visitor.cookie())], &form)
    };
    let client = |id: &str, secret: &str| {
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        post("/token", &[("authorization", &basic)], &[("grant_type", "client_credentials")])
    };
    let bearer = |token: &str| get("/userinfo", &[("authorization", &format!("Bearer {token}"))]);
    let (junk, another) = (junk(random, 43), junk(random, 43));
    let rounds = plan.rounds;
    let pair = |name, one: Result<Request>, other: Result<Request>| {
        Ok::<_, anyhow::Error>(Pair { name, one: one?, other: other?, rounds })
    };
    Ok(vec![
        // bcrypt takes its time.
        Pair {
            rounds: rounds / 4,
            ..pair("sign-in: a wrong password, nobody", login(EMAIL), login("nobody@example.org"))?
        },
        Pair {
            rounds: rounds / 4,
            ..pair("sign-in: an imported hash, nobody", login(IMPORTED), login("nobody@example.org"))?
        },
        pair(
            "client: a wrong secret, no client",
            client(&app.id, &format!("scs_{junk}")),
            client("4f8c1a52-7a5e-4e6c-9b3c-1d2e3f405162", &format!("scs_{junk}")),
        )?,
        pair(
            "client: two wrong secrets",
            client(&app.id, &format!("scs_{junk}")),
            client(&app.id, &format!("scs_{another}")),
        )?,
        pair(
            "access token: a wrong MAC, junk",
            bearer(&changed(&tokens.access, None)?),
            bearer(&scrambled(&tokens.access, random)),
        )?,
        pair(
            "access token: MAC wrong at its ends",
            bearer(&changed(&tokens.access, Some(32))?),
            bearer(&changed(&tokens.access, None)?),
        )?,
        pair(
            "refresh token: a wrong MAC, junk",
            app.refresh(&changed(&tokens.refresh, None)?),
            app.refresh(&scrambled(&tokens.refresh, random)),
        )?,
        pair(
            "code: a wrong secret, no grant",
            app.redeem(&changed(&code, None)?),
            app.redeem(&changed(&code, Some(48))?),
        )?,
    ])
}

/// Text of the alphabet of tokens.
fn junk(random: &mut fastrand::Rng, length: usize) -> String {
    (0..length).map(|_| random.alphanumeric()).collect()
}

/// Junk that looks like this token.
fn scrambled(token: &str, random: &mut fastrand::Rng) -> String {
    let (prefix, rest) = token.split_at(4);
    // A multiple of four: every text of this alphabet is base64url then.
    format!("{prefix}{}", junk(random, rest.len() / 4 * 4))
}

/// This token with another octet: the last one, or one counted from the end.
fn changed(token: &str, from_end: Option<usize>) -> Result<String> {
    let (prefix, encoded) = token.split_at(4);
    let mut octets = URL_SAFE_NO_PAD.decode(encoded).ok().context("no token")?;
    let at = octets.len().checked_sub(from_end.unwrap_or(1)).context("a short token")?;
    *octets.get_mut(at).context("no octet")? ^= 1;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(octets)))
}

async fn compare(pair: Pair, connection: &mut Connection, random: &mut fastrand::Rng) -> Result<Row> {
    let Pair { name, one, other, rounds } = pair;
    let mut row = Row::begin(name);
    let (mut times, mut differences, mut noise) = (Vec::new(), Vec::new(), Vec::new());
    let mut status = None;
    for _ in 0..rounds {
        row.rounds += 1;
        let mut took = [Duration::ZERO; 3];
        let mut turns = [0, 1, 2];
        random.shuffle(&mut turns);
        for turn in turns {
            let request = if turn == 1 { other.clone() } else { one.clone() };
            let sent = Instant::now();
            let answer = connection.send(request).await?;
            if let Some(place) = took.get_mut(turn) {
                *place = sent.elapsed();
            }
            row.requests += 1;
            let known = status.get_or_insert(answer.status);
            row.expect(*known == answer.status && !answer.status.is_success(), || {
                format!("{known} and {}", answer.status)
            });
        }
        let [one, other, again] = took.map(|took| took.as_secs_f64() * 1e6);
        times.push(one);
        differences.push(other - one);
        noise.push(again - one);
    }
    let (time, difference, against_itself) = (median(&mut times), median(&mut differences), median(&mut noise));
    let band = band(&mut noise) + against_itself.abs();
    println!("  {time:.0} µs, the other {difference:+.1} µs, the noise ±{band:.1} µs");
    row.expect(difference.abs() <= band.max(time * USABLE), || {
        format!(
            "one takes {time:.0} µs, the other {difference:+.0} µs, which is more than {:.0}% and the noise",
            USABLE * 100.0
        )
    });
    Ok(row.end())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// In which the median of so many such values lies, in 95 of 100 cases: by their median absolute deviation, which a few that
/// are far off do not move.
fn band(values: &mut [f64]) -> f64 {
    let middle = median(values);
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    1.96 * 1.2533 * 1.4826 * median(&mut deviations) / (values.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_through_noise_and_a_few_that_are_far_off() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut noise: Vec<f64> = (0..400).map(|_| random.f64() * 100.0 - 50.0).collect();
        noise.extend([1e6, -1e6, 1e7]);
        let mut shifted: Vec<f64> = noise.iter().map(|value| value + 20.0).collect();
        assert!(median(&mut noise).abs() < 5.0);
        assert!(median(&mut shifted) > band(&mut noise) && band(&mut noise) < 10.0);
    }

    #[test]
    fn a_changed_token_differs_in_one_octet() {
        let token = format!("sac_{}", URL_SAFE_NO_PAD.encode([7; 48]));
        for (from_end, at) in [(None, 47), (Some(48), 0)] {
            let octets = URL_SAFE_NO_PAD.decode(changed(&token, from_end).unwrap().split_at(4).1).unwrap();
            let differing: Vec<_> =
                octets.iter().enumerate().filter(|(_, octet)| **octet != 7).map(|(at, _)| at).collect();
            assert_eq!(differing, [at]);
        }
    }
}
