//! Tokens against those of jwt-simple, with keys of jwt-simple.

use std::cell::RefCell;

use jwt_simple::prelude::{
    Audiences, ECDSAP256KeyPairLike, ECDSAP256PublicKeyLike, ES256KeyPair, ES256PublicKey, Ed25519KeyPair,
    EdDSAKeyPairLike, EdDSAPublicKeyLike, HeaderOptions, RSAKeyPairLike, UnixTimeStamp, VerificationOptions,
};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use protocol::secret::from_base64url;
use serde_json::{Value, json};

use super::*;

/// Gives octets that are all the same, others each time; how many were asked for.
#[derive(Default)]
struct Counting(RefCell<Vec<usize>>);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.borrow_mut().push(bytes.len());
        bytes.fill(self.0.borrow().len() as u8);
    }
}

fn claims(nonce: Option<&str>) -> JWTClaims<Value> {
    JWTClaims {
        issued_at: Some(UnixTimeStamp::from_secs(1_700_000_000)),
        expires_at: Some(UnixTimeStamp::from_secs(1_700_000_900)),
        invalid_before: None,
        issuer: Some("https://id.example".to_owned()),
        subject: Some("s\u{fc}b\"ject".to_owned()),
        audiences: Some(Audiences::AsString("client".to_owned())),
        jwt_id: None,
        nonce: nonce.map(str::to_owned),
        custom: json!({ "amr": ["pwd"], "auth_time": 1_700_000_000 }),
    }
}

const KINDS: [(&str, Option<&str>); 3] = [("JWT", None), ("JWT", Some("nonce")), ("at+jwt", Some("another"))];

fn header(typ: &str) -> HeaderOptions {
    HeaderOptions { signature_type: Some(typ.to_owned()), ..HeaderOptions::default() }
}

/// A key as it is stored.
fn stored(algorithm: SigningAlgorithm, private: Vec<u8>) -> SigningKey {
    SigningKey::new(algorithm, 1, private, r#"{"kid":"kid"}"#.to_owned(), Timestamp(0))
}

#[test]
fn its_tokens_by_rs256_are_those_of_jwt_simple_to_the_octet() {
    let random = Counting::default();
    for bits in [2048, 3072] {
        let theirs = RS256KeyPair::generate(bits).unwrap().with_key_id("kid");
        let ours = stored(SigningAlgorithm::RS256, theirs.to_der().unwrap());
        for (typ, nonce) in KINDS {
            let expected = theirs.sign_with_options(claims(nonce), &header(typ)).unwrap();
            assert_eq!(ours.sign(typ, claims(nonce), &random).unwrap(), expected);
        }
    }
    assert_eq!(*random.0.borrow(), [256; 3], "each signature by our arithmetic is blinded anew");
}

/// jwt-simple hedges both, so that no two signatures are the same. Its own verification is by other arithmetic than ours.
#[test]
fn its_other_tokens_are_those_of_jwt_simple_but_for_the_signature_which_verifies() {
    let random = Counting::default();
    for _ in 0..8 {
        let es256 = ES256KeyPair::generate().with_key_id("kid");
        let eddsa = Ed25519KeyPair::generate().with_key_id("kid");
        let our_es256 = stored(SigningAlgorithm::ES256, es256.to_bytes());
        let our_eddsa = stored(SigningAlgorithm::EdDSA, eddsa.to_bytes());
        for (typ, nonce) in KINDS {
            let token = our_es256.sign(typ, claims(nonce), &random).unwrap();
            let expected = es256.sign_with_options(claims(nonce), &header(typ)).unwrap();
            assert_eq!(parts(&token).0, parts(&expected).0);
            es256.public_key().verify_token::<Value>(&token, Some(options("kid"))).unwrap();
            let key = VerifyingKey::from_sec1_bytes(&es256.public_key().public_key().to_bytes_uncompressed()).unwrap();
            let (signed, signature) = parts(&token);
            key.verify(signed.as_bytes(), &Signature::from_slice(&signature).unwrap()).unwrap();

            let token = our_eddsa.sign(typ, claims(nonce), &random).unwrap();
            let expected = eddsa.sign_with_options(claims(nonce), &header(typ)).unwrap();
            assert_eq!(parts(&token).0, parts(&expected).0);
            eddsa.public_key().verify_token::<Value>(&token, Some(options("kid"))).unwrap();
            let (signed, signature) = parts(&token);
            let key = ed25519_dalek::VerifyingKey::try_from(&eddsa.public_key().to_bytes()[..]).unwrap();
            let signature = ed25519_dalek::Signature::from_slice(&signature).unwrap();
            key.verify_strict(signed.as_bytes(), &signature).unwrap();
        }
    }
    assert_eq!(*random.0.borrow(), [32; 48], "each signature is hedged anew");
}

/// What is signed, and the octets of the signature.
fn parts(token: &str) -> (&str, Vec<u8>) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    (signed, from_base64url(signature).unwrap())
}

