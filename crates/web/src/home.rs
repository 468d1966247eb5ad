//! `GET /`: the launchpad.

use askama::Template;
use domain::{
    Env,
    client::Client,
    keys::Keys,
    session::SignedIn,
    settings::Signup,
    user::{AccessLevel, User},
};
use http::StatusCode;
use protocol::{issuer::Issuer, redirect_uri::with_query};

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    csrf::Csrf,
    logout::form_name,
    page::{Layout, page},
    texts::home,
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD", audience: Audience::User, cors: Cors::Never };

struct Tile<'a> {
    name: &'a str,
    description: Option<&'a str>,
    uri: Option<String>,
}

/// Where a tile leads: to where the application lets others begin a sign-in, or to its home page.
///
/// > iss REQUIRED. The Issuer Identifier for the OP that the RP is to send the Authentication Request to.
/// > ([OIDC Core §4](https://openid.net/specs/openid-connect-core-1_0.html#ThirdPartyInitiatedLogin))
fn destination(client: &Client, issuer: &Issuer) -> Option<String> {
    let initiate = client.metadata.initiate_login_uri.as_deref();
    let initiate = initiate.map(|uri| with_query(uri, &[("iss", issuer.as_str())]));
    initiate.or_else(|| client.metadata.client_uri.clone())
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static home::Texts,
    user: Option<&'a User>,
    applications: Vec<Tile<'a>>,
    csrf: &'a str,
    can_sign_up: bool,
}

/// Shows the applications of who is signed in, or how to sign in.
pub async fn answer<S: Keys>(env: &Env<'_, S>, request: &Request, user: Option<&(SignedIn, Vec<Client>)>) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let texts = home::TEXTS.of(layout.language);
    let can_sign_up = env.settings.signup()? != Signup::Closed;
    let Some((signed_in, applications)) = user else {
        let template = Page { layout: &layout, texts, user: None, applications: Vec::new(), csrf: "", can_sign_up };
        return page(StatusCode::OK, &layout, &template, None);
    };
    let csrf = Csrf::issue(env, request, &form_name(signed_in)).await?;
    let issuer = env.settings.issuer()?;
    let tiles = applications.iter().map(|client| Tile {
        name: client.metadata.name(layout.texts.unnamed_application),
        description: client.metadata.description.as_deref(),
        uri: destination(client, issuer),
    });
    let template = Page {
        layout: &layout,
        texts,
        user: Some(&signed_in.user),
        applications: tiles.collect(),
        csrf: &csrf.field,
        can_sign_up,
    };
    let mut response = page(StatusCode::OK, &layout, &template, None)?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}
