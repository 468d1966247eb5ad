//! `GET` and `POST /userinfo`: claims about the user, [OIDC Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo).

use spin::{Env, Handled, KeyValue, Request, serve};

spin::export!(handle);

async fn handle(request: Request) -> Handled {
    serve(request, &web::userinfo::ENDPOINT, userinfo).await
}

async fn userinfo(env: Env<'_>, request: &web::Request) -> web::Result {
    let presented = web::userinfo::parse(request)?;
    web::userinfo::answer(domain::userinfo::userinfo(&env, &KeyValue, &presented).await?)
}
