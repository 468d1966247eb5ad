//! The signing keys are replaced while ID tokens are signed: whoever asks for the keys afterwards can verify every one.

use std::{cell::Cell, collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use driver::{
    Answer, App, Browser, Connection,
    client::{administer, get},
};
use http::Method;
use jwt_simple::prelude::{
    ECDSAP256PublicKeyLike, ES256PublicKey, Ed25519PublicKey, EdDSAPublicKeyLike, NoCustomClaims, RS256PublicKey,
    RSAPublicKeyLike, Token,
};
use serde_json::Value;

use crate::{
    Plan,
    cast::{SCOPE, Tokens, said},
    crowd::Crowd,
    pair::Pair,
    report::Row,
};

/// A new key signs after two seconds, and others may keep what was published for one.
const SETTINGS: [(&str, &str); 1] = [("key_publish_delay", "2")];
/// The algorithms, one application each.
const ALGORITHMS: [&str; 3] = ["ES256", "EdDSA", "RS256"];

/// One rotation after the other, and meanwhile rounds of refreshes at both hosts.
pub(super) async fn run(plan: &Plan) -> Result<Row> {
    let mut row = Row::begin("key rotation against signing");
    let pair = Pair::start(plan, &SETTINGS).await?;
    let mut crowd = pair.crowd(2 * ALGORITHMS.len(), plan.seed).await?;
    let [address, other] = pair.addresses();
    let mut browser = Browser::open(address).await?;
    browser.sign_up("jane@example.org").await?;
    let mut signers = Vec::new();
    for algorithm in ALGORITHMS {
        let app = App::register(&mut browser.connection, algorithm, SCOPE).await?;
        browser.allow(&app).await?;
        let code = crowd.send(app.authorize(&browser.cookie())?).await?.redirected_with("code")?;
        let tokens = Tokens::of(crowd.send(app.redeem(&code)?).await?)?;
        signers.push((app, tokens.refresh));
    }
    let (done, rotations) = (Cell::new(false), Cell::new(0));
    let rotate = async {
        let mut connections = [Connection::open(address).await?, Connection::open(other).await?];
        rotate_until(&done, &rotations, &mut connections).await
    };
    let sign = async {
        let outcome = rounds(plan, &mut row, &mut crowd, &mut signers, &rotations).await;
        done.set(true);
        outcome
    };
    tokio::try_join!(rotate, sign)?;
    eprintln!("{} rotations", rotations.get());
    row.requests = crowd.requests;
    pair.stop()?;
    Ok(row.end())
}

/// Rotates as often as the server lets, at both hosts at once.
async fn rotate_until(done: &Cell<bool>, rotations: &Cell<u32>, connections: &mut [Connection; 2]) -> Result<()> {
    let [first, second] = connections;
    let request = administer(Method::POST, "/admin/api/keys/rotate", &Value::Null)?;
    while !done.get() {
        let answers = tokio::try_join!(first.send(request.clone()), second.send(request.clone()))?;
        for answer in [answers.0, answers.1] {
            // Refused where the last rotation is not over yet.
            ensure!(answer.status == 200 || answer.status == 400, "a rotation is answered {}", said(&answer));
            rotations.set(rotations.get() + u32::from(answer.status == 200));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// As many rounds as planned, and more until one rotation has come to ten of them.
async fn rounds(
    plan: &Plan,
    row: &mut Row,
    crowd: &mut Crowd,
    signers: &mut [(App, String)],
    rotations: &Cell<u32>,
) -> Result<()> {
    while row.rounds < plan.rounds || rotations.get() < plan.rounds.div_ceil(10) {
        row.rounds += 1;
        let mut requests = Vec::new();
        for (app, refresh) in &*signers {
            requests.extend(vec![app.refresh(refresh)?; 2]);
        }
        let answers = crowd.at_once(requests).await?;
        let tokens = answers.into_iter().map(Tokens::of).collect::<Result<Vec<_>>>()?;
        let published = crowd.everywhere(&get("/jwks", &[])?).await?;
        for keys in &published {
            let keys = PublicKeys::of(keys)?;
            for tokens in &tokens {
                let verified = keys.verify(&tokens.id);
                row.expect(verified.is_ok(), || format!("an ID token does not verify: {verified:?}"));
            }
        }
        for ((_, refresh), tokens) in signers.iter_mut().zip(tokens.chunks(2)) {
            *refresh = tokens.first().context("no tokens")?.refresh.clone();
        }
    }
    Ok(())
}

/// Those of a JWK Set, by their names.
struct PublicKeys(BTreeMap<String, Value>);

impl PublicKeys {
    fn of(answer: &Answer) -> Result<Self> {
        let json: Value = serde_json::from_slice(&answer.body)?;
        let keys = json.get("keys").and_then(Value::as_array).context("no keys")?;
        Ok(Self(keys.iter().map(|key| Ok((member(key, "kid")?.to_owned(), key.clone()))).collect::<Result<_>>()?))
    }

    fn verify(&self, token: &str) -> Result<()> {
        let header = Token::decode_metadata(token).map_err(|error| anyhow::anyhow!("{error}"))?;
        let name = header.key_id().context("no kid")?;
        let key = self.0.get(name).with_context(|| format!("no key {name} is published"))?;
        let octets = |name| Ok::<_, anyhow::Error>(URL_SAFE_NO_PAD.decode(member(key, name)?).unwrap_or_default());
        let verified = match header.algorithm() {
            "ES256" => {
                let point = [vec![4], octets("x")?, octets("y")?].concat();
                ES256PublicKey::from_bytes(&point).and_then(|key| key.verify_token::<NoCustomClaims>(token, None))
            }
            "EdDSA" => Ed25519PublicKey::from_bytes(&octets("x")?)
                .and_then(|key| key.verify_token::<NoCustomClaims>(token, None)),
            _ => RS256PublicKey::from_components(&octets("n")?, &octets("e")?)
                .and_then(|key| key.verify_token::<NoCustomClaims>(token, None)),
        };
        verified.map(drop).map_err(|error| anyhow::anyhow!("{error}"))
    }
}

fn member<'a>(key: &'a Value, name: &str) -> Result<&'a str> {
    key.get(name).and_then(Value::as_str).with_context(|| format!("no {name}"))
}
