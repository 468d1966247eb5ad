//! The header fields of a request ([RFC 9110 §6.3](https://www.rfc-editor.org/rfc/rfc9110#section-6.3)), each asked of the
//! host when it is first needed: a request has fifteen, of which an endpoint reads three or four, and each that comes into
//! the sandbox costs two allocations there.

use std::{cell::OnceCell, fmt};

use http::{HeaderName, header};

/// A header field that this server reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `Accept`
    Accept,
    /// `Accept-Language`
    AcceptLanguage,
    /// `Access-Control-Request-Method`
    AccessControlRequestMethod,
    /// `Authorization`
    Authorization,
    /// `Content-Length`
    ContentLength,
    /// `Content-Type`
    ContentType,
    /// `Cookie`
    Cookie,
    /// `DPoP`, [RFC 9449 §4.1](https://www.rfc-editor.org/rfc/rfc9449#section-4.1)
    Dpop,
    /// `If-None-Match`
    IfNoneMatch,
    /// `Origin`
    Origin,
    /// `Sec-Fetch-Site`, [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
    SecFetchSite,
    /// `spin-client-addr`: the address and the port of the client, told by the host behind whatever the client says.
    SpinClientAddr,
    /// `spin-matched-route`: the route that led to the component, told by the host behind whatever the client says.
    SpinMatchedRoute,
    /// `User-Agent`
    UserAgent,
}

const COUNT: usize = Field::UserAgent as usize + 1;

impl Field {
    /// Its name.
    pub fn name(self) -> HeaderName {
        match self {
            Self::Accept => header::ACCEPT,
            Self::AcceptLanguage => header::ACCEPT_LANGUAGE,
            Self::AccessControlRequestMethod => header::ACCESS_CONTROL_REQUEST_METHOD,
            Self::Authorization => header::AUTHORIZATION,
            Self::ContentLength => header::CONTENT_LENGTH,
            Self::ContentType => header::CONTENT_TYPE,
            Self::Cookie => header::COOKIE,
            Self::Dpop => HeaderName::from_static("dpop"),
            Self::IfNoneMatch => header::IF_NONE_MATCH,
            Self::Origin => header::ORIGIN,
            Self::SecFetchSite => HeaderName::from_static("sec-fetch-site"),
            Self::SpinClientAddr => HeaderName::from_static("spin-client-addr"),
            Self::SpinMatchedRoute => HeaderName::from_static("spin-matched-route"),
            Self::UserAgent => header::USER_AGENT,
        }
    }
}

/// The header fields of a request.
pub struct Fields {
    ask: Box<dyn Fn(Field) -> Vec<Vec<u8>>>,
    known: [OnceCell<Vec<Vec<u8>>>; COUNT],
}

impl Fields {
    /// What `ask` answers: every value of a field, in order. It is asked once for each field that is read.
    pub fn new(ask: impl Fn(Field) -> Vec<Vec<u8>> + 'static) -> Self {
        Self { ask: Box::new(ask), known: Default::default() }
    }

    fn values(&self, field: Field) -> &[Vec<u8>] {
        let known = self.known.get(field as usize);
        known.map(|known| known.get_or_init(|| (self.ask)(field)).as_slice()).unwrap_or_default()
    }

    /// Whether there is such a field, readable or not.
    pub fn contains(&self, field: Field) -> bool {
        !self.values(field).is_empty()
    }

    /// The value of a field that may be there once and is text.
    pub fn get(&self, field: Field) -> Option<&str> {
        match self.values(field) {
            [value] => text(value),
            _ => None,
        }
    }

    /// Every value that is text of a field that may be repeated.
    pub fn all(&self, field: Field) -> impl DoubleEndedIterator<Item = &str> {
        self.values(field).iter().filter_map(|value| text(value))
    }
}

impl fmt::Debug for Fields {
    /// Says nothing: they have secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fields(…)")
    }
}

/// A value where it is visible ASCII, spaces and tabs, as every field that is read here is
/// ([RFC 9110 §5.5](https://www.rfc-editor.org/rfc/rfc9110#section-5.5)).
fn text(value: &[u8]) -> Option<&str> {
    let is_text = value.iter().all(|octet| matches!(octet, b'\t' | b' '..=b'~'));
    is_text.then(|| std::str::from_utf8(value).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use super::*;

    fn fields(values: &[&[u8]]) -> Fields {
        let values: Vec<_> = values.iter().map(|value| value.to_vec()).collect();
        Fields::new(move |field| if field == Field::Dpop { values.clone() } else { Vec::new() })
    }

    #[test]
    fn a_field_that_is_repeated_or_no_text_is_there_but_has_no_value() {
        for values in [&[&b"a"[..], b"b"][..], &[b"\xe9"], &[b"a\nb"]] {
            assert!(fields(values).contains(Field::Dpop) && fields(values).get(Field::Dpop).is_none(), "{values:?}");
        }
        assert_eq!(fields(&[b"a b\t~"]).get(Field::Dpop), Some("a b\t~"));
        assert!(!fields(&[]).contains(Field::Dpop) && !fields(&[b"a"]).contains(Field::Origin));
        assert_eq!(fields(&[b"a", b"\xff", b"b"]).all(Field::Dpop).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_field_is_asked_for_once_and_one_that_is_not_read_never() {
        let asked = Rc::new(Cell::new(0));
        let fields = Fields::new({
            let asked = Rc::clone(&asked);
            move |field| {
                asked.set(asked.get() + 1);
                vec![field.name().as_str().into()]
            }
        });
        assert_eq!(asked.get(), 0);
        assert_eq!((fields.get(Field::Origin), fields.get(Field::Origin)), (Some("origin"), Some("origin")));
        assert_eq!(asked.get(), 1);
    }
}
