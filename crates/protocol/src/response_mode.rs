//! How an authorization response goes back to the client:
//! [OAuth 2.0 Multiple Response Types §2.1](https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#ResponseModes) and
//! [OAuth 2.0 Form Post Response Mode](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html) and
//! [JWT Secured Authorization Response Mode](https://openid.net/specs/oauth-v2-jarm.html).

use crate::{error::Error, params::Params, redirect_uri::VerifiedRedirect};

/// `response_mode`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI. "For purposes of this specification, the default Response Mode for the OAuth
    /// 2.0 code Response Type is the query encoding." (Multiple Response Types §2.1)
    #[default]
    Query,
    /// In a form that the browser posts to the redirect URI.
    FormPost,
    /// In a signed JWT in the query (JARM §2.3.1).
    QueryJwt,
    /// In a signed JWT in a form (JARM §2.3.3).
    FormPostJwt,
}

impl ResponseMode {
    /// The names in requests and in metadata. `jwt` "indicates the default encoding for the requested response type":
    /// the query for a code (JARM §2.3.4).
    pub const NAMES: [(&str, Self); 5] = [
        ("query", Self::Query),
        ("form_post", Self::FormPost),
        ("query.jwt", Self::QueryJwt),
        ("form_post.jwt", Self::FormPostJwt),
        ("jwt", Self::QueryJwt),
    ];

    /// Whether the answer is a signed JWT.
    pub fn is_signed(self) -> bool {
        matches!(self, Self::QueryJwt | Self::FormPostJwt)
    }

    /// The mode that a request asks for, if this redirect URI can be answered so.
    pub fn of(params: &Params, redirect: &VerifiedRedirect) -> Result<Self, Error> {
        let mode = match params.get("response_mode")? {
            Some(name) => Self::NAMES
                .into_iter()
                .find_map(|(known, mode)| (known == name).then_some(mode))
                .ok_or(Error::invalid_request("This response_mode is not one of those in the metadata."))?,
            None => Self::default(),
        };
        // What an application is called with by its private scheme has no body.
        if matches!(mode, Self::FormPost | Self::FormPostJwt) && !redirect.is_web() {
            return Err(Error::invalid_request("response_mode=form_post needs a redirect_uri of https or http."));
        }
        Ok(mode)
    }
}

/// What the client is to be told, where, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Where.
    pub redirect: VerifiedRedirect,
    /// How.
    pub mode: ResponseMode,
    /// What.
    pub parameters: Vec<(&'static str, String)>,
}

impl Answer {
    /// The answer as it travels. Where its mode is one of signed answers, its parameters must be in a JWT by now.
    pub fn deliver(self) -> AuthorizationResponse {
        let Self { redirect, mode, parameters } = self;
        match mode {
            ResponseMode::Query | ResponseMode::QueryJwt => {
                let pairs: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
                AuthorizationResponse::Query(redirect.with_query(&pairs))
            }
            ResponseMode::FormPost | ResponseMode::FormPostJwt => {
                AuthorizationResponse::FormPost { redirect, parameters }
            }
        }
    }
}

/// An answer on its way to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationResponse {
    /// The URL that takes it there.
    Query(String),
    /// > Authorization Response parameters are encoded as HTML form values that are auto-submitted in the User Agent,
    /// > and thus are transmitted via the HTTP POST method to the Client (Form Post Response Mode §2)
    FormPost {
        /// Where the form goes.
        redirect: VerifiedRedirect,
        /// What it says.
        parameters: Vec<(&'static str, String)>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redirect_uri::RedirectUri;

    fn of(query: &str, uri: &str) -> Result<ResponseMode, Error> {
        let redirect = VerifiedRedirect::verify(None, &[RedirectUri::parse(uri).unwrap()]).unwrap();
        ResponseMode::of(&Params::parse(query.as_bytes()).unwrap(), &redirect)
    }

    #[test]
    fn query_is_the_default_and_unknown_modes_are_refused() {
        assert_eq!(of("", "https://a.example/cb").unwrap(), ResponseMode::Query);
        for (name, mode) in ResponseMode::NAMES {
            assert_eq!(of(&format!("response_mode={name}"), "https://a.example/cb").unwrap(), mode);
        }
        for query in [
            "response_mode=fragment",
            "response_mode=fragment.jwt",
            "response_mode=Query",
            "response_mode=query&response_mode=query",
        ] {
            assert!(of(query, "https://a.example/cb").is_err(), "{query}");
        }
    }

    #[test]
    fn a_form_cannot_be_posted_to_a_private_scheme() {
        assert!(of("response_mode=form_post", "com.example.app:/cb").is_err());
        assert!(of("response_mode=form_post.jwt", "com.example.app:/cb").is_err());
        assert!(of("response_mode=jwt", "com.example.app:/cb").is_ok());
        assert!(of("response_mode=form_post", "http://[::1]/cb").is_ok());
    }
}
