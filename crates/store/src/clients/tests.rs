use domain::{
    client::{Client, Clients},
    client_configuration::{ClientConfigurations, ConfigurationKey},
    consent::Consents,
    device_authorization::{DeviceAuthorizations, NewDeviceAuthorization},
    home::Launchpad,
    par::PushedRequests,
};
use protocol::{
    client_metadata::{ClientMetadata, GrantType, ResponseType, SigningAlgorithm, TokenEndpointAuthMethod},
    params::Params,
    resource::Resources,
};

use crate::{
    Database, Value,
    fixtures::{at, client, code, count, hash, id, peopled, rounds, scope, start, value},
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
            ..ClientMetadata::clone(&client("app").metadata)
        }
        .into(),
        ..client("app")
    };
    block_on(store.add_client(&registered, &hash(9), None)).unwrap();
    let read = block_on(store.client("app")).unwrap().unwrap();
    assert_eq!(read.metadata, registered.metadata);
    assert!(read.on_launchpad && read.secret_hash.unwrap().matches(&hash(1)) && read.created_at == at(0));
}

#[test]
fn a_public_client_has_no_secret() {
    let file = File::new();
    let store = file.store();
    block_on(store.add_client(&Client { secret_hash: None, ..client("app") }, &hash(9), None)).unwrap();
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
    let added = race(&file, 6, |_, store| block_on(store.add_client(&client("app"), &hash(9), None)).is_ok());
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
        metadata: ClientMetadata { client_name: Some(name.to_owned()), ..ClientMetadata::clone(&client(id).metadata) }
            .into(),
        ..client(id)
    };
    for client in [named("z", "Wiki", true), named("a", "Zoo", true), named("m", "Accounts", false)] {
        block_on(store.add_client(&client, &hash(9), None)).unwrap();
    }
    block_on(store.remember_consent(id(1), "m", &scope("openid email"), at(0))).unwrap();
    let shown = |user| {
        let applications = block_on(store.applications(id(user))).unwrap();
        applications.into_iter().map(|client| client.id).collect::<Vec<_>>()
    };
    assert_eq!(shown(1), ["m", "z", "a"]);
    assert_eq!(shown(2), ["z", "a"]);
}

fn key(secret: u64) -> ConfigurationKey<'static> {
    ConfigurationKey { client_id: "app", token_hash: hash(secret) }
}

#[test]
fn only_the_registration_access_token_of_the_client_opens_its_registration() {
    let file = File::new();
    let store = file.store();
    block_on(store.add_client(&client("app"), &hash(9), None)).unwrap();
    block_on(store.add_client(&client("other"), &hash(8), None)).unwrap();
    let changed =
        ClientMetadata { client_name: Some("Changed".to_owned()), ..ClientMetadata::clone(&client("app").metadata) };
    for wrong in [key(8), key(1), ConfigurationKey { client_id: "nobody", ..key(9) }] {
        assert!(block_on(store.configured_client(&wrong)).unwrap().is_none());
        assert!(block_on(store.replace_metadata(&wrong, &changed, Some(&hash(5)))).unwrap().is_none());
        assert!(!block_on(store.delete_client(&wrong)).unwrap());
    }
    assert_eq!(block_on(store.configured_client(&key(9))).unwrap().unwrap().metadata, client("app").metadata);
    assert!(block_on(store.replace_metadata(&key(9), &changed, Some(&hash(5)))).unwrap().is_some());
    let read = block_on(store.client("app")).unwrap().unwrap();
    assert_eq!(*read.metadata, changed);
    assert!(read.secret_hash.unwrap().matches(&hash(1)), "a secret that is there stays");
    assert_eq!(value(&store, "SELECT name FROM clients WHERE id = 'app'"), "Changed".into());
    assert!(block_on(store.delete_client(&key(9))).unwrap());
    assert!(block_on(store.client("app")).unwrap().is_none() && block_on(store.client("other")).unwrap().is_some());
}

#[test]
fn of_many_who_need_a_secret_at_once_all_learn_of_the_same_one() {
    let file = File::new();
    let store = file.store();
    block_on(store.add_client(&Client { secret_hash: None, ..client("app") }, &hash(9), None)).unwrap();
    let stored = race(&file, 6, |number, store| {
        let secret = hash(100 + number as u64);
        let client =
            block_on(store.replace_metadata(&key(9), &client("app").metadata, Some(&secret))).unwrap().unwrap();
        client.secret_hash.unwrap().matches(&secret)
    });
    assert_eq!(
        stored.into_iter().filter(|own| *own).count(),
        1,
        "one was first, and no other is told that its own holds"
    );
    assert!(
        block_on(store.replace_metadata(&key(9), &client("app").metadata, None))
            .unwrap()
            .unwrap()
            .secret_hash
            .is_none()
    );
}

