//! The way into the dashboard: who may act, and what waits until they have signed in.

use protocol::{params::Params, time::Seconds};

use crate::{Env, Failure, factors::Factors, keys::Keys, sealed, session::SignedIn, sign_in::Acr};

const PURPOSE: &str = "dashboard page";
/// Who acts has signed in so many seconds ago at most. Who only looks needs a session, however old.
const RECENT: Seconds = Seconds(3600);

/// A page of the dashboard. It waits, signed, until somebody has signed in.
#[derive(Debug)]
pub struct DashboardPage(String);

impl DashboardPage {
    /// The page of this path below that of the issuer, with its query.
    pub fn new(path: &str, query: &str) -> Self {
        Self(if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") })
    }

    /// Its path and query.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The signed text that travels with the pages of the sign-in.
    pub async fn seal<S: Keys>(&self, env: &Env<'_, S>) -> Result<String, Failure> {
        sealed::seal(env, PURPOSE, env.now, &Params::from_iter([("page", self.0.as_str())])).await
    }

    /// The page that such a text names.
    pub async fn open<S: Keys>(env: &Env<'_, S>, text: &str) -> Result<Option<Self>, Failure> {
        let Some((_, params)) = sealed::open(env, PURPOSE, text).await? else { return Ok(None) };
        Ok(params.get("page")?.map(|page| Self(page.to_owned())))
    }
}

/// Whether this session may act and not only look: the sign-in is recent, and as strong as the factors of its user ask for.
/// Whoever finds a browser that was left open changes nothing by it.
pub async fn may_act<S: Factors>(env: &Env<'_, S>, signed_in: &SignedIn) -> Result<bool, Failure> {
    if env.now.0 - signed_in.session.auth_time.0 > RECENT.0 {
        return Ok(false);
    }
    Ok(Acr::parse(&signed_in.session.acr) > Some(Acr::Password)
        || !env.store.enrolled(signed_in.user.id).await?.has_second_factor())
}
