//! `POST /account/factors/passkey`: adds a passkey.

use domain::{Env, authorize::Authorizations, factors::Created};
use protocol::Error;

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    texts::{factors::TEXTS, language},
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "POST", audience: Audience::User, cors: Cors::Never };

/// What the browser answered.
pub fn parse<S: Authorizations>(env: &Env<'_, S>, request: &Request) -> Result<Created> {
    const MISSING: Error = Error::invalid_request("The browser's answer is missing.");
    let form = request.form()?;
    let text = |name| form.get(name).map(|value| value.unwrap_or_default().to_owned());
    let created = Created {
        client_data: text("client_data")?,
        attestation_object: text("attestation_object")?,
        transports: text("transports")?,
        name: text("name")?,
        usual_name: TEXTS.of(language(env.settings, request)?).passkey,
        form: text("csrf")?,
    };
    if created.client_data.is_empty() { Err(MISSING.into()) } else { Ok(created) }
}
