//! How an authorization response goes back to the client:
//! [OAuth 2.0 Multiple Response Types §2.1](https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#ResponseModes) and
//! [OAuth 2.0 Form Post Response Mode](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html).

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
}

impl ResponseMode {
    /// Every mode there is here.
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    /// The name in requests and in metadata.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    /// The mode that a request asks for, if this redirect URI can be answered so.
    pub fn of(params: &Params, redirect: &VerifiedRedirect) -> Result<Self, Error> {
        let mode = match params.get("response_mode")? {
            Some(name) => Self::ALL
                .into_iter()
                .find(|mode| mode.as_str() == name)
                .ok_or(Error::invalid_request("The response_modes here are query and form_post."))?,
            None => Self::default(),
        };
        // What an application is called with by its private scheme has no body.
        if mode == Self::FormPost && !redirect.is_web() {
            return Err(Error::invalid_request("response_mode=form_post needs a redirect_uri of https or http."));
        }
        Ok(mode)
    }

    /// The answer of these parameters to this redirect URI.
    pub(crate) fn answer(
        self,
        redirect: &VerifiedRedirect,
        parameters: &[(&'static str, &str)],
    ) -> AuthorizationResponse {
        match self {
            Self::Query => AuthorizationResponse::Query(redirect.with_query(parameters)),
            Self::FormPost => AuthorizationResponse::FormPost {
                redirect: redirect.clone(),
                parameters: parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            },
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
        for mode in ResponseMode::ALL {
            assert_eq!(of(&format!("response_mode={}", mode.as_str()), "https://a.example/cb").unwrap(), mode);
        }
        for query in ["response_mode=fragment", "response_mode=Query", "response_mode=query&response_mode=query"] {
            assert!(of(query, "https://a.example/cb").is_err(), "{query}");
        }
    }

    #[test]
    fn a_form_cannot_be_posted_to_a_private_scheme() {
        assert!(of("response_mode=form_post", "com.example.app:/cb").is_err());
        assert!(of("response_mode=form_post", "http://[::1]/cb").is_ok());
    }
}
