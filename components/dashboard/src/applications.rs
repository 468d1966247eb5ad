//! Applications.

use domain::{
    admin::{Applications, change_application, create_application, delete_application, rotate_secret},
    client::{Client, Clients},
};
use spin::{Env, Outbound};
use web::{
    Failure,
    dashboard::{
        Visitor,
        application::{self, Typed},
        applications, refusal,
    },
};

pub(crate) async fn list(env: &Env<'_>, request: &web::Request, visitor: &Visitor) -> web::Result {
    let clients = env.store.applications_list(&applications::query(request)?).await?;
    applications::list(env, request, visitor, &clients).await
}

pub(crate) async fn new(env: &Env<'_>, request: &web::Request, visitor: &Visitor) -> web::Result {
    let Some(form) = visitor.form() else {
        return application::show(env, request, visitor, None, &Typed::nothing(), None).await;
    };
    let typed = Typed::of(form)?;
    let outcome = match typed.application()? {
        Ok(new) => refusal(create_application(env, &Outbound, &visitor.by, new).await)?,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(created) => applications::secret(env, request, visitor, &created).await,
        Err(problem) => application::show(env, request, visitor, None, &typed, Some(problem)).await,
    }
}

pub(crate) async fn one(env: &Env<'_>, request: &web::Request, visitor: &Visitor) -> web::Result {
    let client = env.store.client(&applications::client_id(request)?).await?.ok_or(Failure::NotFound)?;
    let show =
        async |problem| application::show(env, request, visitor, Some(&client), &Typed::known(&client), problem).await;
    match visitor.action()? {
        "" => show(None).await,
        "save" => save(env, request, visitor, &client).await,
        "rotate_secret" => match refusal(rotate_secret(env, &visitor.by, &client.id).await)? {
            Ok(rotated) => applications::secret(env, request, visitor, &rotated.ok_or(Failure::NotFound)?).await,
            Err(problem) => show(Some(problem)).await,
        },
        "delete" if !visitor.confirms()? => visitor.back(env, request, "unconfirmed"),
        "delete" => {
            delete_application(env, &visitor.by, &client.id).await?;
            visitor.go(env, "/admin/applications", "deleted")
        }
        _ => Err(Failure::NotFound),
    }
}

async fn save(env: &Env<'_>, request: &web::Request, visitor: &Visitor, client: &Client) -> web::Result {
    let Some(form) = visitor.form() else { return Err(Failure::NotFound) };
    let typed = Typed::of(form)?;
    let outcome = match typed.application()? {
        Ok(change) => refusal(change_application(env, &Outbound, &visitor.by, client, change).await)?,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(Some(changed)) if changed.secret.is_some() => applications::secret(env, request, visitor, &changed).await,
        Ok(Some(_)) => visitor.back(env, request, "changed"),
        Ok(None) => Err(Failure::NotFound),
        Err(problem) => application::show(env, request, visitor, Some(client), &typed, Some(problem)).await,
    }
}
