//! The device code grant, [RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4).

use protocol::{
    Error, ErrorCode, Secret, client_metadata::GrantType, dpop::Thumbprint, resource::Resources, token::TokenResponse,
};

use super::authorization_code::{Presented, redeem_code};
use crate::{
    Env, Failure,
    client::AuthenticatedClient,
    device_authorization::{DeviceAuthorizations, Poll},
    grant::{Code, CodeKind, Grants},
    keys::Keys,
};

/// A device that asks for its tokens.
#[derive(Debug)]
pub struct DeviceRequest {
    /// The presented code.
    pub device_code: Secret,
    /// The resources that the access token is to be for, of those that the device asked for; empty for all of them.
    pub resource: Resources,
}

/// Answers a device how its authorization stands; once the user has approved, with tokens.
///
/// The grant starts when the user approves, with the device code for its code. From then on it is a grant like any other.
pub async fn poll<S: Grants + DeviceAuthorizations + Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    request: DeviceRequest,
    key: Option<Thumbprint>,
) -> Result<TokenResponse, Failure> {
    const REFUSED: Error =
        Error::new(ErrorCode::InvalidGrant, "The device_code is invalid, already redeemed or another client's.");
    let refuse = |code, description| Err(Error::new(code, description).into());
    client.ensure_allowed(GrantType::DeviceCode)?;
    let code = Code::parse(request.device_code.expose(), CodeKind::Device).ok_or(REFUSED)?;
    match env.store.poll_device_code(&code, &client.id, env.now).await?.ok_or(REFUSED)? {
        Poll::Approved => {
            let resource = request.resource;
            let presented = Presented { code: &code, redirect_uri: None, code_challenge: None, resource, key };
            Ok(redeem_code(env, client, presented).await?.ok_or(REFUSED)?)
        }
        Poll::Pending => refuse(ErrorCode::AuthorizationPending, "The user has not decided yet."),
        // "the interval MUST be increased by 5 seconds for this and all subsequent requests" (§3.5)
        Poll::TooSoon => {
            refuse(ErrorCode::SlowDown, "The device asks too often. Wait 5 seconds longer between two requests.")
        }
        Poll::Denied => refuse(ErrorCode::AccessDenied, "The user did not allow it."),
        Poll::Expired => refuse(ErrorCode::ExpiredToken, "The device_code has expired. Start again."),
    }
}
