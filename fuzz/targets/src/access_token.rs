//! The tokens that only this server reads: what it did not make opens nothing, what it made says the same again.

use std::{cell::OnceCell, rc::Rc};

use domain::{
    grant::{Code, CodeKind},
    keys::KeyRing,
    token::AccessToken,
};
use protocol::{secret::base64url, token::ACCESS_TOKEN_PREFIX};

use crate::{
    server::{Server, once},
    testing::block_on,
};

thread_local! {
    static SERVER: OnceCell<Server<Rc<KeyRing>>> = const { OnceCell::new() };
}

fn server() -> Server<Rc<KeyRing>> {
    Server::with(&[], |instance| block_on(instance.env().key_ring()).unwrap())
}

pub(crate) fn check(data: &[u8]) {
    once(&SERVER, server, |server| {
        let ring = &*server.prepared;
        let text = String::from_utf8_lossy(data);
        assert!(AccessToken::open(&text, ring).is_none(), "nobody has the key");
        for kind in [CodeKind::Authorization, CodeKind::Device] {
            let _ = Code::parse(&text, kind);
        }
        // Whatever stands behind the right MAC: the version and the generation of the key, and then anything.
        let body = [&[1, 0, 0, 0, 1], data].concat();
        let tag = ring.mac("access token").tag(&[&body]);
        let sealed = format!("{ACCESS_TOKEN_PREFIX}{}", base64url(&[&body[..], &tag].concat()));
        let Some(token) = AccessToken::open(&sealed, ring) else { return };
        let again = token.seal(ring);
        assert_eq!(AccessToken::open(again.expose(), ring).as_ref(), Some(&token));
        let _ = token.act();
        let mut changed = again.expose().to_owned();
        let last = if changed.ends_with('A') { 'E' } else { 'A' };
        changed.pop();
        changed.push(last);
        assert!(AccessToken::open(&changed, ring).is_none(), "another MAC");
    });
}
