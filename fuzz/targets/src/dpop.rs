//! DPoP proofs: what is accepted is signed by the key it names, for this request, now, and used for the first time. The
//! lines are method and path, the access token, the header, to which the key is added, and the claims.

use std::cell::OnceCell;

use domain::dpop::{Proof, verify};
use protocol::{Secret, dpop, dpop::Thumbprint, jwk::Jwk};
use serde_json::Value;

use crate::{
    server::{Server, once},
    signer,
    support::NOW,
    testing::block_on,
};

thread_local! {
    static SERVER: OnceCell<Server<()>> = const { OnceCell::new() };
}

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (request, token, header, payload) = (line(), line(), line(), line());
    let (method, path) = request.split_once(' ').unwrap_or(("POST", request));
    let token = Some(token).filter(|token| !token.is_empty()).map(Secret::new);
    let header = match serde_json::from_str::<Value>(header) {
        Ok(Value::Object(mut members)) => {
            members.entry("jwk").or_insert_with(signer::jwk);
            Value::Object(members).to_string()
        }
        _ => header.to_owned(),
    };
    once(
        &SERVER,
        || Server::with(&[], |_| ()),
        |server| {
            let accepted = |jwt: String| {
                let proof = Proof { jwt, method: method.to_owned(), path: path.to_owned() };
                match block_on(verify(&server.instance.env(), &proof, token.as_ref())) {
                    Ok(key) => Some(key),
                    Err(domain::Failure::Refused(_)) => None,
                    Err(failure) => panic!("{failure}"),
                }
            };
            server.instance.query("DELETE FROM replay_marks");
            let jwt = signer::sign(header.as_bytes(), payload.as_bytes());
            let Some(key) = accepted(jwt.clone()) else {
                // What comes as it is, unsigned by anybody here, must not make it panic either.
                let _ = accepted(text.clone().into_owned());
                return;
            };
            assert_eq!(key, Thumbprint::of(&Jwk::try_from(signer::jwk()).unwrap()));
            assert!(accepted(jwt).is_none(), "a proof is good once");
            let claims: Value = serde_json::from_str(payload).unwrap();
            assert_eq!(claims["htm"].as_str(), Some(method));
            assert!((claims["iat"].as_f64().unwrap() - NOW as f64).abs() < 21.0);
            assert!(claims["jti"].as_str().is_some_and(|jti| !jti.is_empty()));
            let target = claims["htu"].as_str().unwrap().to_ascii_lowercase();
            assert!(target.starts_with("https://id.example"), "{target}");
            if let Some(token) = &token {
                assert_eq!(claims["ath"].as_str(), Some(&*dpop::ath(token.expose())));
            }
            let header: Value = serde_json::from_str(&header).unwrap();
            assert!(header["typ"].as_str().is_some_and(|typ| typ.to_ascii_lowercase().ends_with("dpop+jwt")));
            assert!(header["jwk"].get("d").is_none(), "a private key was sent and accepted");
        },
    );
}
