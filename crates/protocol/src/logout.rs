//! The logout request, [OIDC RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout).

use crate::{error::Error, params::Params};

/// What a client asks for when it sends a user to sign out. All of it may be absent.
#[derive(Debug, Clone, Default)]
pub struct LogoutRequest {
    /// An ID token that says who is to be signed out, and for which client.
    pub id_token_hint: Option<String>,
    /// The client that asks.
    pub client_id: Option<String>,
    /// Where the user is to go afterwards.
    pub post_logout_redirect_uri: Option<String>,
    /// Returned unchanged.
    pub state: Option<String>,
}

impl LogoutRequest {
    /// Every parameter of a request. `logout_hint` is accepted and changes nothing: whoever is signed in here is known
    /// without a hint. `ui_locales` chooses the language of the page.
    pub const PARAMETERS: [&str; 6] =
        ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales"];

    /// Reads a request; one that repeats a parameter is refused.
    pub fn parse(params: &Params) -> Result<Self, Error> {
        params.ensure_unique()?;
        let text = |name| Ok::<_, Error>(params.get(name)?.map(str::to_owned));
        Ok(Self {
            id_token_hint: text("id_token_hint")?,
            client_id: text("client_id")?,
            post_logout_redirect_uri: text("post_logout_redirect_uri")?,
            state: text("state")?,
        })
    }

    /// Whether these parameters have any of a request.
    pub fn is_in(params: &Params) -> bool {
        Self::PARAMETERS.iter().any(|name| params.all(name).next().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<LogoutRequest, Error> {
        LogoutRequest::parse(&Params::parse(query.as_bytes())?)
    }

    #[test]
    fn everything_is_optional_and_what_is_unknown_is_ignored() {
        let request = parse("state=a%20b&logout_hint=ada&ui_locales=de+en&x=1").unwrap();
        assert_eq!(request.state.as_deref(), Some("a b"));
        assert!(request.id_token_hint.is_none() && request.client_id.is_none());
        assert!(parse("").unwrap().post_logout_redirect_uri.is_none());
    }

    #[test]
    fn a_repeated_parameter_is_refused() {
        for name in LogoutRequest::PARAMETERS {
            assert!(parse(&format!("{name}=a&{name}=b")).is_err(), "{name}");
        }
    }

    #[test]
    fn a_request_is_told_from_a_mere_form() {
        let is_request = |query: &str| LogoutRequest::is_in(&Params::parse(query.as_bytes()).unwrap());
        assert!(is_request("ui_locales=en") && is_request("csrf=x&state=s"));
        assert!(!is_request("") && !is_request("csrf=x&request=y") && !is_request("state="));
    }
}
