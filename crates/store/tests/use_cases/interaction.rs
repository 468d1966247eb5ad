//! Interactions on their way through the pages.

use domain::interaction::Interaction;
use protocol::{
    ErrorCode,
    params::Params,
    secret::{base64url, from_base64url},
};

use crate::{
    support::{Instance, furnished, refusal},
    testing::block_on,
};

fn begun(server: &Instance, query: &str) -> String {
    let interaction = Interaction::begin(&server.env(), Params::parse(query.as_bytes()).unwrap());
    block_on(interaction.seal(&server.env())).unwrap()
}

#[test]
fn an_interaction_is_read_back_by_every_instance() {
    let file = furnished();
    let server = Instance::of(&file);
    let state = "x".repeat(4096);
    let query = format!("client_id=a&state={state}&scope=openid+email&nonce=%26%3D%C3%A9");
    let sealed = begun(&server, &query);
    let other = Instance::of(&file);
    other.later(60);
    let opened = block_on(Interaction::open(&other.env(), &sealed)).unwrap();
    assert_eq!((opened.params.encode(), opened.started_at), (query, server.env().now));
}

#[test]
fn it_is_good_for_an_hour() {
    let file = furnished();
    let server = Instance::of(&file);
    let sealed = begun(&server, "client_id=a");
    server.later(3600);
    assert!(block_on(Interaction::open(&server.env(), &sealed)).is_ok());
    server.later(1);
    assert_eq!(refusal(block_on(Interaction::open(&server.env(), &sealed))), ErrorCode::InvalidRequest);
}

#[test]
fn one_that_was_changed_anywhere_is_refused() {
    let file = furnished();
    let server = Instance::of(&file);
    let bytes = from_base64url(&begun(&server, "client_id=a")).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let opened = block_on(Interaction::open(&server.env(), &base64url(&changed)));
        assert_eq!(refusal(opened), ErrorCode::InvalidRequest, "octet {at}");
    }
    for length in [0, 1, 8, 31, 32, 39, 40, bytes.len() - 1] {
        let opened = block_on(Interaction::open(&server.env(), &base64url(&bytes[..length])));
        assert_eq!(refusal(opened), ErrorCode::InvalidRequest, "{length} octets");
    }
}

#[test]
fn another_servers_interaction_is_refused() {
    let (file, foreign) = (furnished(), crate::testing::File::new());
    let sealed = begun(&Instance::of(&foreign), "client_id=a");
    assert_eq!(refusal(block_on(Interaction::open(&Instance::of(&file).env(), &sealed))), ErrorCode::InvalidRequest);
}
