//! The device authorization endpoint, [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1).

use protocol::{
    Timestamp,
    client_metadata::GrantType,
    device_authorization::{DeviceAuthorizationResponse, UserCode},
    resource::Resources,
    scope::{OPENID, Scope},
    secret::SecretHash,
    time::Seconds,
};

use crate::{
    Env, Failure, Id, StorageError, audience,
    client::{self, ClientCredentials, Clients},
    document::Documents,
    grant::{Code, CodeKind},
    keys::Keys,
    replay::ReplayMarks,
    session::SignedIn,
};

/// How long a device waits between two token requests at first.
pub const INTERVAL: Seconds = Seconds(5);

/// How often a user code is drawn before the server gives up. Of 25,600,000,000 codes few are ever taken.
const MAX_ATTEMPTS: u32 = 5;

/// A device authorization request.
#[derive(Debug)]
pub struct DeviceAuthorizationRequest {
    /// Who asks.
    pub client: ClientCredentials,
    /// What the client asks for; `openid` where absent, as at the authorization endpoint.
    pub scope: Option<String>,
    /// The resources that its tokens are to be for.
    pub resource: Resources,
}

/// A device authorization that starts: nobody has been asked yet.
#[derive(Debug)]
pub struct NewDeviceAuthorization<'a> {
    /// The device code. Its identifier becomes that of the grant.
    pub code: &'a Code,
    /// The MAC of the user code.
    pub user_code_hash: SecretHash,
    /// Who may redeem the device code.
    pub client_id: &'a str,
    /// What the client asks for.
    pub scope: &'a Scope,
    /// The resources that its tokens may be for.
    pub resource: &'a Resources,
    /// When both codes expire.
    pub expires_at: Timestamp,
}

/// What a user code is for.
#[derive(Debug)]
pub struct Claim {
    /// The client that asks.
    pub client_id: String,
    /// What it asks for.
    pub scope: Scope,
}

/// What the user decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The application may.
    Approve,
    /// It may not.
    Deny,
}

/// What a device hears that asks for its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poll {
    /// Nobody has decided.
    Pending,
    /// Nobody has decided, and the device did not wait as long as it must. From now on it must wait longer.
    TooSoon,
    /// The user allowed it: the grant has started and the code can be redeemed, if it was not.
    Approved,
    /// The user did not.
    Denied,
    /// The time is up.
    Expired,
}

/// Storage of device authorizations. Each method is one act: of any number of parallel calls, one wins.
pub trait DeviceAuthorizations {
    /// Adds a device authorization. `false` where the user code is taken or the client was deleted in this moment; then
    /// nothing has changed.
    async fn add_device_authorization(
        &self,
        authorization: &NewDeviceAuthorization<'_>,
        now: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Binds an undecided user code to the first user who enters it. `None` where there is no such code, it has expired,
    /// it is decided, another user was first or this one is gone in this moment; then nothing has changed.
    async fn claim_user_code(
        &self,
        user_code: &SecretHash,
        user: Id,
        now: Timestamp,
    ) -> Result<Option<Claim>, StorageError>;

    /// Decides, once, about the user code that this user has claimed, and starts the grant where they approve. `None`
    /// where there is none, or it is decided or has expired, or they approve what needs two factors by one; then nothing has
    /// changed.
    async fn decide_user_code(
        &self,
        user_code: &SecretHash,
        signed_in: &SignedIn,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Option<Claim>, StorageError>;

    /// Notes that the client asks, and answers how it stands. `None` where the client has no such device code; then
    /// nothing has changed.
    async fn poll_device_code(
        &self,
        code: &Code,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Option<Poll>, StorageError>;
}

/// Starts a device authorization.
pub async fn authorize<S: Clients + DeviceAuthorizations + Documents + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    request: DeviceAuthorizationRequest,
) -> Result<DeviceAuthorizationResponse, Failure> {
    // "The client authentication requirements of Section 3.2.1 of [RFC6749] apply to requests on this endpoint" (§3.1)
    let client = client::authenticate(env, request.client).await?;
    client.ensure_allowed(GrantType::DeviceCode)?;
    let scope = client.metadata.narrow(request.scope.as_deref().unwrap_or(OPENID))?;
    let resource = audience::permitted(env.settings, request.resource)?;
    let issuer = env.settings.issuer()?;
    let expires_in = env.settings.device_code_expires_in()?;
    // "As the device code is not displayed to the user and thus there are no usability considerations on the length, a
    // very high entropy code SHOULD be used." (§5.2)
    let (device_code, code) = Code::generate(env, CodeKind::Device);
    for _ in 0..MAX_ATTEMPTS {
        let user_code = UserCode::of(u64::from_be_bytes(env.random_bytes()));
        let authorization = NewDeviceAuthorization {
            code: &code,
            user_code_hash: hash(env, &user_code).await?,
            client_id: &client.id,
            scope: &scope,
            resource: &resource,
            expires_at: env.now.plus(expires_in),
        };
        if env.store.add_device_authorization(&authorization, env.now).await? {
            let verification_uri = issuer.endpoint("/device");
            return Ok(DeviceAuthorizationResponse {
                device_code: device_code.expose().to_owned(),
                verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
                user_code: user_code.to_string(),
                verification_uri,
                expires_in,
                interval: INTERVAL,
            });
        }
        if env.store.client(&client.id).await?.is_none() {
            return Err(client::UNKNOWN.into());
        }
    }
    Err(Failure::Internal("no free user code was found".to_owned()))
}

/// What is stored of a user code: a MAC. Whoever had a copy of the database could find out in seconds of what 34 bits a
/// SHA-256 is; without the key they cannot.
pub(crate) async fn hash<S: Keys>(env: &Env<'_, S>, user_code: &UserCode) -> Result<SecretHash, Failure> {
    let tag = env.key_ring().await?.mac("user code").tag(&[user_code.letters()]);
    SecretHash::from_stored(&tag).ok_or_else(|| Failure::Internal("a MAC has the wrong length".to_owned()))
}
