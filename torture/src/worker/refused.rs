//! What was asked for and not acknowledged: it can be done again, and what was refused while nothing could be written was
//! not done.

use anyhow::Result;
use driver::{App, Browser};

use super::{Grant, Person, Worker};
use crate::{
    cast::{Tokens, is_active, is_refused, said},
    report::Row,
    watch::{Moment, Need, Watch, answer},
};

/// Something that was asked for and not acknowledged.
pub(super) struct Refused {
    pub(super) what: What,
    /// Whether nothing could be written from its beginning to its end.
    pub(super) nothing_was_done: bool,
}

/// What it was.
pub(super) enum What {
    SignUp(String),
    Redeem { email: String, app: App, code: String },
    Revoke { grant: Grant, ends: bool },
    Suspend { person: Person, theirs: Vec<Grant> },
    Delete { app: App, its: Vec<Grant> },
}

impl Refused {
    /// Whose it is, where it is worth nothing without either.
    pub(super) fn of(&self) -> Option<(&str, &App)> {
        match &self.what {
            What::Redeem { email, app, .. } => Some((email, app)),
            What::Revoke { grant, .. } => Some((&grant.email, &grant.app)),
            What::SignUp(_) | What::Suspend { .. } | What::Delete { .. } => None,
        }
    }
}

impl Worker {
    /// Remembers it, and why it failed.
    pub(super) fn refuse(&mut self, watch: &Watch, began: Moment, what: What, failure: anyhow::Error) -> Result<()> {
        self.refused.push(Refused { what, nothing_was_done: watch.since(began).forbids(Need::Writing) });
        Err(failure)
    }

    /// Does all of it again.
    pub(super) async fn repeat(&mut self, row: &mut Row, watch: &Watch) -> Result<()> {
        for Refused { what, nothing_was_done } in std::mem::take(&mut self.refused) {
            match what {
                What::SignUp(email) => self.sign_up_again(email).await?,
                What::Redeem { email, app, code } => {
                    let answer = self.send(app.redeem(&code)?).await?;
                    // Where it was redeemed and that was not told, it is worth nothing any more.
                    let holds = answer.status == 200 || (is_refused(&answer) && !nothing_was_done);
                    row.expect(holds, || format!("a code that was not redeemed is answered {}", said(&answer)));
                    if answer.status == 200 {
                        let tokens = Tokens::of(answer)?;
                        self.grants.push(Grant { email, app, tokens, live: true, unanswered: false });
                    }
                }
                What::Revoke { grant, ends } => {
                    let question = watch.watcher.about_token("/introspect", &grant.tokens.access)?;
                    let active = is_active(self.send(question).await?)?;
                    row.expect(active || !nothing_was_done, || "a revocation was refused, and done".to_owned());
                    self.revocation(&grant, ends).await?;
                    self.revoked(grant, ends);
                }
                What::Suspend { person, theirs } => {
                    self.suspension(&person).await?;
                    self.suspended(person, theirs);
                }
                What::Delete { app, its } => {
                    let answer = self.send(app.configure(http::Method::DELETE)?).await?;
                    let holds = answer.status == 204 || (answer.status == 401 && !nothing_was_done);
                    row.expect(holds, || format!("a deletion that was refused is answered {}", said(&answer)));
                    self.deleted(app, its);
                }
            }
        }
        Ok(())
    }

    /// Where the account was made and that was not told, its owner signs in.
    async fn sign_up_again(&mut self, email: String) -> Result<()> {
        let mut browser = Browser::open(self.address).await?;
        self.requests += 2;
        if let Err(failure) = browser.sign_up(&email).await {
            if answer(&failure).is_none_or(|answer| answer.status.is_server_error()) {
                return Err(failure);
            }
            self.requests += 2;
            browser.sign_in(&email).await?;
        }
        self.people.push(Person { email, browser, allowed: Vec::new(), suspended: false });
        Ok(())
    }
}
