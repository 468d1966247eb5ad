//! Signatures that others made: [RFC 6979 appendix A.2.5](https://www.rfc-editor.org/rfc/rfc6979#appendix-A.2.5) with SHA-256.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use sha2::{Digest, Sha256};
use spin_auth_p256_sign::PrivateKey;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_examples_of_rfc6979() {
    let key = hex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
    let key = PrivateKey::from_bytes(&key.try_into().unwrap()).unwrap();
    let examples = [
        (
            "sample",
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
            "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
        ),
        (
            "test",
            "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
            "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
        ),
    ];
    for (message, r, s) in examples {
        let signature = key.sign(&Sha256::digest(message).into(), &[]).unwrap();
        assert_eq!(signature[..], [hex(r), hex(s)].concat());
    }
}
