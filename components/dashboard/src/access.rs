//! Sessions and grants.

use domain::admin::{Access, Page, SessionRecord, Who, account, end_session, revoke_grant};
use spin::Env;
use web::{
    Failure,
    dashboard::{Visitor, access},
};

pub(crate) async fn sessions(env: &Env<'_>, request: &web::Request, visitor: &Visitor) -> web::Result {
    if visitor.form().is_some() {
        return act(env, request, visitor).await;
    }
    let asked = access::query(request)?;
    let Some(id) = access::user(request)? else {
        return access::sessions(env, request, visitor, &env.store.all_sessions(&asked, env.now).await?).await;
    };
    let user = account(env, &Who::Id(id)).await?.ok_or(Failure::NotFound)?.user;
    let Page { items, next } = env.store.sessions_of(id, &asked, env.now).await?;
    let record =
        |session| SessionRecord { session, user: id, user_id: user.user_id.clone(), email: user.email.clone() };
    access::sessions(env, request, visitor, &Page { items: items.into_iter().map(record).collect(), next }).await
}

pub(crate) async fn grants(env: &Env<'_>, request: &web::Request, visitor: &Visitor) -> web::Result {
    if visitor.form().is_some() {
        return act(env, request, visitor).await;
    }
    let (of, asked) = (access::grants_of(request)?, access::query(request)?);
    access::grants(env, request, visitor, &env.store.grants_of(&of, &asked, env.now).await?).await
}

/// Ends what the posted form names.
pub(crate) async fn act(env: &Env<'_>, request: &web::Request, visitor: &Visitor) -> web::Result {
    let (is_done, done) = match visitor.action()? {
        "end_session" => (end_session(env, &visitor.by, visitor.posted_id()?).await?, "session_ended"),
        "revoke_grant" => (revoke_grant(env, &visitor.by, visitor.posted_id()?).await?, "revoked"),
        _ => return Err(Failure::NotFound),
    };
    if is_done && done == "session_ended" {
        spin::tell_clients(env).await;
    }
    visitor.back(env, request, if is_done { done } else { "gone" })
}
