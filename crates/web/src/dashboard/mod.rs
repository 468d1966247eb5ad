//! `/admin/…`: the dashboard of administrators. It is in English only. Who looks needs the session of an administrator,
//! who acts a recent one, and each form has a token for its page and its session.

pub mod access;
pub mod application;
pub mod applications;
pub mod audit;
pub mod keys;
mod paging;
mod route;
pub mod service;
pub mod users;

use askama::Template;
use domain::{
    Env, Id,
    admin::{Administrator, DashboardPage, by_session, may_act},
    factors::Factors,
    keys::Keys,
    session::{Sessions, SignedIn},
};
use http::{Method, StatusCode};
use protocol::{ErrorCode, language::Language, params::Params};
pub use route::Route;

use crate::{
    Audience, Cors, Endpoint, Failure, Request, Response, Result,
    authorize::session_cookie,
    csrf::{self, Csrf},
    page::{Layout, page},
    response::{found, redirect},
    texts::layout,
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// An administrator who looks at the dashboard, and what they posted, if they may act.
pub struct Visitor {
    /// As the audit log tells it.
    pub by: Administrator,
    signed_in: SignedIn,
    csrf: Csrf,
    form: Option<Params>,
    may_act: bool,
}

/// Who comes to the dashboard.
pub enum Entry {
    /// An administrator.
    Admitted(Box<Visitor>),
    /// Somebody who must sign in, first or again, who is none, or whose form is not ours.
    Answered(Response),
}

/// Lets administrators in. Others learn how to become one, or how to get out.
pub async fn enter<S: Sessions + Keys + Factors>(env: &Env<'_, S>, request: &Request) -> Result<Entry> {
    let outcome = by_session(env, session_cookie(env, request)?, request.client_address()).await;
    let (signed_in, by) = match outcome {
        Ok(Some(known)) => known,
        Ok(None) => return Ok(Entry::Answered(found(&login(env, request).await?)?)),
        Err(domain::Failure::Refused(error)) if error.code == ErrorCode::InsufficientScope => {
            return plain(env, request, StatusCode::FORBIDDEN, NO_ADMINISTRATOR).await.map(Entry::Answered);
        }
        Err(failure) => return Err(failure.into()),
    };
    let name = format!("dashboard {} {}", request.path, signed_in.session.id);
    let may_act = may_act(env, &signed_in).await?;
    let mut form = None;
    if request.method == Method::POST {
        let posted = request.form()?;
        if !csrf::is_genuine(env, request, &name, posted.get("csrf")?).await? {
            return plain(env, request, StatusCode::FORBIDDEN, FORM_IS_OLD).await.map(Entry::Answered);
        }
        if !may_act {
            return plain(env, request, StatusCode::FORBIDDEN, SIGN_IN_AGAIN).await.map(Entry::Answered);
        }
        form = Some(posted);
    }
    let csrf = Csrf::issue(env, request, &name).await?;
    Ok(Entry::Admitted(Box::new(Visitor { by, signed_in, csrf, form, may_act })))
}

/// A title, a text, and what the link to the sign-in page says.
type Words = (&'static str, &'static str, &'static str);

const NO_ADMINISTRATOR: Words = (
    "This is for administrators",
    "You are signed in, but not as an administrator of this server.",
    "Sign in with another account",
);
const FORM_IS_OLD: Words =
    ("Nothing was changed", "This form is too old, or did not come from a page of this server.", "Open the page again");
const SIGN_IN_AGAIN: Words = (
    "Sign in again",
    "Nothing was changed: whoever changes something here has signed in within the last hour, with all their factors.",
    "Sign in again",
);

#[derive(Template)]
#[template(path = "dashboard/plain.html")]
struct Plain<'a> {
    layout: &'a Layout<'a>,
    title: &'static str,
    text: &'static str,
    link: &'static str,
    target: &'a str,
}

async fn plain<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    status: StatusCode,
    (title, text, link): Words,
) -> Result<Response> {
    let layout = english(env, request)?;
    let target = match link == FORM_IS_OLD.2 {
        true => format!("{}{}", layout.base, DashboardPage::new(&request.path, &request.query).as_str()),
        false => login(env, request).await?,
    };
    page(status, &layout, &Plain { layout: &layout, title, text, link, target: &target }, None)
}

/// The sign-in page, which leads back here.
async fn login<S: Keys>(env: &Env<'_, S>, request: &Request) -> Result<String> {
    let waiting = DashboardPage::new(&request.path, &request.query).seal(env).await?;
    Ok(format!("{}/login?interaction={waiting}", env.settings.issuer()?.path()))
}

