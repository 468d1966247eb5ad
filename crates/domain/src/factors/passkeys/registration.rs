//! A passkey is added, [§7.1](https://www.w3.org/TR/webauthn-3/#sctn-registering-a-new-credential).

use protocol::{secret::from_base64url, webauthn};

use super::{Challenge, MAX_PASSKEYS, Passkey, Passkeys, is_signed, method, name, relying_party};
use crate::{
    By, Env, Failure,
    factors::{Change, Factors, manage::enrolled, manage::ensure_may_change},
    keys::Keys,
    replay::ReplayMarks,
    session::{SessionKey, Sessions, SignedIn},
};

/// What browsers may say of how they reach an authenticator (§5.8.4).
const TRANSPORTS: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

/// What the browser answered, each in base64url.
#[derive(Debug)]
pub struct Created {
    /// `clientDataJSON`
    pub client_data: String,
    /// `attestationObject`
    pub attestation_object: String,
    /// How the authenticator is reached, separated by spaces.
    pub transports: String,
    /// What the user calls it.
    pub name: String,
    /// What it is called where they say nothing.
    pub usual_name: &'static str,
    /// The token of the form.
    pub form: String,
}

/// What became of it.
#[derive(Debug)]
pub enum Registered {
    /// It is added.
    Added(Change),
    /// It was not right, took too long, or is registered already.
    Refused,
    /// The user has as many as there may be.
    TooMany,
}

/// Adds a passkey. The session counts as one by it from here on.
pub async fn register_passkey<S: Passkeys + Factors + Sessions + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    signed_in: &SignedIn,
    key: SessionKey,
    created: &Created,
    by: &By,
) -> Result<Registered, Failure> {
    if ensure_may_change(env, signed_in).await?.passkeys as usize >= MAX_PASSKEYS {
        return Ok(Registered::TooMany);
    }
    let Some(relying_party) = relying_party(env.settings)? else { return Ok(Registered::Refused) };
    let read = |client_data: Vec<u8>, object: Vec<u8>| {
        webauthn::Registration::verify(&client_data, &object, &relying_party).ok()
    };
    let octets = from_base64url(&created.client_data).zip(from_base64url(&created.attestation_object));
    let Some(new) = octets.and_then(|(client_data, object)| read(client_data, object)) else {
        return Ok(Registered::Refused);
    };
    let Some(challenge) = Challenge::Registration.open(env, &new.challenge, &created.form).await? else {
        return Ok(Registered::Refused);
    };
    // "Verify that attStmt is a correct attestation statement, conveying a valid attestation signature" (§7.1 step 22)
    let is_right = new.attestation.as_ref().is_none_or(|signed| is_signed(&new.key, signed));
    if !is_right || !challenge.is_first_use(env).await? {
        return Ok(Registered::Refused);
    }
    let transports = created.transports.split(' ').filter(|transport| TRANSPORTS.contains(transport));
    let passkey = Passkey {
        id: new.id,
        user: signed_in.user.id,
        key: new.key,
        state: new.state,
        name: name(&created.name).unwrap_or_else(|| created.usual_name.to_owned()),
        transports: transports.collect::<Vec<_>>().join(" "),
        created_at: env.now,
        last_used_at: None,
    };
    // "Verify that the credentialId is not yet registered for any user." (§7.1 step 26)
    if !env.store.add_passkey(&passkey, by).await? {
        return Ok(Registered::Refused);
    }
    enrolled(env, signed_in, &key, method(passkey.state)).await.map(Registered::Added)
}
