//! Documents at a `client_id`: whoever publishes one is that client, has no secret and no more than strangers may have.

use std::cell::OnceCell;

use domain::{
    Failure,
    client::Clients,
    client_document::refresh,
    outbound::{Fetched, Outbound, OutboundError},
};
use protocol::{client_metadata::TokenEndpointAuthMethod, outbound_url::OutboundUrl};
use serde_json::Value;

use crate::{
    registration::is_a_strangers,
    server::{Server, once},
    testing::block_on,
};

const ID: &str = "https://client.example.com/metadata.json";

thread_local! {
    static SERVER: OnceCell<Server<()>> = const { OnceCell::new() };
}

/// A server that answers this, whatever it is asked for.
struct Publisher<'a>(&'a [u8]);

impl Outbound for Publisher<'_> {
    async fn fetch(&self, url: &OutboundUrl, max_octets: usize) -> Result<Fetched, OutboundError> {
        assert_eq!(url.as_str(), ID, "another URL was asked");
        match self.0.len() <= max_octets {
            true => Ok(Fetched { body: self.0.to_vec(), max_age: None }),
            false => Err("it is too long".into()),
        }
    }

    async fn post(&self, _: &OutboundUrl, _: &str) -> Result<(), OutboundError> {
        panic!("nothing is posted to who publishes a document");
    }
}

pub(crate) fn check(data: &[u8]) {
    once(
        &SERVER,
        || Server::with(&[("client_id_metadata_documents", "on")], |_| ()),
        |server| {
            server.instance.query("DELETE FROM clients");
            server.instance.query("DELETE FROM documents");
            let outcome = block_on(refresh(&server.instance.env(), &Publisher(data), ID));
            let known = block_on(server.instance.store.client(ID)).unwrap();
            match outcome {
                Err(Failure::Refused(_)) => assert!(known.is_none(), "a refused document made a client"),
                Err(failure) => panic!("{failure}"),
                Ok(()) => {
                    let client = known.unwrap();
                    assert!(client.secret_hash.is_none() && !client.on_launchpad);
                    is_a_strangers(&client.metadata);
                    assert!(client.metadata.sector_identifier_uri.is_none());
                    assert!(matches!(
                        client.metadata.token_endpoint_auth_method,
                        TokenEndpointAuthMethod::None | TokenEndpointAuthMethod::PrivateKeyJwt
                    ));
                    let said: Value = serde_json::from_slice(data).unwrap();
                    assert!(said["client_id"] == ID && said.get("client_secret").is_none());
                }
            }
        },
    );
}
