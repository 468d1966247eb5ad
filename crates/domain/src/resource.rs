//! The sample protected resource: how any service checks a token.

use protocol::{Secret, scope::PROFILE};
use serde::Serialize;

use crate::{
    Env, Failure,
    grant::Grants,
    keys::Keys,
    subject::subject_of,
    token::{TokenBearer, check_token, ensure_scope},
    userinfo::Claims,
};

/// The scope that a client needs to read the resource for itself.
pub const API_READ: &str = "api:read";

/// Whom the resource was read for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// A user; the token needs the scope `profile`.
    User(Box<Claims>),
    /// A client of this identifier, by itself; the token needs the scope `api:read`.
    Client(String),
}

/// Checks the token for the resource at this path and reads the data of whom it stands for.
pub async fn read<S: Grants + Keys>(env: &Env<'_, S>, token: &Secret, path: &str) -> Result<Reader, Failure> {
    let (token, bearer) = check_token(env, token, path).await?;
    match bearer {
        TokenBearer::User(owner) => {
            ensure_scope(&token, PROFILE)?;
            let sub = subject_of(env, &owner.client, owner.user.id).await?;
            Ok(Reader::User(Box::new(Claims::of(sub, owner.user, &token.scope, &[]))))
        }
        TokenBearer::Client(id) => {
            ensure_scope(&token, API_READ)?;
            Ok(Reader::Client(id))
        }
    }
}