#[test]
fn a_registration_is_deleted_once() {
    for _ in 0..rounds(1) {
        let file = File::new();
        let store = peopled(&file);
        start(&store, 1, |_| {}, at(0));
        block_on(store.remember_consent(id(1), "app", &scope("openid"), at(0))).unwrap();
        let deleted = race(&file, 6, |_, store| block_on(store.delete_client(&key(9))).unwrap());
        assert_eq!(deleted.into_iter().filter(|deleted| *deleted).count(), 1);
        assert_eq!(count(&store, "SELECT (SELECT count(*) FROM grants) + (SELECT count(*) FROM consents)"), 0);
    }
}

#[test]
fn what_begins_while_its_client_is_deleted_is_worth_nothing_and_no_failure() {
    let file = File::new();
    let store = peopled(&file);
    assert!(block_on(store.delete_client(&key(9))).unwrap());
    start(&store, 1, |_| {}, at(0));
    block_on(store.remember_consent(id(1), "app", &scope("openid"), at(0))).unwrap();
    block_on(store.add_pushed_request(&hash(1), "app", &Params::default(), at(60), at(0))).unwrap();
    let device = NewDeviceAuthorization {
        code: &code(2),
        user_code_hash: hash(2),
        client_id: "app",
        scope: &scope("openid"),
        resource: &Resources::default(),
        expires_at: at(60),
    };
    assert!(!block_on(store.add_device_authorization(&device, at(0))).unwrap());
    for table in
        ["SELECT count(*) FROM grants", "SELECT count(*) FROM consents", "SELECT count(*) FROM pushed_requests"]
    {
        assert_eq!(count(&store, table), 0, "{table}");
    }
}

#[test]
fn each_registration_takes_two_with_it_that_nobody_has_used_in_time() {
    let file = File::new();
    let store = peopled(&file);
    let add = |name: &str, now: i64, expires: Option<i64>| {
        let client = Client { created_at: at(now), ..client(name) };
        block_on(store.add_client(&client, &hash(9), expires.map(at))).unwrap();
    };
    for name in ["a", "b", "c", "used"] {
        add(name, 0, Some(60));
    }
    start(&store, 1, |grant| grant.client_id = "used", at(1));
    let names = || match value(&store, "SELECT group_concat(id, ' ') FROM (SELECT id FROM clients ORDER BY id)") {
        Value::Text(names) => names,
        other => panic!("{other:?}"),
    };
    add("in-time", 60, None);
    assert_eq!(names(), "a app b c in-time other used");
    add("later", 61, None);
    assert_eq!(names().split(' ').filter(|name| name.len() == 1).count(), 1, "{}", names());
    add("latest", 61, Some(120));
    assert_eq!(names(), "app in-time later latest other used");
}

#[test]
fn a_client_that_publishes_itself_changes_with_its_document_and_keeps_its_grants() {
    let file = File::new();
    let store = peopled(&file);
    let mut published = client("https://client.example/app");
    block_on(store.keep_client(&published, at(86_400))).unwrap();
    start(&store, 1, |grant| grant.client_id = "https://client.example/app", at(0));
    std::sync::Arc::make_mut(&mut published.metadata).client_name = Some("Renamed".to_owned());
    block_on(store.keep_client(&published, at(90_000))).unwrap();
    let known = block_on(store.client("https://client.example/app")).unwrap().unwrap();
    assert_eq!(known.metadata.client_name.as_deref(), Some("Renamed"));
    assert!(known.secret_hash.is_none() && !known.on_launchpad);
    assert_eq!(count(&store, "SELECT count(*) FROM grants"), 1);
}

#[test]
fn a_client_that_publishes_itself_and_that_nobody_allows_anything_goes_after_its_time() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.keep_client(&client("https://client.example/app"), at(86_400))).unwrap();
    let registers = |name: &str, now: i64| {
        let client = Client { created_at: at(now), ..client(name) };
        block_on(store.add_client(&client, &hash(9), None)).unwrap();
        block_on(store.client("https://client.example/app")).unwrap().is_some()
    };
    assert!(registers("in-time", 86_400));
    assert!(!registers("later", 86_401));
}

#[test]
fn a_document_does_not_replace_a_registration() {
    let file = File::new();
    let store = peopled(&file);
    let mut published = client("app");
    std::sync::Arc::make_mut(&mut published.metadata).client_name = Some("Somebody else".to_owned());
    block_on(store.keep_client(&published, at(86_400))).unwrap();
    let known = block_on(store.client("app")).unwrap().unwrap();
    assert_eq!(known.metadata.client_name.as_deref(), Some("The app"));
}
