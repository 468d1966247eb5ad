//! Users.

use domain::{
    admin::{Account, Change, NewAccount, Page, UserOrder, UserQuery},
    link::NewLink,
    user::AccessLevel,
};
use http::StatusCode;
use protocol::{
    Error, Secret, Timestamp,
    params::Params,
    standard_claims::{ClaimsPatch, StandardClaims},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{MALFORMED, asked, list};
use crate::{Failure, Request, Result, json};

const BAD_LEVEL: Error = Error::invalid_request("access_level must be admin, user or suspended.");

fn level(name: &str) -> Result<AccessLevel> {
    Ok(AccessLevel::parse(name).ok_or(BAD_LEVEL)?)
}

/// Reads which users are asked for: `q`, `access_level`, `sort` (by `-created_at` unless it is said), `limit`, `cursor`.
pub fn query(params: &Params) -> Result<UserQuery> {
    const BAD_SORT: Error =
        Error::invalid_request("sort must be created_at, email, name or user_id, with a minus for the greatest first.");
    let sort = params.get("sort")?.unwrap_or("-created_at");
    let (descending, key) = sort.strip_prefix('-').map_or((false, sort), |key| (true, key));
    let order = match key {
        "created_at" => UserOrder::CreatedAt,
        "email" => UserOrder::Email,
        "name" => UserOrder::Name,
        "user_id" => UserOrder::UserId,
        _ => return Err(BAD_SORT.into()),
    };
    let search = params.get("q")?.map(str::trim).filter(|search| !search.is_empty()).map(str::to_owned);
    let access_level = params.get("access_level")?.filter(|name| !name.is_empty()).map(level).transpose()?;
    Ok(UserQuery { search, access_level, order, descending, asked: asked(params)? })
}

/// Reads a user to be made.
pub fn new(request: &Request) -> Result<NewAccount> {
    #[derive(Deserialize)]
    struct Body {
        email: String,
        given_name: String,
        #[serde(default)]
        family_name: String,
        access_level: Option<String>,
    }
    let Body { email, given_name, family_name, access_level } = request.json(MALFORMED)?;
    let access_level = access_level.as_deref().map_or(Ok(AccessLevel::User), level)?;
    Ok(NewAccount { email, given_name, family_name, access_level })
}

/// Reads what is to change. A member that is unknown is an error: somebody believes that it does something.
pub fn change(request: &Request) -> Result<Change> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        email: Option<String>,
        email_verified: Option<bool>,
        given_name: Option<String>,
        family_name: Option<String>,
        access_level: Option<String>,
        claims: Option<Map<String, Value>>,
    }
    let body: Body = request.json(MALFORMED)?;
    Ok(Change {
        email: body.email,
        email_verified: body.email_verified,
        given_name: body.given_name,
        family_name: body.family_name,
        access_level: body.access_level.as_deref().map(level).transpose()?,
        claims: body.claims.map(ClaimsPatch::parse).transpose()?,
    })
}

/// A user, as administrators see them.
#[derive(Serialize)]
pub(crate) struct Body<'a> {
    sub: String,
    user_id: &'a str,
    email: &'a str,
    email_verified: bool,
    given_name: &'a str,
    family_name: &'a str,
    access_level: &'static str,
    password_is_temporary: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    last_login_at: Option<Timestamp>,
    claims: &'a StandardClaims,
}

impl<'a> Body<'a> {
    pub(crate) fn of(account: &'a Account) -> Self {
        let user = &account.user;
        Self {
            sub: user.id.to_string(),
            user_id: &user.user_id,
            email: &user.email,
            email_verified: user.email_verified,
            given_name: &user.given_name,
            family_name: &user.family_name,
            access_level: user.access_level.as_str(),
            password_is_temporary: account.password_is_temporary,
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_login_at: account.last_login_at,
            claims: &user.claims,
        }
    }
}

/// Answers some users.
pub fn page(page: &Page<Account>) -> Result {
    list(page, Body::of)
}

/// Answers a user, if there is one.
pub fn one(account: Option<&Account>) -> Result {
    json(StatusCode::OK, &Body::of(account.ok_or(Failure::NotFound)?))
}

/// Answers a new user with the temporary password, which is shown this once.
pub fn created(account: &Account, password: &Secret) -> Result {
    #[derive(Serialize)]
    struct Created<'a> {
        #[serde(flatten)]
        user: Body<'a>,
        temporary_password: &'a str,
    }
    json(StatusCode::CREATED, &Created { user: Body::of(account), temporary_password: password.expose() })
}

/// Answers a temporary password, which is shown this once, if there is such a user.
pub fn password(password: Option<Secret>) -> Result {
    #[derive(Serialize)]
    struct Reset<'a> {
        temporary_password: &'a str,
    }
    let password = password.ok_or(Failure::NotFound)?;
    json(StatusCode::OK, &Reset { temporary_password: password.expose() })
}

/// Answers a link with which a user chooses a new password, which is shown this once, if there is such a user.
pub fn link(link: Option<NewLink>) -> Result {
    #[derive(Serialize)]
    struct Link<'a> {
        link: &'a str,
        expires_at: Timestamp,
    }
    let link = link.ok_or(Failure::NotFound)?;
    json(StatusCode::OK, &Link { link: link.url.expose(), expires_at: link.expires_at })
}
