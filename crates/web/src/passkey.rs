//! `POST /login/passkey`: signs in by a passkey. And what the pages that use passkeys have in common.

use domain::{
    Env,
    factors::{Challenge, Passkey, Presented, relying_party},
    keys::Keys,
    user::User,
};
use http::{HeaderValue, StatusCode, header};
use protocol::{secret::base64url, webauthn::ALGORITHMS};
use serde_json::{Value, json};

use crate::{
    Audience, Cors, Endpoint, Request, Response, Result,
    page::Layout,
    response::response,
    texts::passkey::{TEXTS, Texts},
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "POST", audience: Audience::User, cors: Cors::Never };

/// Those of the script.
pub const SCRIPT_ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD", audience: Audience::User, cors: Cors::Never };

/// How long a browser waits for the user, in milliseconds: the recommended default (§15.1).
const TIMEOUT: u32 = 300_000;

/// A form by which somebody signs in with a passkey: the options for the browser, and its words.
pub(crate) struct PasskeyForm {
    pub(crate) options: String,
    /// Whether it is for whoever is known.
    pub(crate) is_second_factor: bool,
    /// The sign-in that waits.
    pub(crate) sign_in: Option<String>,
    pub(crate) texts: &'static Texts,
}

impl PasskeyForm {
    /// That of the page for signing in, with this token; `None` where there are no passkeys here.
    pub(crate) async fn for_anybody<S: Keys>(
        env: &Env<'_, S>,
        layout: &Layout<'_>,
        form: &str,
    ) -> Result<Option<Self>> {
        Self::issue(env, layout, form, &[]).await
    }

    /// That of the page for a further factor, for whoever has these; `None` where there are none.
    pub(crate) async fn for_one<S: Keys>(
        env: &Env<'_, S>,
        layout: &Layout<'_>,
        form: &str,
        passkeys: &[Passkey],
        sign_in: Option<String>,
    ) -> Result<Option<Self>> {
        if passkeys.is_empty() {
            return Ok(None);
        }
        let issued = Self::issue(env, layout, form, passkeys).await?;
        Ok(issued.map(|issued| Self { is_second_factor: true, sign_in, ..issued }))
    }

    async fn issue<S: Keys>(
        env: &Env<'_, S>,
        layout: &Layout<'_>,
        form: &str,
        allowed: &[Passkey],
    ) -> Result<Option<Self>> {
        let Some(relying_party) = relying_party(env.settings).map_err(domain::Failure::from)? else { return Ok(None) };
        let options = json!({
            "challenge": Challenge::SignIn.issue(env, form).await?,
            "rpId": relying_party.id,
            "timeout": TIMEOUT,
            "userVerification": "required",
            "allowCredentials": allowed.iter().map(descriptor).collect::<Vec<_>>(),
        });
        let texts = TEXTS.of(layout.language);
        Ok(Some(Self { options: options.to_string(), is_second_factor: false, sign_in: None, texts }))
    }
}

/// The options for a new passkey of this user, who has these already; `None` where there are no passkeys here.
pub(crate) async fn creation_options<S: Keys>(
    env: &Env<'_, S>,
    form: &str,
    user: &User,
    known: &[Passkey],
) -> Result<Option<String>> {
    let Some(relying_party) = relying_party(env.settings).map_err(domain::Failure::from)? else { return Ok(None) };
    let parameters = ALGORITHMS.map(|(_, number)| json!({"type": "public-key", "alg": number}));
    let options = json!({
        "challenge": Challenge::Registration.issue(env, form).await?,
        "rp": {"id": relying_party.id, "name": env.settings.brand_name()?},
        "user": {
            "id": base64url(user.id.as_bytes()),
            "name": user.email,
            "displayName": format!("{} {}", user.given_name, user.family_name),
        },
        "pubKeyCredParams": parameters,
        "timeout": TIMEOUT,
        "excludeCredentials": known.iter().map(descriptor).collect::<Vec<_>>(),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
    });
    Ok(Some(options.to_string()))
}

fn descriptor(passkey: &Passkey) -> Value {
    let transports: Vec<&str> = passkey.transports.split_whitespace().collect();
    json!({"type": "public-key", "id": base64url(&passkey.id), "transports": transports})
}

/// Whether a posted form is one of the page for a further factor.
pub fn is_second_factor(request: &Request) -> Result<bool> {
    Ok(request.form()?.get("factor")?.is_some())
}

/// What the browser answered.
pub fn presented(request: &Request) -> Result<Presented> {
    let form = request.form()?;
    let text = |name| form.get(name).map(|value| value.unwrap_or_default().to_owned());
    Ok(Presented {
        id: text("id")?,
        user_handle: text("user_handle")?,
        client_data: text("client_data")?,
        authenticator_data: text("authenticator_data")?,
        signature: text("signature")?,
        form: text("csrf")?,
    })
}

/// The script of the pages that use passkeys.
pub fn script() -> Response {
    let script = include_bytes!("../templates/passkey.js").to_vec();
    let mut response = response(StatusCode::OK, "text/javascript; charset=utf-8", script);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
