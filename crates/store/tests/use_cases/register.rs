//! Registering clients.

use std::collections::BTreeMap;

use domain::{
    client::Clients,
    register::{RegistrationRequest, register},
};
use protocol::{
    ErrorCode, Secret,
    client_metadata::{
        ApplicationType, ClientMetadata, GrantType, ResponseType, SigningAlgorithm, SubjectType,
        TokenEndpointAuthMethod,
    },
    outbound_url::OutboundUrl,
    redirect_uri::RedirectUri,
    scope::Scope,
};

use crate::{
    Database, Value,
    support::{ADMIN_TOKEN, Elsewhere, Instance, REDIRECT, furnished, refusal},
    testing::block_on,
};

fn minimal() -> ClientMetadata {
    ClientMetadata { redirect_uris: vec![RedirectUri::parse(REDIRECT).unwrap()], ..ClientMetadata::default() }
}

fn request(metadata: ClientMetadata, token: Option<&str>) -> RegistrationRequest {
    let client_address = "192.0.2.1".to_owned();
    RegistrationRequest { metadata, on_launchpad: true, initial_access_token: token.map(Secret::new), client_address }
}

#[test]
fn gaps_are_filled_with_the_defaults() {
    let file = furnished();
    let server = Instance::of(&file);
    let registered = block_on(register(&server.env(), &Elsewhere::default(), request(minimal(), None))).unwrap();
    let metadata = &registered.client.metadata;
    assert_eq!(metadata.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
    assert_eq!(metadata.response_types, [ResponseType::Code]);
    assert_eq!(metadata.token_endpoint_auth_method, TokenEndpointAuthMethod::ClientSecretBasic);
    assert_eq!(metadata.id_token_signed_response_alg, SigningAlgorithm::RS256);
    assert!(Scope::parse("openid profile email").unwrap().is_within(&metadata.scope));
    let stored = block_on(server.store.client(&registered.client.id)).unwrap().unwrap();
    assert_eq!(stored.metadata, *metadata);
}

#[test]
fn the_secret_is_shown_once_and_stored_as_a_hash() {
    let file = furnished();
    let server = Instance::of(&file);
    let registered = block_on(register(&server.env(), &Elsewhere::default(), request(minimal(), None))).unwrap();
    let secret = registered.secret.unwrap();
    assert!(secret.expose().starts_with("scs_") && secret.expose().len() == 47);
    let stored = block_on(server.store.client(&registered.client.id)).unwrap().unwrap();
    assert!(stored.secret_hash.unwrap().matches(&secret.hash()));
    let public = ClientMetadata { token_endpoint_auth_method: TokenEndpointAuthMethod::None, ..minimal() };
    assert!(block_on(register(&server.env(), &Elsewhere::default(), request(public, None))).unwrap().secret.is_none());
}

#[test]
fn two_registrations_share_neither_identifier_nor_secret() {
    let file = furnished();
    let server = Instance::of(&file);
    let [one, two] =
        [(), ()].map(|()| block_on(register(&server.env(), &Elsewhere::default(), request(minimal(), None))).unwrap());
    assert_ne!(one.client.id, two.client.id);
    assert!(!one.secret.unwrap().hash().matches(&two.secret.unwrap().hash()));
}

#[test]
fn the_setting_decides_who_may_register() {
    let file = furnished();
    let ask = |setting: &str, token| {
        let server = Instance::with(&file, &[("registration", setting)]);
        block_on(register(&server.env(), &Elsewhere::default(), request(minimal(), token)))
    };
    assert!(ask("open", None).is_ok());
    assert_eq!(refusal(ask("token", None)), ErrorCode::InvalidToken);
    assert_eq!(refusal(ask("token", Some("a-wrong-token-of-some-length"))), ErrorCode::InvalidToken);
    assert!(ask("token", Some(ADMIN_TOKEN)).is_ok());
    assert_eq!(refusal(ask("closed", Some(ADMIN_TOKEN))), ErrorCode::AccessDenied);
}

#[test]
fn without_an_admin_token_in_the_settings_no_token_registers() {
    let file = furnished();
    let server = Instance::with(&file, &[("registration", "token"), ("admin_token", "")]);
    for token in [None, Some(""), Some(ADMIN_TOKEN)] {
        assert_eq!(
            refusal(block_on(register(&server.env(), &Elsewhere::default(), request(minimal(), token)))),
            ErrorCode::InvalidToken
        );
    }
}

#[test]
fn only_the_administrator_puts_a_client_on_every_launchpad() {
    let file = furnished();
    let server = Instance::of(&file);
    let shown = |token| {
        block_on(register(&server.env(), &Elsewhere::default(), request(minimal(), token))).unwrap().client.on_launchpad
    };
    assert_eq!((shown(None), shown(Some("guess")), shown(Some(ADMIN_TOKEN))), (false, false, true));
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let file = furnished();
    let server = Instance::of(&file);
    let uris = |count: usize| {
        (0..count).map(|n| RedirectUri::parse(&format!("https://app.example/{n}")).unwrap()).collect::<Vec<_>>()
    };
    let bad = ErrorCode::InvalidClientMetadata;
    for (what, metadata, expected) in [
        ("no redirect URI", ClientMetadata::default(), ErrorCode::InvalidRedirectUri),
        ("21 redirect URIs", ClientMetadata { redirect_uris: uris(21), ..minimal() }, bad),
        ("refresh_token alone", ClientMetadata { grant_types: vec![GrantType::RefreshToken], ..minimal() }, bad),
        (
            "code without its grant type",
            ClientMetadata {
                grant_types: vec![GrantType::ClientCredentials],
                response_types: vec![ResponseType::Code],
                ..minimal()
            },
            bad,
        ),
        (
            "a public machine",
            ClientMetadata {
                grant_types: vec![GrantType::ClientCredentials],
                token_endpoint_auth_method: TokenEndpointAuthMethod::None,
                ..ClientMetadata::default()
            },
            bad,
        ),
        ("a long name", ClientMetadata { client_name: Some("x".repeat(101)), ..minimal() }, bad),
        ("a name of two lines", ClientMetadata { client_name: Some("a\nb".to_owned()), ..minimal() }, bad),
        ("a script", ClientMetadata { client_uri: Some("javascript:alert(1)".to_owned()), ..minimal() }, bad),
        ("a plain logo", ClientMetadata { logo_uri: Some("http://app.example/l.png".to_owned()), ..minimal() }, bad),
        ("a policy in an app", ClientMetadata { policy_uri: Some("com.example.app:/p".to_owned()), ..minimal() }, bad),
        (
            "a private scheme of a web application",
            ClientMetadata {
                redirect_uris: vec![RedirectUri::parse("com.example.app:/cb").unwrap()],
                application_type: Some(ApplicationType::Web),
                ..ClientMetadata::default()
            },
            ErrorCode::InvalidRedirectUri,
        ),
        (
            "a machine of a stranger",
            ClientMetadata { grant_types: vec![GrantType::ClientCredentials], ..ClientMetadata::default() },
            bad,
        ),
        ("a scope of a stranger", ClientMetadata { scope: Scope::parse("openid admin").unwrap(), ..minimal() }, bad),
        ("a long software_id", ClientMetadata { software_id: Some("x".repeat(256)), ..minimal() }, bad),
        ("terms in data", ClientMetadata { tos_uri: Some("data:text/html,x".to_owned()), ..minimal() }, bad),
    ] {
        assert_eq!(
            refusal(block_on(register(&server.env(), &Elsewhere::default(), request(metadata, None)))),
            expected,
            "{what}"
        );
    }
}

#[test]
fn a_machine_needs_no_redirect_uri() {
    let file = furnished();
    let server = Instance::of(&file);
    let machine = ClientMetadata { grant_types: vec![GrantType::ClientCredentials], ..ClientMetadata::default() };
    let registered =
        block_on(register(&server.env(), &Elsewhere::default(), request(machine, Some(ADMIN_TOKEN)))).unwrap();
    assert!(registered.client.metadata.response_types.is_empty() && registered.secret.is_some());
}

#[test]
fn what_a_stranger_registers_may_go_unused_and_what_the_administrator_registers_stays() {
    let file = furnished();
    let is_kept = |settings: &[(&'static str, &str)], token| {
        let server = Instance::with(&file, settings);
        let registered = block_on(register(&server.env(), &Elsewhere::default(), request(minimal(), token))).unwrap();
        let id = Value::Text(registered.client.id);
        let sql = "SELECT 1 FROM clients WHERE id = ?1 AND unused_expires_at IS NULL";
        !block_on(server.store.0.query(sql, vec![id])).unwrap().is_empty()
    };
    assert!(is_kept(&[], Some(ADMIN_TOKEN)));
    assert!(is_kept(&[("unused_client_expires_in", "0")], None), "0 keeps all");
    assert!(!is_kept(&[], None));
}

#[test]
fn a_sector_lists_every_redirect_uri_of_its_clients() {
    let file = furnished();
    let server = Instance::of(&file);
    let list = "https://sector.example/uris.json";
    let others = "https://sector.example/others.json";
    let elsewhere = Elsewhere(BTreeMap::from([
        (list, r#"["https://other.example/cb", "https://app.example/callback", "https://two.example/cb"]"#),
        (others, r#"["https://other.example/cb", "https://app.example/callback"]"#),
        ("https://sector.example/object.json", r#"{"redirect_uris": ["https://app.example/callback"]}"#),
    ]));
    let ask = |uri: &str, subject_type| {
        let metadata = ClientMetadata {
            redirect_uris: [REDIRECT, "https://two.example/cb"].map(|uri| RedirectUri::parse(uri).unwrap()).to_vec(),
            sector_identifier_uri: Some(OutboundUrl::parse(uri).unwrap()),
            subject_type,
            ..ClientMetadata::default()
        };
        block_on(register(&server.env(), &elsewhere, request(metadata, None)))
    };
    let metadata = ask(list, SubjectType::Pairwise).unwrap().client.metadata;
    assert_eq!(metadata.sector().as_deref(), Some("sector.example"));
    for uri in [others, "https://sector.example/object.json", "https://sector.example/missing.json"] {
        for subject_type in SubjectType::ALL {
            assert_eq!(refusal(ask(uri, subject_type)), ErrorCode::InvalidClientMetadata, "{uri}");
        }
    }
}
