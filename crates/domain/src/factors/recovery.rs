//! Recovery codes: for whom the other factor is lost. Each is good once.

use protocol::{Secret, secret::SecretHash};

use crate::Env;

/// How many there are.
const COUNT: usize = 10;
/// Letters and digits that are not taken for one another. Their number divides 256, so that all are equally likely.
const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz0";
/// 80 bits, which no hash of them can be tried for.
const LENGTH: usize = 16;

/// New recovery codes, which are shown once.
#[derive(Debug)]
pub struct RecoveryCodes(Vec<Secret>);

impl RecoveryCodes {
    /// Makes new ones.
    pub(super) fn generate<S>(env: &Env<'_, S>) -> Self {
        let symbol = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().map_or('2', char::from);
        let code = || {
            let symbols: Vec<char> = env.random_bytes::<LENGTH>().iter().map(symbol).collect();
            symbols.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
        };
        Self((0..COUNT).map(|_| Secret::new(code())).collect())
    }

    /// The codes as people keep them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Secret::expose)
    }

    /// What is stored of them.
    pub(super) fn hashes(&self) -> Vec<SecretHash> {
        self.iter().filter_map(hash).collect()
    }
}

/// The hash of a code that somebody typed; `None` for what cannot be one.
pub(super) fn hash(typed: &str) -> Option<SecretHash> {
    let symbols: String = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    (symbols.len() == LENGTH).then(|| SecretHash::of(symbols.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_typed_without_its_hyphens_and_in_capitals() {
        let stored = hash("abcd-2345-efgh-6789").unwrap();
        for typed in ["abcd2345efgh6789", "ABCD 2345 EFGH 6789", " abcd-2345-efgh-6789\n"] {
            assert!(hash(typed).unwrap().matches(&stored), "{typed}");
        }
        assert!(hash("123456").is_none() && hash("").is_none());
        assert!(!hash("abcd-2345-efgh-678a").unwrap().matches(&stored));
    }

    #[test]
    fn every_symbol_is_there_once() {
        assert!(ALPHABET.iter().enumerate().all(|(at, symbol)| !ALPHABET[..at].contains(symbol)));
    }
}
