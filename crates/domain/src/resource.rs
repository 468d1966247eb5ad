//! The sample protected resource: how any service checks a token of this server.

use protocol::{Secret, scope::PROFILE};

use crate::{
    Env, Failure,
    grant::Grants,
    keys::Keys,
    token::{check_user_token, ensure_scope},
    userinfo::Claims,
};

/// The data of the user whom the token stands for. It needs the scope `profile`.
pub async fn read<S: Grants + Keys>(env: &Env<'_, S>, token: &Secret) -> Result<Claims, Failure> {
    let checked = check_user_token(env, token).await?;
    ensure_scope(&checked.token, PROFILE)?;
    Ok(Claims::of(checked.owner.user, &checked.token.scope))
}
