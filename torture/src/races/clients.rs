//! Applications are registered, and one is deleted while it goes on.

use anyhow::{Context, Result};
use driver::{Answer, App};
use http::Method;

use crate::{
    Plan,
    cast::{Cast, SCOPE, Tokens, is_active, said},
    crowd::Crowd,
    pair::Pair,
    report::Row,
};

/// What hangs on a client, by its identifier.
const LEFT: &str = "SELECT (SELECT count(*) FROM clients WHERE id = ?1) + (SELECT count(*) FROM grants WHERE client_id = ?1) \
    + (SELECT count(*) FROM consents WHERE client_id = ?1)";

/// Registrations at both hosts, then the deletion of one against all that it can do, and against another registration.
pub(super) async fn run(plan: &Plan, pair: &Pair, cast: &Cast, crowd: &mut Crowd) -> Result<Row> {
    let mut row = Row::begin("registration against deletion");
    let sent = crowd.requests;
    let [address, _] = pair.addresses();
    let mut browser = driver::Browser::open(address).await?;
    browser.sign_up("clients@example.org").await?;
    for _ in 0..plan.rounds {
        row.rounds += 1;
        let registrations = crowd.at_once(vec![App::registration("ES256", SCOPE)?; 2]).await?;
        let mut apps =
            registrations.into_iter().map(|answer| App::registered(answer, SCOPE)).collect::<Result<Vec<_>>>()?;
        let app = apps.pop().context("no application")?;
        browser.allow(&app).await?;
        let authorize = app.authorize(&browser.cookie())?;
        let mut codes = crowd.at_once(vec![authorize.clone(); 2]).await?.into_iter();
        let mut code = || codes.next().context("no code")?.redirected_with("code");
        let first = Tokens::of(crowd.send(app.redeem(&code()?)?).await?)?;
        let mut requests = vec![
            app.client_credentials()?,
            app.refresh(&first.refresh)?,
            app.redeem(&code()?)?,
            app.about_token("/introspect", &first.access)?,
            App::registration("ES256", SCOPE)?,
            authorize,
        ];
        let at = crowd.random.usize(..=requests.len());
        requests.insert(at, app.configure(Method::DELETE)?);
        let mut answers = crowd.at_once(requests).await?;
        let deleted = answers.remove(at);
        row.expect(deleted.status == 204, || format!("the deletion is answered {}", said(&deleted)));
        let registered = answers.remove(4);
        apps.push(App::registered(registered, SCOPE)?);
        expect_gone(&mut row, crowd, cast, &app, answers, first).await?;
        let database = pair.database()?;
        let left = database.number(LEFT, [&app.id])?;
        row.expect(left == 0, || format!("{left} rows of a deleted client are left"));
        for app in apps {
            let rows = database.number("SELECT count(*) FROM clients WHERE id = ?1", [&app.id])?;
            row.expect(rows == 1, || "a registration that was acknowledged is not there".to_owned());
            for answer in crowd.everywhere(&app.client_credentials()?).await? {
                row.expect(answer.status == 200, || format!("a registered client is answered {}", said(&answer)));
            }
        }
    }
    row.requests = crowd.requests - sent;
    Ok(row.end())
}

/// Nothing that a deleted client had or got meanwhile is good for anything.
async fn expect_gone(
    row: &mut Row,
    crowd: &mut Crowd,
    cast: &Cast,
    app: &App,
    meanwhile: Vec<Answer>,
    first: Tokens,
) -> Result<()> {
    let got = meanwhile.iter().filter_map(|answer| answer.member("access_token").ok());
    for token in got.chain([first.access]) {
        for answer in crowd.everywhere(&cast.watcher.about_token("/introspect", &token)?).await? {
            row.expect(!is_active(answer)?, || "an access token of a deleted client is active".to_owned());
        }
    }
    for request in [app.client_credentials()?, app.refresh(&first.refresh)?, app.configure(Method::GET)?] {
        for answer in crowd.everywhere(&request).await? {
            row.expect(answer.status == 401, || format!("a deleted client is answered {}", said(&answer)));
        }
    }
    for answer in meanwhile {
        row.expect(!answer.status.is_server_error(), || format!("meanwhile {} was answered", said(&answer)));
    }
    Ok(())
}
