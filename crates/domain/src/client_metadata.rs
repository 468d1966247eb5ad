//! What may be registered: gaps are filled, and what does not fit together is refused
//! ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2),
//! [OIDC Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata)).

use protocol::{
    Error, ErrorCode,
    client_metadata::{ApplicationType, ClientMetadata, GrantType, ResponseType, SubjectType},
    redirect_uri::RedirectUri,
    scope::{EMAIL, OFFLINE_ACCESS, OPENID, PROFILE, Scope},
    token_exchange::ExchangePolicy,
};

use crate::{
    Failure, Settings, client_keys,
    outbound::{MAX_DOCUMENT, Outbound},
    settings::Registration,
};

/// Who asks for metadata. Metadata gives no trust: what a client may do beyond the ordinary, only the administrator
/// registers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Registrant<'a> {
    /// The holder of the admin token.
    Administrator,
    /// Whoever comes, where registration is open.
    Anybody,
    /// Whoever publishes it, where clients may do that.
    Publisher,
    /// The client that is registered with this metadata.
    Client(&'a ClientMetadata),
}

impl Registrant<'_> {
    /// Whether this scope token may be registered.
    fn may_have_scope(self, token: &str, open: &Scope) -> bool {
        match self {
            Self::Administrator => true,
            Self::Anybody | Self::Publisher => open.contains(token),
            Self::Client(current) => current.scope.contains(token) || open.contains(token),
        }
    }

    /// Whether this grant type may be registered. A client that acts for itself, or for the users of others, is
    /// trusted by itself.
    fn may_have_grant_type(self, grant_type: GrantType) -> bool {
        let is_for_all = !matches!(grant_type, GrantType::ClientCredentials | GrantType::TokenExchange);
        match self {
            Self::Administrator => true,
            Self::Anybody | Self::Publisher => is_for_all,
            Self::Client(current) => is_for_all || current.allows(grant_type),
        }
    }
}

/// Fills the gaps and refuses what does not fit together, or what this registrant may not have.
pub(crate) fn complete(
    settings: &Settings,
    mut metadata: ClientMetadata,
    registrant: Registrant<'_>,
) -> Result<ClientMetadata, Failure> {
    complete_exchange(&mut metadata, registrant)?;
    complete_grants(&mut metadata)?;
    complete_application_type(&mut metadata)?;
    // Where strangers may not register, a client adds nothing to what it was given.
    let open = match registrant {
        Registrant::Publisher => settings.registration_scopes()?,
        _ if settings.registration()? == Registration::Open => settings.registration_scopes()?,
        _ => Scope::default(),
    };
    let may_have = |token: &&str| registrant.may_have_scope(token, &open);
    if metadata.scope.is_empty() {
        metadata.scope = [OPENID, PROFILE, EMAIL, OFFLINE_ACCESS].iter().copied().filter(may_have).collect();
    }
    if !metadata.scope.iter().all(|token| may_have(&token)) {
        return refuse("scope names one that only the administrator registers.");
    }
    if !metadata.grant_types.iter().all(|grant_type| registrant.may_have_grant_type(*grant_type)) {
        return refuse("The grant types client_credentials and token-exchange are registered by the administrator.");
    }
    match registrant {
        Registrant::Administrator => {}
        Registrant::Client(current) => {
            metadata.require_multi_factor = current.require_multi_factor;
            metadata.description.clone_from(&current.description);
        }
        Registrant::Anybody | Registrant::Publisher if metadata.require_multi_factor => {
            return refuse("require_multi_factor is registered by the administrator.");
        }
        // The page of consent would tell it to people as if it were so. "The authorization server MAY reject or replace any
        // of the client's requested metadata values" (RFC 7591 §2)
        Registrant::Anybody | Registrant::Publisher => metadata.description = None,
    }
    if let Registrant::Client(ClientMetadata { security_profile: Some(profile), .. }) = registrant {
        metadata.security_profile = Some(*profile);
    }
    if let Err(description) = metadata.complete_profile() {
        return refuse(description);
    }
    check_texts(&metadata)?;
    client_keys::check(&metadata)?;
    // "The RP MAY use the http scheme, provided that the Client Type is confidential […] and provided the OP allows the use
    // of http RP URIs." (Back-Channel Logout §2.2)
    if metadata.is_public() && metadata.backchannel_logout_uri.as_ref().is_some_and(|uri| !uri.is_https()) {
        return refuse("backchannel_logout_uri of a public client must be https.");
    }
    // A document is fetched and no other with it: nobody would check that the sector knows its client.
    if matches!(registrant, Registrant::Publisher) && metadata.sector_identifier_uri.is_some() {
        return refuse("sector_identifier_uri needs a registration.");
    }
    // "If the Client has not provided a value for sector_identifier_uri […], the Sector Identifier used for pairwise
    // identifier calculation is the host component of the registered redirect_uri. If there are multiple hostnames in
    // the registered redirect_uris, the Client MUST register a sector_identifier_uri." (OIDC Core §8.1)
    if metadata.subject_type == SubjectType::Pairwise
        && metadata.has_several_hosts()
        && metadata.sector_identifier_uri.is_none()
    {
        return refuse(
            "For pairwise subjects all redirect URIs must be of one host, or in the list of a sector_identifier_uri.",
        );
    }
    Ok(metadata)
}

