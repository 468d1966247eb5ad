//! Identifiers of rows: UUIDs, [RFC 9562](https://www.rfc-editor.org/rfc/rfc9562).

use std::fmt;

use protocol::Timestamp;

/// A UUID. An identifier is no secret: whoever may use it proves that by something else.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 16]);

impl Id {
    /// A random identifier ([§5.4](https://www.rfc-editor.org/rfc/rfc9562#section-5.4)): says nothing, for what others get to see.
    pub fn v4(random: [u8; 16]) -> Self {
        Self::tagged(random, 0x40)
    }

    /// An identifier that sorts by time ([§5.7](https://www.rfc-editor.org/rfc/rfc9562#section-5.7)): new rows go to the
    /// end of their table, so that inserting stays cheap however large it grows.
    pub fn v7(now: Timestamp, random: [u8; 16]) -> Self {
        let mut bytes = random;
        let millis = now.0.saturating_mul(1000).to_be_bytes();
        for (byte, time) in bytes.iter_mut().zip(millis.iter().skip(2)) {
            *byte = *time;
        }
        Self::tagged(bytes, 0x70)
    }

    fn tagged(mut bytes: [u8; 16], version: u8) -> Self {
        bytes[6] = bytes[6] & 0x0f | version;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// An identifier as it was stored; `None` where the length is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 16 octets to store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let hyphens_are_right =
            text.len() == 36 && text.char_indices().all(|(at, c)| (c == '-') == matches!(at, 8 | 13 | 18 | 23));
        let digits: Vec<u8> =
            text.bytes().filter_map(|byte| char::from(byte).to_digit(16)).map(|digit| digit as u8).collect();
        if !hyphens_are_right || digits.len() != 32 {
            return None;
        }
        let bytes: Vec<u8> =
            digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
        Self::from_bytes(&bytes)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_is_read_back() {
        let id = Id::v4([0xab; 16]);
        assert_eq!(id.to_string(), "abababab-abab-4bab-abab-abababababab");
        assert_eq!(Id::parse(&id.to_string()), Some(id));
    }

    #[test]
    fn other_texts_are_not_identifiers() {
        for text in [
            "",
            "abababab-abab-4bab-abab-ababababababa",
            "abababababab4bababababababababab-----",
            "abababab-abab-4bab-abab-ababababababé",
        ] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }

    #[test]
    fn later_identifiers_sort_after_earlier_ones() {
        assert!(Id::v7(Timestamp(1_700_000_000), [0xff; 16]) < Id::v7(Timestamp(1_700_000_001), [0; 16]));
    }

    #[test]
    fn the_time_is_that_of_the_vector_in_rfc9562() {
        // Appendix A.6 has 2022-02-22T19:22:22Z: 017F22E2-79B0-7…
        assert!(Id::v7(Timestamp(1_645_557_742), [0; 16]).to_string().starts_with("017f22e2-79b0-7"));
    }
}
