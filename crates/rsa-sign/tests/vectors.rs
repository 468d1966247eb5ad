//! Signatures that others made: the examples of RFC 7515, appendix A.2, and of RFC 7520, section 4.1, and some of OpenSSL.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod padding;

use self::padding::padded;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use spin_auth_rsa_sign::{Components, OCTETS, PrivateKey};

/// [RFC 7515 appendix A.2](https://www.rfc-editor.org/rfc/rfc7515#appendix-A.2).
#[test]
fn the_example_of_jws() {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let n = decode(concat!(
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR",
        "T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB",
        "dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia",
        "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    ));
    let p = decode(concat!(
        "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8",
        "cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
    ));
    let q = decode(concat!(
        "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t",
        "62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
    ));
    let dp = decode(concat!(
        "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCj",
        "n12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
    ));
    let dq = decode(concat!(
        "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnw",
        "gjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
    ));
    let qinv = decode(concat!(
        "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93",
        "IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
    ));
    let message = concat!(
        "eyJhbGciOiJSUzI1NiJ9.",
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
    );
    let signature = decode(concat!(
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9",
        "uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB",
        "_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq",
        "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    ));
    let key = PrivateKey::new(&Components { n: &n, p: &p, q: &q, dp: &dp, dq: &dq, qinv: &qinv }).unwrap();
    assert_eq!(key.sign(&padded(message.as_bytes()), &[0x5a; OCTETS]).unwrap().as_slice(), signature);
}

#[test]
fn signatures_of_openssl() {
    assert_eq!(signatures(include_str!("data/openssl.txt")), 12);
}

/// [RFC 7520 §4.1](https://www.rfc-editor.org/rfc/rfc7520#section-4.1).
#[test]
fn the_example_of_the_jose_cookbook() {
    assert_eq!(signatures(include_str!("data/rfc7520.txt")), 1);
}

/// Makes all signatures of a file again; how many there are.
fn signatures(file: &str) -> usize {
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let mut signatures = 0;
    let mut integers: Vec<Vec<u8>> = Vec::new();
    let mut message = "";
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(' ').unwrap() {
            ("n", n) => integers = vec![hex(n)],
            ("message", text) => message = text,
            ("signature", signature) => {
                let [n, p, q, dp, dq, qinv] = integers.as_slice() else { panic!("{integers:?}") };
                let key = PrivateKey::new(&Components { n, p, q, dp, dq, qinv }).unwrap();
                assert_eq!(key.sign(&padded(message.as_bytes()), &[3; OCTETS]).unwrap().as_slice(), hex(signature));
                signatures += 1;
            }
            (_, integer) => integers.push(hex(integer)),
        }
    }
    signatures
}