/// The layout of every page, wider, and in English.
fn english<'a, S>(env: &Env<'a, S>, request: &Request) -> Result<Layout<'a>> {
    let layout = Layout::new(env.settings, request)?;
    let style = layout.style.clone() + include_str!("../../templates/dashboard/style.css");
    Ok(Layout { language: Language::En, texts: layout::TEXTS.of(Language::En), style, ..layout })
}

/// What every page of the dashboard has around its content.
struct Frame<'a> {
    /// The page in the navigation that is open.
    section: &'static str,
    /// Who looks.
    name: String,
    csrf: &'a str,
    /// Where forms go: to the page itself.
    action: String,
    /// What has just been done.
    done: Option<&'static str>,
    /// Where to sign in again, for who may look and not act.
    sign_in_again: Option<String>,
}

impl Frame<'_> {
    fn is(&self, section: &str) -> bool {
        self.section == section
    }
}

impl Visitor {
    /// What was posted: a form of ours, by an administrator who may act.
    pub fn form(&self) -> Option<&Params> {
        self.form.as_ref()
    }

    /// What the posted form asks for; empty where none was posted.
    pub fn action(&self) -> Result<&str> {
        match &self.form {
            Some(form) => Ok(form.get("action")?.unwrap_or_default()),
            None => Ok(""),
        }
    }

    /// Whether the posted form confirms what cannot be undone.
    pub fn confirms(&self) -> Result<bool> {
        Ok(self.field("confirm")? == "yes")
    }

    /// The identifier that the posted form names.
    pub fn posted_id(&self) -> Result<Id> {
        Id::parse(self.field("id")?).ok_or(Failure::NotFound)
    }

    fn field(&self, name: &str) -> Result<&str> {
        Ok(self.form.as_ref().map(|form| form.get(name)).transpose()?.flatten().unwrap_or_default())
    }

    /// Shows the same page again after an act, and says that it is done.
    pub fn back<S>(&self, env: &Env<'_, S>, request: &Request, done: &str) -> Result {
        let query = request.query()?.without(&["done"]).with("done", done).encode();
        redirect(&format!("{}{}?{query}", env.settings.issuer()?.path(), request.path))
    }

    /// Goes to another page of the dashboard, which says what is done.
    pub fn go<S>(&self, env: &Env<'_, S>, page: &str, done: &str) -> Result {
        redirect(&format!("{}{page}?done={done}", env.settings.issuer()?.path()))
    }

    async fn frame<S: Keys>(&self, env: &Env<'_, S>, request: &Request, section: &'static str) -> Result<Frame<'_>> {
        let query = request.query()?;
        let page = DashboardPage::new(&request.path, &query.without(&["done"]).encode());
        let done = if self.form.is_some() { None } else { query.get("done")?.and_then(done_text) };
        let sign_in_again = if self.may_act { None } else { Some(login(env, request).await?) };
        Ok(Frame {
            section,
            name: self.signed_in.user.name(),
            csrf: &self.csrf.field,
            action: format!("{}{}", env.settings.issuer()?.path(), page.as_str()),
            done,
            sign_in_again,
        })
    }

    fn show<S>(&self, env: &Env<'_, S>, status: StatusCode, layout: &Layout<'_>, page_of: &impl Template) -> Result {
        let mut response = page(status, layout, page_of, None)?;
        self.csrf.remember(env, &mut response)?;
        Ok(response)
    }
}

/// What a page says of the act that led to it.
fn done_text(done: &str) -> Option<&'static str> {
    match done {
        "changed" => Some("The changes are saved."),
        "suspended" => Some("The user is suspended: sessions and tokens are worth nothing from now on."),
        "reinstated" => Some("The user may sign in again."),
        "signed_out" => Some("The user is signed out everywhere."),
        "factors_removed" => Some("All second factors and recovery codes are removed."),
        "deleted" => Some("It is deleted, with everything that belonged to it."),
        "session_ended" => Some("The session has ended."),
        "revoked" => Some("The grant is revoked: its tokens are worth nothing from now on."),
        "rotated" => Some("New keys are published. They sign as soon as everybody can know them."),
        "gone" => Some("There was nothing to end any more."),
        "unconfirmed" => Some("Nothing is deleted: tick the box first."),
        _ => None,
    }
}

/// The query that names a client.
fn client_query(id: &str) -> String {
    Params::from_iter([("client_id", id)]).encode()
}

/// What a use case refuses is told on the page that asked for it; what fails otherwise, fails.
pub fn refusal<T>(outcome: std::result::Result<T, domain::Failure>) -> Result<std::result::Result<T, &'static str>> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(domain::Failure::Refused(error)) => Ok(Err(error.description)),
        Err(failure) => Err(failure.into()),
    }
}
