//! A request, read whole and bounded.

use bytes::Bytes;
use domain::{dpop::Proof, token::Presented};
use http::Method;
use protocol::{Error, ErrorCode, Secret, params::Params};

use crate::{Failure, Field, Fields, Result, cookies};

/// The greatest body that is read, in octets. A form with a `state` of 4 KiB, percent-encoded and signed, fits well.
pub const MAX_BODY: usize = 64 * 1024;

/// The body of a request.
#[derive(Debug, Clone)]
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// It was longer than [`MAX_BODY`], or broke off.
    TooLarge,
}

/// A request.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as it was sent.
    pub path: String,
    /// The query as it was sent, without its question mark.
    pub query: String,
    /// The header fields.
    pub fields: Fields,
    /// The body.
    pub body: Body,
}

impl Request {
    /// The parameters of the query.
    pub fn query(&self) -> Result<Params> {
        Ok(Params::parse(self.query.as_bytes())?)
    }

    /// The parameters of a form body ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)); none may be repeated.
    pub fn form(&self) -> Result<Params> {
        if !self.is_of_type("application/x-www-form-urlencoded") {
            return Err(Error::invalid_request("The body must be application/x-www-form-urlencoded.").into());
        }
        let params = Params::parse(self.bytes())?;
        params.ensure_unique()?;
        Ok(params)
    }

    /// A JSON body.
    pub fn json<T: serde::de::DeserializeOwned>(&self, refusal: Error) -> Result<T> {
        match self.is_json() {
            true => serde_json::from_slice(self.bytes()).map_err(|_| refusal.into()),
            false => Err(refusal.into()),
        }
    }

    /// Whether the body says that it is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.is_of_type("application/json")
    }

    /// The body's octets.
    pub fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::Whole(bytes) => bytes,
            Body::TooLarge => &[],
        }
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        cookies::find(&self.fields, name)
    }

    /// The token of an `Authorization: Bearer` field ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
    pub fn bearer(&self) -> Option<Secret> {
        self.authorization("Bearer")
    }

    /// What the `Authorization` field says by this scheme.
    fn authorization(&self, scheme: &str) -> Option<Secret> {
        let (told, token) = self.fields.get(Field::Authorization)?.split_once(' ')?;
        told.eq_ignore_ascii_case(scheme).then(|| Secret::new(token.trim()))
    }

    /// The access token of a request to a protected resource by its `Authorization` field, or a challenge. One that is
    /// bound to a key comes by the scheme `DPoP` ([RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
    pub fn access_token(&self) -> Result<Presented> {
        const NO_PROOF: Error = Error::new(ErrorCode::InvalidDpopProof, "There is no DPoP proof.");
        if let Some(token) = self.authorization("DPoP") {
            let proof = self.dpop_proof()?.ok_or(NO_PROOF)?;
            return Ok(Presented { token, proof: Some(proof) });
        }
        Ok(Presented { token: self.require_bearer()?, proof: None })
    }

    /// The bearer token of a request that must have one, or a challenge.
    pub fn require_bearer(&self) -> Result<Secret> {
        self.bearer().ok_or(Failure::NoToken)
    }

    /// The DPoP proof of a request ([RFC 9449 §4.1](https://www.rfc-editor.org/rfc/rfc9449#section-4.1)).
    pub fn dpop_proof(&self) -> Result<Option<Proof>> {
        // "There is not more than one DPoP HTTP request header field." (§4.3)
        const UNREADABLE: Error =
            Error::new(ErrorCode::InvalidDpopProof, "The request must have one DPoP field, which is a JWT.");
        if !self.fields.contains(Field::Dpop) {
            return Ok(None);
        }
        let jwt = self.fields.get(Field::Dpop).ok_or(UNREADABLE)?.to_owned();
        Ok(Some(Proof { jwt, method: self.method.to_string(), path: self.path.clone() }))
    }

    /// The address of the client as the host tells it, without its port. Spin appends its field to those that the client
    /// has sent, so only the last one is the host's.
    pub fn client_address(&self) -> &str {
        let address = self.fields.all(Field::SpinClientAddr).next_back().unwrap_or_default();
        address.rsplit_once(':').map_or(address, |(host, _)| host)
    }

    /// Whether the body says that it is of this type. "The type and subtype tokens are case-insensitive." (RFC 9110 §8.3.1)
    fn is_of_type(&self, media_type: &str) -> bool {
        let told = self.fields.get(Field::ContentType).and_then(|value| value.split(';').next());
        told.is_some_and(|told| told.trim().eq_ignore_ascii_case(media_type))
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use http::HeaderName;

    use super::*;

    fn fields(headers: &[(HeaderName, &str)]) -> Fields {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.clone(), value.as_bytes().to_vec())).collect();
        Fields::new(move |field| {
            let name = field.name();
            headers.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.clone()).collect()
        })
    }

    /// A request with this body and these header fields.
    pub(crate) fn request(method: Method, headers: &[(HeaderName, &str)], body: &str) -> Request {
        Request {
            method,
            path: "/".to_owned(),
            query: String::new(),
            fields: fields(headers),
            body: Body::Whole(Bytes::copy_from_slice(body.as_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, header};

    use super::*;

    fn with(headers: &[(HeaderName, &str)]) -> Request {
        testing::request(Method::POST, headers, "a=1")
    }

    #[test]
    fn a_form_needs_its_media_type() {
        assert!(with(&[(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")]).form().is_ok());
        for headers in [&[][..], &[(header::CONTENT_TYPE, "application/json")], &[(header::CONTENT_TYPE, "text/plain")]]
        {
            assert!(with(headers).form().is_err());
        }
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        assert_eq!(with(&[(header::AUTHORIZATION, "bearer sat_x")]).bearer().unwrap().expose(), "sat_x");
        assert!(with(&[(header::AUTHORIZATION, "Basic sat_x")]).bearer().is_none());
        assert!(with(&[(header::AUTHORIZATION, "Bearer a"), (header::AUTHORIZATION, "Bearer b")]).bearer().is_none());
    }

    #[test]
    fn the_client_address_has_no_port() {
        let name = HeaderName::from_static("spin-client-addr");
        assert_eq!(with(&[(name.clone(), "192.0.2.1:4711")]).client_address(), "192.0.2.1");
        assert_eq!(with(&[(name, "[2001:db8::1]:4711")]).client_address(), "[2001:db8::1]");
    }

    #[test]
    fn a_client_cannot_forge_its_address() {
        let name = HeaderName::from_static("spin-client-addr");
        let request = with(&[(name.clone(), "203.0.113.9:1"), (name, "192.0.2.1:4711")]);
        assert_eq!(request.client_address(), "192.0.2.1");
    }
}
