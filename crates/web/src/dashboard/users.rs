//! Users.

use askama::Template;
use domain::{
    Env,
    admin::{Account, AuditEntry, Change, GrantRecord, NewAccount, Page, UserQuery},
    factors::Enrolled,
    keys::Keys,
    session::Session,
    user::AccessLevel,
};
use http::StatusCode;
use protocol::{Secret, Timestamp, params::Params};

use super::{Frame, Visitor, audit::Line, english, paging::Paging};
use crate::{Request, Result, admin, page::Layout, time::utc};

/// Reads which users are asked for, as the JSON API does.
pub fn query(request: &Request) -> Result<UserQuery> {
    admin::users::query(&request.query()?)
}

#[derive(Template)]
#[template(path = "dashboard/users.html")]
struct List<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    search: &'a str,
    level: &'a str,
    sort: &'a str,
    users: &'a [Account],
    paging: Paging,
}

impl List<'_> {
    fn time(&self, time: &Timestamp) -> String {
        utc(*time)
    }
}

/// Shows some users.
pub async fn list<S: Keys>(env: &Env<'_, S>, request: &Request, visitor: &Visitor, users: &Page<Account>) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "users").await?);
    let params = request.query()?;
    let template = List {
        layout: &layout,
        frame: &frame,
        search: params.get("q")?.unwrap_or_default(),
        level: params.get("access_level")?.unwrap_or_default(),
        sort: params.get("sort")?.unwrap_or("-created_at"),
        users: &users.items,
        paging: Paging::of(&params, users)?,
    };
    visitor.show(env, StatusCode::OK, &layout, &template)
}

/// What somebody typed of a user.
#[derive(Default)]
pub struct Typed {
    email: String,
    email_verified: bool,
    given_name: String,
    family_name: String,
    access_level: String,
}

impl Typed {
    /// Reads a posted form.
    pub fn of(form: &Params) -> Result<Self> {
        let text = |name| form.get(name).map(|text| text.unwrap_or_default().to_owned());
        Ok(Self {
            email: text("email")?,
            email_verified: form.get("email_verified")?.is_some(),
            given_name: text("given_name")?,
            family_name: text("family_name")?,
            access_level: text("access_level")?,
        })
    }

    fn known(account: &Account) -> Self {
        let user = &account.user;
        Self {
            email: user.email.clone(),
            email_verified: user.email_verified,
            given_name: user.given_name.clone(),
            family_name: user.family_name.clone(),
            access_level: user.access_level.as_str().to_owned(),
        }
    }

    /// The user to be made.
    pub fn new_account(&self) -> NewAccount {
        NewAccount {
            email: self.email.clone(),
            given_name: self.given_name.clone(),
            family_name: self.family_name.clone(),
            access_level: AccessLevel::parse(&self.access_level).unwrap_or(AccessLevel::User),
        }
    }

    /// What is to change of a user. That the address is verified is said only where the box was not as it is now: another
    /// address is not verified because the one before was.
    pub fn change(&self, known: &Account) -> Change {
        Change {
            email: Some(self.email.clone()),
            email_verified: Some(self.email_verified).filter(|verified| *verified != known.user.email_verified),
            given_name: Some(self.given_name.clone()),
            family_name: Some(self.family_name.clone()),
            access_level: AccessLevel::parse(&self.access_level),
            claims: None,
        }
    }
}

#[derive(Template)]
#[template(path = "dashboard/user_new.html")]
struct New<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    problem: Option<&'static str>,
    typed: &'a Typed,
}

/// Asks for a new user.
pub async fn new<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    visitor: &Visitor,
    typed: &Typed,
    problem: Option<&'static str>,
) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "users").await?);
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    visitor.show(env, status, &layout, &New { layout: &layout, frame: &frame, problem, typed })
}

#[derive(Template)]
#[template(path = "dashboard/password.html")]
struct Password<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    account: &'a Account,
    is_new: bool,
    password: &'a str,
}

/// Shows a temporary password, this one time.
pub async fn password<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    visitor: &Visitor,
    account: &Account,
    password: &Secret,
    is_new: bool,
) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "users").await?);
    let password = password.expose();
    visitor.show(env, StatusCode::OK, &layout, &Password { layout: &layout, frame: &frame, account, is_new, password })
}

/// What there is of a user.
pub struct Details {
    /// The user.
    pub account: Account,
    /// Their second factors.
    pub enrolled: Enrolled,
    /// Their newest sessions.
    pub sessions: Page<Session>,
    /// Their newest grants.
    pub grants: Page<GrantRecord>,
    /// The newest lines of the audit log about them.
    pub log: Page<AuditEntry>,
}

#[derive(Template)]
#[template(path = "dashboard/user.html")]
struct One<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    problem: Option<&'static str>,
    typed: &'a Typed,
    account: &'a Account,
    enrolled: &'a Enrolled,
    created: String,
    last_login: Option<String>,
    sessions: Vec<(&'a Session, String, String)>,
    more_sessions: bool,
    own_session: domain::Id,
    grants: Vec<super::access::Grant<'a>>,
    more_grants: bool,
    log: Vec<Line<'a>>,
}

impl One<'_> {
    fn is_suspended(&self) -> bool {
        self.account.user.access_level == AccessLevel::Suspended
    }
}

/// Shows a user; `problem` with what was typed where that could not be saved.
pub async fn one<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    visitor: &Visitor,
    details: &Details,
    problem: Option<(&'static str, Option<Typed>)>,
) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "users").await?);
    let account = &details.account;
    let (problem, typed) = match problem {
        Some((problem, typed)) => (Some(problem), typed.unwrap_or_else(|| Typed::known(account))),
        None => (None, Typed::known(account)),
    };
    let sessions = details.sessions.items.iter();
    let template = One {
        layout: &layout,
        frame: &frame,
        problem,
        typed: &typed,
        account,
        enrolled: &details.enrolled,
        created: utc(account.user.created_at),
        last_login: account.last_login_at.map(utc),
        sessions: sessions.map(|one| (one, utc(one.auth_time), utc(one.expires_at))).collect(),
        more_sessions: details.sessions.next.is_some(),
        own_session: visitor.signed_in.session.id,
        grants: details.grants.items.iter().map(super::access::Grant::of).collect(),
        more_grants: details.grants.next.is_some(),
        log: details.log.items.iter().map(Line::of).collect(),
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    visitor.show(env, status, &layout, &template)
}
