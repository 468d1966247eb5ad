use super::*;
use crate::jws::JwsAlgorithm;

/// Of the [test vectors](https://www.w3.org/TR/webauthn-3/#sctn-test-vectors) of the specification.
fn vector(name: &str, member: &str) -> Vec<u8> {
    let vectors: Value = serde_json::from_str(include_str!("vectors.json")).unwrap();
    let text = vectors[name][member].as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn relying_party() -> RelyingParty {
    RelyingParty::of(&Issuer::parse("https://example.org").unwrap()).unwrap()
}

fn register(name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Result<Registration, Fault> {
    let mut object = vector(name, "attestationObject");
    change(&mut object);
    Registration::verify(&vector(name, "create"), &object, &relying_party())
}

/// Where the authenticator data of a registration begins.
fn data_at(object: &[u8]) -> usize {
    let hash = Sha256::digest("example.org");
    object.windows(32).position(|window| window == &hash[..]).unwrap()
}

/// The same with these flags.
fn with_flags(flags: u8) -> impl FnOnce(&mut Vec<u8>) {
    move |object| {
        let at = data_at(object) + 32;
        object[at] = flags;
    }
}

fn sign_in(json: &str, change: impl FnOnce(&mut Vec<u8>)) -> Result<Assertion, Fault> {
    let mut data = vector("LONG_ID", "authenticatorData");
    change(&mut data);
    Assertion::verify(json.as_bytes(), &data, b"signature", &relying_party())
}

const CLIENT_DATA: &str = r#"{"type":"webauthn.get","challenge":"AAAA","origin":"https://example.org"}"#;

#[test]
fn a_registration_of_the_specification_is_read() {
    let registration = register("PACKED_SELF", |_| ()).unwrap();
    assert_eq!(registration.challenge, crate::secret::base64url(&vector("PACKED_SELF", "challenge")));
    assert_eq!(registration.id, vector("PACKED_SELF", "id"));
    assert_eq!(registration.key.alg, Some(JwsAlgorithm::ES256));
    assert_eq!(registration.state, State { sign_count: 0, is_backup_eligible: true, is_backed_up: true });
    assert!(registration.attestation.is_some());
    let verified = register("NONE", with_flags(0x5d)).unwrap();
    assert_eq!((verified.id, verified.attestation), (vector("NONE", "id"), None));
}

#[test]
fn a_sign_in_of_the_specification_is_read() {
    let [json, data, signature] = ["get", "authenticatorData", "signature"].map(|name| vector("LONG_ID", name));
    let assertion = Assertion::verify(&json, &data, &signature, &relying_party()).unwrap();
    assert_eq!(assertion.challenge, crate::secret::base64url(&vector("LONG_ID", "authChallenge")));
    assert_eq!(assertion.state, State { sign_count: 0, is_backup_eligible: true, is_backed_up: false });
    assert_eq!(assertion.signed.message, [&data[..], &Sha256::digest(&json)].concat());
}

#[test]
fn a_user_who_was_not_verified_does_not_pass() {
    assert_eq!(register("NONE", |_| ()), Err(Fault::UserVerification));
    assert_eq!(sign_in(CLIENT_DATA, |data| data[32] = 0x01), Err(Fault::UserVerification));
}

#[test]
fn a_user_who_was_not_there_does_not_pass() {
    assert_eq!(register("NONE", with_flags(0x5c)), Err(Fault::UserPresence));
    assert_eq!(sign_in(CLIENT_DATA, |data| data[32] = 0x04), Err(Fault::UserPresence));
}

#[test]
fn what_cannot_be_copied_has_not_been() {
    assert_eq!(register("NONE", with_flags(0x55)), Err(Fault::Backup));
    assert_eq!(sign_in(CLIENT_DATA, |data| data[32] = 0x15), Err(Fault::Backup));
}

#[test]
fn a_credential_for_another_site_does_not_pass() {
    assert_eq!(sign_in(CLIENT_DATA, |data| data[0] ^= 1), Err(Fault::RelyingParty));
    let mut object = vector("NONE", "attestationObject");
    let at = data_at(&object);
    object[at] ^= 1;
    assert_eq!(Registration::verify(&vector("NONE", "create"), &object, &relying_party()), Err(Fault::RelyingParty));
}

#[test]
fn a_page_in_a_frame_does_not_pass() {
    for name in ["CROSS_ORIGIN", "TOP_ORIGIN"] {
        assert_eq!(register(name, |_| ()), Err(Fault::Frame), "{name}");
    }
    for more in [r#","crossOrigin":true}"#, r#","topOrigin":"https://example.org"}"#] {
        assert_eq!(sign_in(&CLIENT_DATA.replace('}', more), |_| ()), Err(Fault::Frame), "{more}");
    }
    assert!(sign_in(&CLIENT_DATA.replace('}', r#","crossOrigin":false,"later":{}}"#), |_| ()).is_ok());
}

#[test]
fn another_origin_or_ceremony_does_not_pass() {
    for origin in ["https://example.com", "http://example.org", "https://a.example.org", "https://example.org:8443"] {
        let json = CLIENT_DATA.replace("https://example.org", origin);
        assert_eq!(sign_in(&json, |_| ()), Err(Fault::Origin), "{origin}");
    }
    for ceremony in ["webauthn.create", "payment.get", ""] {
        assert_eq!(sign_in(&CLIENT_DATA.replace("webauthn.get", ceremony), |_| ()), Err(Fault::Type), "{ceremony}");
    }
    let json = CLIENT_DATA.as_bytes();
    let object = vector("NONE", "attestationObject");
    assert_eq!(Registration::verify(json, &object, &relying_party()), Err(Fault::Type));
}

#[test]
fn an_attestation_that_was_not_asked_for_does_not_pass() {
    let renamed = |object: &mut Vec<u8>| object[6..10].copy_from_slice(b"appl");
    assert_eq!(
        register("NONE", |object| {
            with_flags(0x5d)(object);
            renamed(object)
        }),
        Err(Fault::Attestation)
    );
    // The statement says another algorithm than the key.
    let other = |object: &mut Vec<u8>| {
        let at = object.windows(5).position(|window| window == b"\x63alg\x26").unwrap();
        object[at + 4] = 0x27;
    };
    assert_eq!(register("PACKED_SELF", other), Err(Fault::Attestation));
}

#[test]
fn a_key_of_another_kind_does_not_pass() {
    // The label 3 of the key: ES256, then ES384 on P-256, then another curve.
    for (name, of, to) in [("alg", b"\x03\x26", b"\x03\x27"), ("crv", b"\x20\x01", b"\x20\x02")] {
        let change = |object: &mut Vec<u8>| {
            with_flags(0x5d)(object);
            let at = object.windows(2).rposition(|window| window == of).unwrap();
            object[at..at + 2].copy_from_slice(to);
        };
        assert_eq!(register("NONE", change), Err(Fault::Algorithm), "{name}");
    }
}

#[test]
fn an_identifier_has_1023_octets_at_most() {
    assert_eq!(register("LONG_ID", with_flags(0x4d)).unwrap().id.len(), MAX_ID);
    let longer = |object: &mut Vec<u8>| {
        with_flags(0x4d)(object);
        let at = data_at(object);
        object[at + 53..at + 55].copy_from_slice(&1024_u16.to_be_bytes());
    };
    assert_eq!(register("LONG_ID", longer), Err(Fault::CredentialId));
}

#[test]
fn what_is_cut_off_or_goes_on_is_malformed_and_panics_nowhere() {
    let whole = vector("PACKED_SELF", "attestationObject");
    for length in 0..whole.len() {
        assert!(register("PACKED_SELF", |object| object.truncate(length)).is_err(), "{length}");
    }
    assert_eq!(register("PACKED_SELF", |object| object.push(0)), Err(Fault::Malformed));
    assert_eq!(sign_in(CLIENT_DATA, |data| data.push(0)), Err(Fault::Malformed));
    assert_eq!(sign_in(CLIENT_DATA, |data| data.truncate(36)), Err(Fault::Malformed));
    for json in ["", "{}", "null", "[]", r#"{"type":1}"#] {
        assert_eq!(sign_in(json, |_| ()), Err(Fault::Malformed), "{json}");
    }
    // Deeper than anything that is meant.
    assert_eq!(register("NONE", |object| *object = vec![0xa1; 60_000]), Err(Fault::Malformed));
    assert!(
        sign_in(CLIENT_DATA, |data| {
            data[32] |= 0x80;
            data.extend(b"\xa1\x61a\x01");
        })
        .is_ok()
    );
}

#[test]
fn the_relying_party_is_the_host_of_the_issuer_and_no_address() {
    let of = |issuer: &str| RelyingParty::of(&Issuer::parse(issuer).unwrap()).map(|party| (party.id, party.origin));
    let party = |id: &str, origin: &str| Some((id.to_owned(), origin.to_owned()));
    assert_eq!(of("https://ID.example/tenant"), party("id.example", "https://id.example"));
    assert_eq!(of("https://id.example:443"), party("id.example", "https://id.example"));
    assert_eq!(of("http://localhost:3000"), party("localhost", "http://localhost:3000"));
    for address in ["http://127.0.0.1:3000", "https://192.0.2.1", "http://[::1]:3000", "https://[2001:db8::1]"] {
        assert_eq!(of(address), None, "{address}");
    }
}
