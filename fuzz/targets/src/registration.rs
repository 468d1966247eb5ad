//! Registration metadata: what a stranger registers is within what strangers may have, is stored as it is answered, and
//! registering that again changes nothing.

use std::cell::OnceCell;

use bytes::Bytes;
use domain::{
    client::Clients,
    register::{RegistrationRequest, register},
};
use http::{HeaderValue, Method, header};
use protocol::client_metadata::{ClientMetadata, GrantType};
use web::{Body, Request};

use crate::{
    credentials::asked,
    server::{Server, once},
    support::Elsewhere,
    testing::block_on,
};

/// What strangers may register by default.
const OPEN: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

thread_local! {
    static SERVER: OnceCell<Server<()>> = const { OnceCell::new() };
}

fn read(body: &[u8]) -> Option<RegistrationRequest> {
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    web::register::parse(&Request {
        method: Method::POST,
        path: "/register".to_owned(),
        query: String::new(),
        fields: asked([json].into_iter().collect()),
        body: Body::Whole(Bytes::copy_from_slice(body)),
    })
    .ok()
}

/// What must be true of whatever a stranger has registered.
pub(crate) fn is_a_strangers(metadata: &ClientMetadata) {
    assert!(metadata.scope.iter().all(|token| OPEN.contains(&token)), "{}", metadata.scope);
    assert!(!metadata.allows(GrantType::ClientCredentials) && !metadata.allows(GrantType::TokenExchange));
    assert!(!metadata.require_multi_factor && metadata.token_exchange.is_none() && metadata.description.is_none());
    assert!(!metadata.allows(GrantType::AuthorizationCode) || !metadata.redirect_uris.is_empty());
}

pub(crate) fn check(data: &[u8]) {
    let Some(request) = read(data) else { return };
    // What is written is read again as the same.
    let written = serde_json::to_vec(&request.metadata).unwrap();
    assert_eq!(read(&written).unwrap().metadata, request.metadata);
    once(
        &SERVER,
        || Server::with(&[], |_| ()),
        |server| {
            server.instance.query("DELETE FROM clients");
            let env = server.instance.env();
            let Ok(registered) = block_on(register(&env, &Elsewhere::default(), request)) else { return };
            let metadata = &registered.client.metadata;
            is_a_strangers(metadata);
            assert!(!registered.client.on_launchpad);
            assert_eq!(registered.secret.is_some(), uses_secret(metadata));
            let stored = block_on(server.instance.store.client(&registered.client.id)).unwrap().unwrap();
            assert_eq!(format!("{stored:?}"), format!("{:?}", registered.client));
            let again = read(&serde_json::to_vec(&**metadata).unwrap()).unwrap();
            let again = block_on(register(&env, &Elsewhere::default(), again)).expect("what was registered can be");
            assert_eq!(again.client.metadata, *metadata);
        },
    );
}

fn uses_secret(metadata: &ClientMetadata) -> bool {
    use protocol::client_metadata::TokenEndpointAuthMethod::{ClientSecretBasic, ClientSecretJwt, ClientSecretPost};
    matches!(metadata.token_endpoint_auth_method, ClientSecretBasic | ClientSecretJwt | ClientSecretPost)
}
