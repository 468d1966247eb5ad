//! Time-based one-time passwords, [RFC 6238](https://www.rfc-editor.org/rfc/rfc6238), as authenticator apps make them:
//! HMAC-SHA-1, six digits, a new one every 30 seconds.

use hmac::{Hmac, KeyInit, Mac};
use protocol::{Timestamp, secret::base64url, secret::from_base64url};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use crate::{Env, Failure, Id, keys::Keys};

/// Seconds of a time step.
const STEP: i64 = 30;
/// How many digits a code has.
const DIGITS: usize = 6;
/// 160 bits: "We RECOMMEND a shared secret length of 160 bits." (RFC 4226 §4)
const LENGTH: usize = 20;

/// The secret that this server shares with an authenticator app.
pub struct TotpSecret(Vec<u8>);

impl TotpSecret {
    /// A new secret.
    pub(super) fn generate<S>(env: &Env<'_, S>) -> Self {
        Self(env.random_bytes::<LENGTH>().to_vec())
    }

    /// The time step whose code this is, now or one step to either side.
    ///
    /// > We RECOMMEND that at most one time step is allowed as the network delay. (RFC 6238 §5.2)
    ///
    /// One more to the other side is for the clock of the telephone.
    pub(super) fn matching_step(&self, typed: &str, now: Timestamp) -> Option<i64> {
        let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let current = now.0.div_euclid(STEP);
        let is_code = |step: &i64| bool::from(self.code(*step).as_bytes().ct_eq(digits.as_bytes()));
        let steps = [current, current - 1, current + 1];
        steps.into_iter().fold(None, |found, step| if is_code(&step) { Some(step) } else { found })
    }

    /// The code of a time step ([RFC 4226 §5.3](https://www.rfc-editor.org/rfc/rfc4226#section-5.3)).
    fn code(&self, step: i64) -> String {
        self.digits(step, DIGITS)
    }

    fn digits(&self, step: i64, digits: usize) -> String {
        // HMAC takes keys of every length, so this cannot fail.
        let mac = <Hmac<Sha1> as KeyInit>::new_from_slice(&self.0);
        let hash = mac.map(|mac| mac.chain_update(step.to_be_bytes()).finalize().into_bytes()).unwrap_or_default();
        let offset = usize::from(hash.last().copied().unwrap_or_default() & 0xf);
        let word = hash.get(offset..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u32::from_be_bytes(*word));
        format!("{:0digits$}", (word & 0x7fff_ffff) % 10_u32.pow(digits as u32))
    }

    /// The secret as people type it: Base32 ([RFC 4648 §6](https://www.rfc-editor.org/rfc/rfc4648#section-6)), without padding.
    pub fn base32(&self) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bit = |at: usize| self.0.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
        let symbol = |first: usize| (first..first + 5).fold(0_usize, |value, at| value << 1 | usize::from(bit(at)));
        (0..self.0.len() * 8)
            .step_by(5)
            .filter_map(|first| ALPHABET.get(symbol(first)).copied().map(char::from))
            .collect()
    }

    /// The address that an app reads from a picture
    /// ([Key URI Format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format)).
    pub fn uri(&self, server: &str, account: &str) -> String {
        let label = format!("{}:{}", encode(server), encode(account));
        format!("otpauth://totp/{label}?secret={}&issuer={}", self.base32(), encode(server))
    }

    /// As it travels with the page that shows it anyway.
    pub(super) fn to_field(&self) -> String {
        base64url(&self.0)
    }

    /// What [`Self::to_field`] wrote.
    pub(super) fn of_field(field: &str) -> Option<Self> {
        from_base64url(field).filter(|bytes| bytes.len() == LENGTH).map(Self)
    }

    /// As it is stored for this user: sealed under the key-encryption key.
    pub async fn seal<S: Keys>(&self, env: &Env<'_, S>, user: Id) -> Result<Vec<u8>, Failure> {
        env.seal_at(&place(user), &self.0).await
    }

    /// What [`Self::seal`] sealed.
    pub async fn unseal<S: Keys>(env: &Env<'_, S>, user: Id, sealed: &[u8]) -> Result<Self, Failure> {
        Ok(Self(env.unseal_at(&place(user), sealed).await?))
    }
}

/// Where the secret of this user lies.
pub(crate) fn place(user: Id) -> String {
    format!("totp/{user}")
}

/// Percent-encodes everything but letters and digits.
fn encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the test vectors of RFC 4226 and of SHA-1 in RFC 6238.
    fn secret() -> TotpSecret {
        TotpSecret(b"12345678901234567890".to_vec())
    }

    #[test]
    fn codes_are_those_of_rfc4226_appendix_d() {
        let codes: Vec<String> = (0..10).map(|count| secret().code(count)).collect();
        let expected = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489";
        assert_eq!(codes.join(" "), expected);
    }

    #[test]
    fn codes_are_those_of_rfc6238_appendix_b() {
        for (time, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(secret().digits(time / STEP, 8), code, "{time}");
        }
    }

    #[test]
    fn a_code_is_good_in_its_step_and_one_to_either_side() {
        let code = secret().code(100);
        let step = |time| secret().matching_step(&code, Timestamp(time));
        assert_eq!(
            (step(99 * 30 - 1), step(99 * 30), step(100 * 30), step(102 * 30 - 1), step(102 * 30)),
            (None, Some(100), Some(100), Some(100), None)
        );
        assert_eq!(secret().matching_step(&format!(" {} {}", &code[..3], &code[3..]), Timestamp(3000)), Some(100));
        for wrong in ["", "0", &code[1..], &format!("{code}0"), "ⅷⅷⅷⅷⅷⅷ"] {
            assert_eq!(secret().matching_step(wrong, Timestamp(3000)), None, "{wrong}");
        }
    }

    #[test]
    fn the_text_of_a_secret_is_base32() {
        assert_eq!(secret().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(TotpSecret(b"fooba".to_vec()).base32(), "MZXW6YTB", "RFC 4648 §10");
    }

    #[test]
    fn the_address_names_server_and_account() {
        assert_eq!(
            secret().uri("My: ID", "ada@example.org"),
            "otpauth://totp/My%3A%20ID:ada%40example%2Eorg?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=My%3A%20ID"
        );
    }
}
