//! The device authorization response, [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2), and the
//! code that people type.

use std::fmt;

use serde::Serialize;

use crate::time::Seconds;

/// Letters that nobody takes for another one, and no vowels, so that no code is a word: the base-20 character set of
/// [RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// A code that a device shows and its user types: eight letters, shown as `XXXX-XXXX`. It has 34 bits, so it is no
/// secret of full entropy: it lives for minutes, and guesses are throttled.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode([u8; LENGTH]);

impl UserCode {
    /// The code of this random number.
    pub fn of(random: u64) -> Self {
        let mut letters = [0; LENGTH];
        let mut rest = random;
        for letter in &mut letters {
            *letter = ALPHABET.get((rest % 20) as usize).copied().unwrap_or_default();
            rest /= 20;
        }
        Self(letters)
    }

    /// Reads what somebody typed, in whatever case and with whatever punctuation
    /// ([RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1)); `None` for what cannot be a code.
    pub fn parse(typed: &str) -> Option<Self> {
        let letters = typed.chars().filter(|typed| typed.is_alphanumeric());
        let letters: Option<Vec<u8>> = letters
            .take(LENGTH + 1)
            .map(|typed| u8::try_from(typed.to_ascii_uppercase()).ok().filter(|letter| ALPHABET.contains(letter)))
            .collect();
        letters?.try_into().ok().map(Self)
    }

    /// The letters alone, which is what is hashed.
    pub fn letters(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, letter) in self.0.iter().enumerate() {
            if at == LENGTH / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

/// What a device is told. It is made to be sent, so its codes are in clear and it has no `Debug`.
#[derive(Serialize)]
pub struct DeviceAuthorizationResponse {
    /// `sdc_…`
    pub device_code: String,
    /// What the device shows.
    pub user_code: String,
    /// Where its user types that.
    pub verification_uri: String,
    /// The same with the code in it, for a picture that a phone reads.
    pub verification_uri_complete: String,
    /// The life of both codes in seconds.
    pub expires_in: Seconds,
    /// How long the device waits between two token requests, in seconds.
    pub interval: Seconds,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_two_groups_of_four_letters_of_the_character_set() {
        assert_eq!(UserCode::of(0).to_string(), "BBBB-BBBB");
        assert_eq!(UserCode::of(20_u64.pow(8) - 1).to_string(), "ZZZZ-ZZZZ");
        assert_eq!(UserCode::of(1 + 2 * 20 + 19 * 20_u64.pow(7)).to_string(), "CDBB-BBBZ");
    }

    #[test]
    fn a_code_is_read_whatever_its_case_and_punctuation() {
        let code = UserCode::of(0x0123_4567_89ab_cdef);
        let shown = code.to_string();
        for typed in
            [&shown, &shown.to_lowercase(), &shown.replace('-', ""), &shown.replace('-', " – "), &format!(" {shown}.")]
        {
            assert_eq!(UserCode::parse(typed).as_ref(), Some(&code), "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for typed in ["", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJA", "BCDF-GHJ0", "BCDF-GHJÉ", "ＢCDF-GHJK"] {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_code_does_not_show_itself_in_debug_output() {
        assert!(!format!("{:?}", UserCode::of(0)).contains("BBBB"));
    }
}