/// Fetches the list of the sector, if the client names one: nobody may pass for one of a sector of others, and learn its
/// names for users.
///
/// > The values of the registered redirect_uris MUST be included in the elements of the array, or registration MUST fail.
/// > ([OIDC Registration §5](https://openid.net/specs/openid-connect-registration-1_0.html#SectorIdentifierValidation))
pub(crate) async fn check_sector(outbound: &impl Outbound, metadata: &ClientMetadata) -> Result<(), Failure> {
    let Some(uri) = &metadata.sector_identifier_uri else { return Ok(()) };
    let listed = match outbound.fetch(uri, MAX_DOCUMENT).await {
        Ok(document) => serde_json::from_slice::<Vec<String>>(&document.body).unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    if !metadata.redirect_uris.iter().all(|uri| listed.iter().any(|listed| listed == uri.as_str())) {
        return refuse("sector_identifier_uri must answer with a JSON array that has every redirect URI.");
    }
    Ok(())
}

fn refuse<T>(description: &'static str) -> Result<T, Failure> {
    Err(Error::new(ErrorCode::InvalidClientMetadata, description).into())
}

fn complete_grants(metadata: &mut ClientMetadata) -> Result<(), Failure> {
    if metadata.grant_types.is_empty() {
        // The default of the specification is authorization_code alone. "The authorization server MAY reject or replace
        // any of the client's requested metadata values": people expect to stay signed in.
        metadata.grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    }
    let uses_code = metadata.allows(GrantType::AuthorizationCode);
    if metadata.response_types.is_empty() && uses_code {
        metadata.response_types = vec![ResponseType::Code];
    }
    // "grant_types […] response_types […] a server […] SHOULD take steps to ensure that a client cannot register itself
    // into an inconsistent state" (§2.1)
    if uses_code != metadata.response_types.contains(&ResponseType::Code) {
        return refuse("The grant type authorization_code and the response type code go together.");
    }
    if metadata.allows(GrantType::RefreshToken) && !uses_code && !metadata.allows(GrantType::DeviceCode) {
        return refuse("The grant type refresh_token needs authorization_code or device_code.");
    }
    // "Clients using flows with redirection MUST register their redirection URI values." (§2)
    if uses_code && metadata.redirect_uris.is_empty() {
        return Err(Error::new(ErrorCode::InvalidRedirectUri, "At least one redirect URI is needed.").into());
    }
    let is_for_confidential =
        |grant: &GrantType| matches!(grant, GrantType::ClientCredentials | GrantType::TokenExchange);
    if metadata.is_public() && metadata.grant_types.iter().any(is_for_confidential) {
        return refuse("A public client cannot use client_credentials or exchange tokens.");
    }
    Ok(())
}

/// A client has the policy of token exchange that the administrator gave it, for as long as it has the grant type.
fn complete_exchange(metadata: &mut ClientMetadata, registrant: Registrant<'_>) -> Result<(), Failure> {
    let has_grant = metadata.allows(GrantType::TokenExchange);
    match registrant {
        Registrant::Administrator => {}
        Registrant::Client(current) => metadata.token_exchange = current.token_exchange.clone().filter(|_| has_grant),
        Registrant::Anybody | Registrant::Publisher if has_grant || metadata.token_exchange.is_some() => {
            return refuse("Token exchange is registered by the administrator.");
        }
        Registrant::Anybody | Registrant::Publisher => {}
    }
    match &metadata.token_exchange {
        None if !has_grant => Ok(()),
        Some(policy) if has_grant => check_exchange(policy),
        // A client that asks for the grant type does not get it by a policy that it has not got.
        _ => refuse("token_exchange and the grant type urn:ietf:params:oauth:grant-type:token-exchange go together."),
    }
}

fn check_exchange(policy: &ExchangePolicy) -> Result<(), Failure> {
    let ExchangePolicy { modes, clients, resources, targets } = policy;
    let sizes = [modes.len(), clients.len(), targets.len()];
    // All targets fit into one token.
    if sizes.contains(&0) || clients.len() > 20 || targets.len() > 8 || resources.iter().count() > 8 {
        return refuse("token_exchange needs modes, up to 20 clients, up to 8 targets, and has up to 8 resources.");
    }
    if !clients.iter().chain(targets.keys()).all(|name| !name.is_empty() && is_line(name, 2000)) {
        return refuse("token_exchange names clients and targets by one line each.");
    }
    Ok(())
}

/// The specification's default is `web`, but who registers a private scheme and does not say is installed on a device.
/// Installed applications may have https URIs that they claim, too
/// ([RFC 8252 §7.2](https://www.rfc-editor.org/rfc/rfc8252#section-7.2)).
fn complete_application_type(metadata: &mut ClientMetadata) -> Result<(), Failure> {
    let is_private = metadata.redirect_uris.iter().any(RedirectUri::is_private);
    let fitting = if is_private { ApplicationType::Native } else { ApplicationType::Web };
    if is_private && *metadata.application_type.get_or_insert(fitting) == ApplicationType::Web {
        const DESCRIPTION: &str = "A redirect URI of a private scheme needs the application_type native.";
        return Err(Error::new(ErrorCode::InvalidRedirectUri, DESCRIPTION).into());
    }
    metadata.application_type.get_or_insert(fitting);
    Ok(())
}

fn check_texts(metadata: &ClientMetadata) -> Result<(), Failure> {
    let (names, links): (Vec<_>, Vec<_>) =
        metadata.translations.iter().partition(|(member, _)| *member == "client_name");
    let mut names = names.into_iter().map(|(_, name)| name).chain(metadata.client_name.as_deref());
    if !names.all(|name| is_line(name, 100)) {
        return refuse("client_name must have at most 100 characters and no control characters.");
    }
    if !metadata.description.iter().all(|text| is_line(text, 300)) {
        return refuse("description must have at most 300 characters and no control characters.");
    }
    let counts = [
        metadata.redirect_uris.len(),
        metadata.post_logout_redirect_uris.len(),
        metadata.contacts.len(),
        metadata.default_acr_values.len(),
    ];
    if counts.into_iter().any(|count| count > 20) || metadata.translations.iter().count() > 100 {
        return refuse("At most 20 redirect URIs of a kind, contacts and acr values, and 100 translations, are taken.");
    }
    let lines = metadata.contacts.iter().chain(&metadata.default_acr_values);
    if !lines.chain(&metadata.software_id).chain(&metadata.software_version).all(|text| is_line(text, 255)) {
        return refuse("contacts, acr values, software_id and software_version have at most 255 characters each.");
    }
    let pages = [&metadata.client_uri, &metadata.logo_uri, &metadata.policy_uri, &metadata.tos_uri];
    let pages = pages.into_iter().chain([&metadata.initiate_login_uri]).flatten().map(String::as_str);
    if !pages.chain(links.into_iter().map(|(_, uri)| uri)).all(is_web_page) {
        return refuse(
            "client_uri, logo_uri, policy_uri, tos_uri and initiate_login_uri must be https URLs, or http on a loopback host.",
        );
    }
    Ok(())
}

fn is_line(text: &str, longest: usize) -> bool {
    text.chars().count() <= longest && !text.chars().any(char::is_control)
}

/// Pages are shown as links, so they follow the rules of redirect URIs and are never of a private scheme.
fn is_web_page(uri: &str) -> bool {
    uri.len() <= 2000 && RedirectUri::parse(uri).is_ok_and(|uri| !uri.is_private())
}
