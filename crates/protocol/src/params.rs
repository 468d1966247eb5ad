//! `application/x-www-form-urlencoded` parameters of queries and bodies,
//! [RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1) and
//! [appendix B](https://www.rfc-editor.org/rfc/rfc6749#appendix-B).

use percent_encoding::percent_decode;

use crate::error::Error;

/// More parameters than any request of the specifications has; what is above is refused unread.
const MAX_PARAMS: usize = 100;

/// The parameters [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2) lets a request repeat.
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// Parameters in the order of the request, names and values decoded.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Parses a query string or a form body.
    ///
    /// Broken percent-encoding and octets that are not UTF-8 are refused: a lenient decoder would let two readers
    /// of one request see different values.
    pub fn parse(encoded: &[u8]) -> Result<Self, Error> {
        let mut params = Vec::new();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if params.len() == MAX_PARAMS {
                return Err(Error::invalid_request("Too many parameters."));
            }
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
                None => (pair, &b""[..]),
            };
            params.push((form_decode(name)?, form_decode(value)?));
        }
        Ok(Self(params))
    }

    /// The value of a parameter.
    ///
    /// > Parameters sent without a value MUST be treated as if they were omitted from the request. […] Request
    /// > and response parameters MUST NOT be included more than once.
    pub fn get(&self, name: &str) -> Result<Option<&str>, Error> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (Some(_), Some(_)) => Err(Error::invalid_request("A parameter is included more than once.")),
            (value, _) => Ok(value),
        }
    }

    /// Every value of a parameter that may be repeated; empty values are left out.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that must be there, or `invalid_request` with this description.
    pub fn require(&self, name: &str, description: &'static str) -> Result<&str, Error> {
        self.get(name)?.ok_or(Error::invalid_request(description))
    }

    /// Refuses a request that repeats any parameter, known or not.
    pub fn ensure_unique(&self) -> Result<(), Error> {
        let mut names: Vec<&str> =
            self.0.iter().map(|(name, _)| name.as_str()).filter(|name| !REPEATABLE.contains(name)).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(Error::invalid_request("A parameter is included more than once."));
        }
        Ok(())
    }

    /// The parameters but these.
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect())
    }

    /// The parameters and this one.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Encodes the parameters again, in order.
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Params {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(pairs: T) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Decodes one name or value: `+` is a space, `%` starts two hexadecimal digits, the result is UTF-8.
pub fn form_decode(encoded: &[u8]) -> Result<String, Error> {
    const BROKEN: Error = Error::invalid_request("A parameter has broken percent-encoding.");
    if !encoded.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return std::str::from_utf8(encoded).map(str::to_owned).map_err(|_| BROKEN);
    }
    let mut rest = encoded;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let digits = rest.get(at + 1..at + 3).ok_or(BROKEN)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(BROKEN);
        }
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded = percent_decode(&spaced).decode_utf8().map_err(|_| BROKEN)?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> Params {
        Params::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn names_and_values_are_decoded() {
        let params = params("a+b=%C3%A9+%26&c=d=e");
        assert_eq!(params.get("a b").unwrap(), Some("é &"));
        assert_eq!(params.get("c").unwrap(), Some("d=e"));
    }

    #[test]
    fn a_parameter_without_a_value_counts_as_omitted() {
        assert_eq!(params("state=&scope").get("state").unwrap(), None);
        assert_eq!(params("state=&scope").get("scope").unwrap(), None);
    }

    #[test]
    fn a_repeated_parameter_is_refused_even_when_nobody_reads_it() {
        assert!(params("a=1&a=1").get("a").is_err());
        assert!(params("x=1&y=2&x=3").ensure_unique().is_err());
        assert!(params("resource=a&resource=b&z=1").ensure_unique().is_ok());
    }

    #[test]
    fn broken_percent_encoding_and_broken_utf8_are_refused() {
        for text in ["a=%", "a=%4", "a=%zz", "%f", "a=%ff", "a=%C3%28", "a=%+1"] {
            assert!(Params::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn more_parameters_than_the_bound_are_refused() {
        assert!(Params::parse("a=1&".repeat(100).as_bytes()).is_ok());
        assert!(Params::parse("a=1&".repeat(101).as_bytes()).is_err());
    }

    #[test]
    fn encoding_again_gives_the_same_parameters() {
        let text = "state=a%26b+c&scope=openid+email";
        assert_eq!(params(text).encode(), text);
    }
}
