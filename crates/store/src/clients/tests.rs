use domain::{
    client::{Client, Clients},
    consent::Consents,
    home::Launchpad,
};
use protocol::client_metadata::{ClientMetadata, GrantType, ResponseType, SigningAlgorithm, TokenEndpointAuthMethod};

use crate::{
    Database,
    fixtures::{at, client, hash, id, peopled, scope},
    testing::{File, block_on, race},
};

#[test]
fn a_client_is_read_as_it_was_registered() {
    let file = File::new();
    let store = file.store();
    let registered = Client {
        on_launchpad: true,
        metadata: ClientMetadata {
            grant_types: GrantType::ALL.to_vec(),
            response_types: vec![ResponseType::Code],
            token_endpoint_auth_method: TokenEndpointAuthMethod::ClientSecretPost,
            client_name: Some("Ünïcödé \"quoted\" 'name'".to_owned()),
            contacts: vec!["a@example.org".to_owned()],
            id_token_signed_response_alg: SigningAlgorithm::EdDSA,
            ..client("app").metadata
        },
        ..client("app")
    };
    block_on(store.add_client(&registered)).unwrap();
    let read = block_on(store.client("app")).unwrap().unwrap();
    assert_eq!(read.metadata, registered.metadata);
    assert!(read.on_launchpad && read.secret_hash.unwrap().matches(&hash(1)) && read.created_at == at(0));
}

#[test]
fn a_public_client_has_no_secret() {
    let file = File::new();
    let store = file.store();
    block_on(store.add_client(&Client { secret_hash: None, ..client("app") })).unwrap();
    assert!(block_on(store.client("app")).unwrap().unwrap().secret_hash.is_none());
}

#[test]
fn an_unknown_client_is_none() {
    let file = File::new();
    let store = peopled(&file);
    for id in ["", "App", "app ", "%", "app' OR '1'='1"] {
        assert!(block_on(store.client(id)).unwrap().is_none(), "{id:?}");
    }
}

#[test]
fn an_identifier_is_given_once() {
    let file = File::new();
    let added = race(&file, 6, |_, store| block_on(store.add_client(&client("app"))).is_ok());
    assert_eq!(added.into_iter().filter(|added| *added).count(), 1);
}

#[test]
fn broken_metadata_is_a_storage_error_and_no_panic() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.0.query("UPDATE clients SET metadata = '{'", vec![])).unwrap();
    assert!(block_on(store.client("app")).unwrap_err().0.contains("metadata"));
}

#[test]
fn the_launchpad_shows_what_everybody_sees_and_what_the_user_has_allowed_by_name() {
    let file = File::new();
    let store = peopled(&file);
    let named = |id: &str, name: &str, on_launchpad| Client {
        on_launchpad,
        metadata: ClientMetadata { client_name: Some(name.to_owned()), ..client(id).metadata },
        ..client(id)
    };
    for client in [named("z", "Wiki", true), named("a", "Zoo", true), named("m", "Accounts", false)] {
        block_on(store.add_client(&client)).unwrap();
    }
    block_on(store.remember_consent(id(1), "m", &scope("openid email"), at(0))).unwrap();
    let shown = |user| {
        let applications = block_on(store.applications(id(user))).unwrap();
        applications.into_iter().map(|client| client.id).collect::<Vec<_>>()
    };
    assert_eq!(shown(1), ["m", "z", "a"]);
    assert_eq!(shown(2), ["z", "a"]);
}
