//! Whether what was acknowledged holds.

use anyhow::{Context, Result};
use driver::Connection;
use http::Method;

use super::Worker;
use crate::{
    cast::{Tokens, is_active, said},
    report::Row,
    watch::Watch,
};

/// How many of each kind are remembered from one time to the next.
const KEPT: usize = 12;

impl Worker {
    /// Does again what was not acknowledged, checks everything that was, then forgets the oldest of it.
    pub(super) async fn check(&mut self, row: &mut Row, watch: &Watch) -> Result<()> {
        self.connection = Connection::open(self.address).await?;
        self.repeat(row, watch).await?;
        for at in 0..self.people.len() {
            self.check_person(row, at).await?;
        }
        for at in 0..self.grants.len() {
            self.check_grant(row, watch, at).await?;
        }
        for token in self.revoked.clone() {
            let active = is_active(self.send(watch.watcher.about_token("/introspect", &token)?).await?)?;
            row.expect(!active, || "a revoked access token is good again".to_owned());
        }
        for app in self.apps.clone() {
            let answer = self.send(app.client_credentials()?).await?;
            row.expect(answer.status == 200, || format!("a registered client is answered {}", said(&answer)));
        }
        for app in self.gone.clone() {
            for request in [app.client_credentials()?, app.configure(Method::GET)?] {
                let answer = self.send(request).await?;
                row.expect(answer.status == 401, || format!("a deleted client is answered {}", said(&answer)));
            }
        }
        keep(&mut self.people);
        keep(&mut self.apps);
        keep(&mut self.grants);
        keep(&mut self.revoked);
        keep(&mut self.gone);
        Ok(())
    }

    async fn check_person(&mut self, row: &mut Row, at: usize) -> Result<()> {
        let person = self.people.get_mut(at).context("nobody")?;
        person.browser.connection = Connection::open(self.address).await?;
        let suspended = person.suspended;
        let cookie = person.browser.cookie();
        for app in person.allowed.clone() {
            let answer = self.send(app.authorize(&cookie)?).await?;
            let has_code = answer.redirected_with("code").is_ok();
            row.expect(has_code != suspended, || match suspended {
                true => "somebody who was suspended gets a code".to_owned(),
                false => format!("a session or a consent is lost: {}", said(&answer)),
            });
        }
        Ok(())
    }

    async fn check_grant(&mut self, row: &mut Row, watch: &Watch, at: usize) -> Result<()> {
        let grant = self.grants.get(at).context("no grant")?;
        let (live, unanswered) = (grant.live, grant.unanswered);
        let refresh = grant.app.refresh(&grant.tokens.refresh)?;
        let introspection = watch.watcher.about_token("/introspect", &grant.tokens.access)?;
        let active = is_active(self.send(introspection).await?)?;
        row.expect(active == live, || match live {
            true => "an access token is lost".to_owned(),
            false => "an access token is good again after its acknowledged end".to_owned(),
        });
        let answer = self.send(refresh.clone()).await?;
        row.expect((answer.status == 200) == live, || match live {
            true => format!("a refresh token is lost: {}", said(&answer)),
            false => "a refresh token is good again after its acknowledged end".to_owned(),
        });
        if !live || answer.status != 200 {
            return Ok(());
        }
        let tokens = Tokens::of(answer)?;
        if unanswered {
            let again = Tokens::of(self.send(refresh).await?)?;
            row.expect(again.refresh == tokens.refresh, || "a grant has two lines of refresh tokens".to_owned());
        }
        if let Some(grant) = self.grants.get_mut(at) {
            (grant.tokens, grant.unanswered) = (tokens, false);
        }
        Ok(())
    }
}

fn keep<T>(kept: &mut Vec<T>) {
    kept.drain(..kept.len().saturating_sub(KEPT));
}
