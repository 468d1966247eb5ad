//! Users.

use domain::{
    admin::Page,
    transfer::{ExportedUser, Line, Refusal, UserLine},
};
use serde::Serialize;

use super::{Members, lines as read, members::unknown};
use crate::{
    Request, Result,
    admin::{list, users::Body as Account},
};

/// Reads users to be taken.
pub fn lines(request: &Request) -> Result<Vec<Line<UserLine>>> {
    read(request, user)
}

fn user(mut members: Members) -> std::result::Result<UserLine, Refusal> {
    let line = UserLine {
        sub: members.text("sub")?,
        user_id: members.text("user_id")?,
        email: members.text("email")?,
        email_verified: members.flag("email_verified")?,
        given_name: members.text("given_name")?,
        family_name: members.text("family_name")?,
        access_level: members.text("access_level")?,
        password_hash: members.text("password_hash")?,
        password_is_temporary: members.flag("password_is_temporary")?,
        created_at: members.number("created_at")?,
        updated_at: members.number("updated_at")?,
        last_login_at: members.number("last_login_at")?,
        claims: members.object("claims")?,
    };
    match members.rest().keys().next() {
        Some(name) => Err(unknown(name)),
        None => Ok(line),
    }
}

/// Answers some users, each as a line says it.
pub fn page(page: &Page<ExportedUser>, with_hashes: bool) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(flatten)]
        account: Account<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        password_hash: Option<&'a str>,
    }
    list(page, |user| Body {
        account: Account::of(&user.account),
        password_hash: with_hashes.then(|| user.password.as_str()),
    })
}