fn options(kid: &str) -> VerificationOptions {
    VerificationOptions {
        artificial_time: Some(UnixTimeStamp::from_secs(1_700_000_001)),
        required_key_id: Some(kid.to_owned()),
        ..Default::default()
    }
}

#[test]
fn a_signature_depends_on_the_key_the_message_and_the_randomness() {
    let es256 = [1, 2].map(|octet| KeyPair::read(SigningAlgorithm::ES256, &[octet; 32]).unwrap());
    let eddsa = [(); 2].map(|()| Ed25519KeyPair::generate().to_bytes());
    let eddsa = eddsa.map(|private| KeyPair::read(SigningAlgorithm::EdDSA, &private).unwrap());
    for pairs in [es256, eddsa] {
        let mut signatures = std::collections::HashSet::new();
        for pair in pairs {
            for message in [b"one", b"two"] {
                let random = Counting::default();
                let mut sign = |random| signatures.insert(pair.sign(message, random).unwrap());
                assert!(sign(&random) && sign(&random) && !sign(&Counting::default()));
            }
        }
    }
}

#[test]
fn a_stored_key_signs_what_its_published_key_verifies() {
    let (private, jwk) = SigningKey::generate(SigningAlgorithm::ES256, &Counting::default()).unwrap();
    let key = SigningKey::new(SigningAlgorithm::ES256, 1, private, jwk.clone(), Timestamp(0));
    let token = key.sign("JWT", claims(None), &Counting::default()).unwrap();
    let read =
        ES256PublicKey::from_jwk(&jwk).unwrap().verify_token::<Value>(&token, Some(options(&key.kid().unwrap())));
    let read = read.unwrap();
    assert_eq!(read.issuer.as_deref(), Some("https://id.example"));
}

#[test]
fn a_key_that_is_made_is_one_of_jwt_simple_with_its_public_jwk() {
    let random = Counting::default();
    for _ in 0..8 {
        let (private, jwk) = SigningKey::generate(SigningAlgorithm::ES256, &random).unwrap();
        let theirs = ES256KeyPair::from_bytes(&private).unwrap();
        assert_eq!(jwk, theirs.public_key().with_key_id(&theirs.jwk_thumbprint()).to_jwk());
        let (private, jwk) = SigningKey::generate(SigningAlgorithm::EdDSA, &random).unwrap();
        let theirs = Ed25519KeyPair::from_bytes(&private).unwrap();
        assert_eq!(jwk, theirs.public_key().with_key_id(&theirs.jwk_thumbprint()).to_jwk());
    }
    assert_eq!(*random.0.borrow(), [32; 16]);
}

/// Gives a number that is not below the order of the curve first.
struct TooLargeAtFirst(Counting);

impl Random for TooLargeAtFirst {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
        if self.0.0.borrow().len() == 1 {
            bytes.fill(0xff);
        }
    }
}

#[test]
fn a_number_that_is_no_key_is_not_taken_for_one() {
    let random = TooLargeAtFirst(Counting::default());
    let (private, _) = SigningKey::generate(SigningAlgorithm::ES256, &random).unwrap();
    assert_eq!(private, [2; 32]);
}

#[test]
fn stored_octets_that_are_no_key_sign_nothing() {
    let ed25519 = Ed25519KeyPair::generate().to_bytes();
    let mut other_half = ed25519.clone();
    other_half.splice(32.., Ed25519KeyPair::generate().to_bytes().into_iter().skip(32));
    let (rs256, es256, eddsa) = (SigningAlgorithm::RS256, SigningAlgorithm::ES256, SigningAlgorithm::EdDSA);
    let broken = [
        (rs256, vec![0x30; 1200]),
        (es256, vec![0; 32]),
        (es256, vec![0xff; 32]),
        (es256, vec![1; 31]),
        (eddsa, ed25519[..32].to_vec()),
        (eddsa, other_half),
    ];
    for (algorithm, private) in broken {
        let signed = stored(algorithm, private).sign("JWT", claims(None), &Counting::default());
        assert!(matches!(signed, Err(Failure::Internal(_))));
    }
}

#[test]
fn a_published_key_has_no_private_member() {
    for algorithm in [SigningAlgorithm::ES256, SigningAlgorithm::EdDSA] {
        let (_, jwk) = SigningKey::generate(algorithm, &Counting::default()).unwrap();
        assert!(!jwk.contains("\"d\":") && jwk.contains("\"kid\":") && jwk.contains(algorithm.as_str()), "{jwk}");
    }
}
