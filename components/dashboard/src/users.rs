//! Users.

use domain::{
    Id,
    admin::{
        Access, Asked, AuditFilter, AuditLog, Change, GrantsOf, Who, account, change_account, create_account,
        delete_account, end_sessions, list_accounts, remove_factors, reset_password,
    },
    factors::Factors,
    user::AccessLevel,
};
use spin::Env;
use web::{
    Failure,
    dashboard::{
        Visitor, refusal,
        users::{self, Details, Typed},
    },
};

/// How many sessions, grants and lines of the audit log the page of a user has.
const FEW: Asked = Asked { after: None, limit: 10 };

pub(crate) async fn list(env: &Env<'_>, request: &web::Request, visitor: &Visitor) -> web::Result {
    users::list(env, request, visitor, &list_accounts(env, &users::query(request)?).await?).await
}

pub(crate) async fn new(env: &Env<'_>, request: &web::Request, visitor: &Visitor) -> web::Result {
    let Some(form) = visitor.form() else { return users::new(env, request, visitor, &Typed::default(), None).await };
    let typed = Typed::of(form)?;
    match refusal(create_account(env, &visitor.by, typed.new_account()).await)? {
        Ok((account, password)) => users::password(env, request, visitor, &account, &password, true).await,
        Err(problem) => users::new(env, request, visitor, &typed, Some(problem)).await,
    }
}

pub(crate) async fn one(env: &Env<'_>, request: &web::Request, visitor: &Visitor, id: Id) -> web::Result {
    let (who, by) = (Who::Id(id), &visitor.by);
    match visitor.action()? {
        "" => show(env, request, visitor, &who, None).await,
        "change" => {
            let known = account(env, &who).await?.ok_or(Failure::NotFound)?;
            let typed = visitor.form().map(Typed::of).transpose()?.unwrap_or_default();
            change(env, request, visitor, &who, typed.change(&known), "changed", Some(typed)).await
        }
        "suspend" => change(env, request, visitor, &who, level(AccessLevel::Suspended), "suspended", None).await,
        "reinstate" => change(env, request, visitor, &who, level(AccessLevel::User), "reinstated", None).await,
        "reset_password" => {
            let password = reset_password(env, by, &who).await?.ok_or(Failure::NotFound)?;
            spin::tell_clients(env).await;
            let account = account(env, &who).await?.ok_or(Failure::NotFound)?;
            users::password(env, request, visitor, &account, &password, false).await
        }
        "end_sessions" => {
            end_sessions(env, by, &who).await?;
            spin::tell_clients(env).await;
            visitor.back(env, request, "signed_out")
        }
        "remove_factors" => {
            remove_factors(env, by, &who).await?;
            visitor.back(env, request, "factors_removed")
        }
        "delete" if !visitor.confirms()? => visitor.back(env, request, "unconfirmed"),
        "delete" => match refusal(delete_account(env, by, &who).await)? {
            Ok(_) => {
                spin::tell_clients(env).await;
                visitor.go(env, "/admin/users", "deleted")
            }
            Err(problem) => show(env, request, visitor, &who, Some((problem, None))).await,
        },
        _ => crate::access::act(env, request, visitor).await,
    }
}

fn level(level: AccessLevel) -> Change {
    Change { access_level: Some(level), ..Change::default() }
}

async fn change(
    env: &Env<'_>,
    request: &web::Request,
    visitor: &Visitor,
    who: &Who,
    change: Change,
    done: &str,
    typed: Option<Typed>,
) -> web::Result {
    match refusal(change_account(env, &visitor.by, who, change).await)? {
        Ok(account) => {
            if account.ok_or(Failure::NotFound)?.user.access_level == AccessLevel::Suspended {
                spin::tell_clients(env).await;
            }
            visitor.back(env, request, done)
        }
        Err(problem) => show(env, request, visitor, who, Some((problem, typed))).await,
    }
}

async fn show(
    env: &Env<'_>,
    request: &web::Request,
    visitor: &Visitor,
    who: &Who,
    problem: Option<(&'static str, Option<Typed>)>,
) -> web::Result {
    let account = account(env, who).await?.ok_or(Failure::NotFound)?;
    let id = account.user.id;
    let about = AuditFilter { subject: Some(account.user.user_id.clone()), asked: FEW, ..AuditFilter::default() };
    let details = Details {
        enrolled: env.store.enrolled(id).await?,
        sessions: env.store.sessions_of(id, &FEW, env.now).await?,
        grants: env.store.grants_of(&GrantsOf::User(id), &FEW, env.now).await?,
        log: env.store.audit_log(&about).await?,
        account,
    };
    users::one(env, request, visitor, &details, problem).await
}
