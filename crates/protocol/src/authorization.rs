//! The authorization request, [RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1) and
//! [OIDC Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest).

use crate::{
    claims::ClaimsRequest,
    client_metadata::{ClientMetadata, GrantType, TokenEndpointAuthMethod},
    dpop::Thumbprint,
    error::{Error, ErrorCode},
    params::Params,
    pkce::{CodeChallenge, CodeChallengeMethod},
    redirect_uri::VerifiedRedirect,
    resource::Resources,
    response_mode::{Answer, ResponseMode},
    scope::{OPENID, Scope},
};

/// `prompt`: how far the user may be asked ([OIDC Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Nothing may be shown: answer at once, or say why not.
    pub none: bool,
    /// The user signs in again.
    pub login: bool,
    /// The user is asked for consent again.
    pub consent: bool,
    /// The user makes an account
    /// ([Initiating User Registration §4](https://openid.net/specs/openid-connect-prompt-create-1_0.html)).
    pub create: bool,
}

impl Prompt {
    fn parse(value: Option<&str>) -> Result<Self, Error> {
        let mut prompt = Self::default();
        for word in value.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => prompt.none = true,
                "login" | "select_account" => prompt.login = true,
                "consent" => prompt.consent = true,
                "create" => prompt.create = true,
                _ => return Err(Error::invalid_request("This prompt is not known.")),
            }
        }
        // "If this parameter contains none with any other value, an error is returned."
        if prompt.none && (prompt.login || prompt.consent || prompt.create) {
            return Err(Error::invalid_request("prompt=none cannot be combined with another prompt."));
        }
        Ok(prompt)
    }
}

/// A valid authorization request of a known client to one of its redirect URIs.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// Where the answer goes.
    pub redirect: VerifiedRedirect,
    /// Whether the request named the redirect URI; the token request must then name the same.
    pub redirect_uri_was_sent: bool,
    /// How the answer goes there.
    pub response_mode: ResponseMode,
    /// What the client asks for, within what it registered.
    pub scope: Scope,
    /// The protected resources that it asks for; none where it does not say.
    pub resource: Resources,
    /// The claims that it asks for by name.
    pub claims: ClaimsRequest,
    /// Returned unchanged.
    pub state: Option<String>,
    /// Put into the ID token unchanged.
    pub nonce: Option<String>,
    /// The challenge that the code's redemption must answer.
    pub code_challenge: Option<CodeChallenge>,
    /// The key that the code is bound to ([RFC 9449 §10](https://www.rfc-editor.org/rfc/rfc9449#section-10)).
    pub dpop_jkt: Option<Thumbprint>,
    /// How far the user may be asked.
    pub prompt: Prompt,
    /// The oldest sign-in that will do, in seconds.
    pub max_age: Option<i64>,
    /// How strong a sign-in the client would like, the best first; of the request, else as it registered.
    pub acr_values: Vec<String>,
    /// The email address to start the login page with.
    pub login_hint: Option<String>,
    /// The languages that the pages should have, the best first.
    pub ui_locales: Option<String>,
    /// An ID token of the user whom the client expects, unverified.
    pub id_token_hint: Option<String>,
}

impl AuthorizationRequest {
    /// Reads the request of this client. The redirect has been verified before anything else, because every error
    /// from here on is sent to it.
    pub fn parse(
        params: &Params,
        redirect: VerifiedRedirect,
        client: &ClientMetadata,
        pkce_methods: &[CodeChallengeMethod],
    ) -> Result<Self, Error> {
        params.ensure_unique()?;
        // "If an authorization request is missing the "response_type" parameter […] the authorization server MUST
        // return an error response" (RFC 6749 §3.1.1)
        match params.require("response_type", "response_type is missing.")? {
            "code" => {}
            _ => {
                return Err(Error::new(ErrorCode::UnsupportedResponseType, "The only response_type here is code."));
            }
        }
        if !client.allows(GrantType::AuthorizationCode) {
            return Err(Error::new(
                ErrorCode::UnauthorizedClient,
                "This client is not registered for authorization_code.",
            ));
        }
        if params.get("request_uri")?.is_some() {
            return Err(Error::new(ErrorCode::RequestUriNotSupported, "request_uri is not supported."));
        }
        let response_mode = ResponseMode::of(params, &redirect)?;
        let is_fapi2 = client.is_fapi2();
        // "shall require PKCE […] with S256 as the code challenge method", "shall require the redirect_uri parameter in pushed
        // authorization requests" (FAPI 2.0 §5.3.2.2)
        let pkce_methods = if is_fapi2 { &[CodeChallengeMethod::S256] } else { pkce_methods };
        let code_challenge =
            CodeChallenge::parse(params.get("code_challenge")?, params.get("code_challenge_method")?, pkce_methods)?;
        if is_fapi2 && (code_challenge.is_none() || params.get("redirect_uri")?.is_none()) {
            return Err(Error::invalid_request("A client of FAPI 2.0 must send a code_challenge and a redirect_uri."));
        }
        // "public clients MUST use PKCE" (RFC 9700 §2.1.1)
        if code_challenge.is_none() && client.token_endpoint_auth_method == TokenEndpointAuthMethod::None {
            return Err(Error::invalid_request("A public client must send a code_challenge."));
        }
        let claims = ClaimsRequest::parse(params.get("claims")?, &client.scope)?;
        Ok(Self {
            acr_values: match params.get("acr_values")? {
                Some(values) => values.split(' ').filter(|value| !value.is_empty()).map(str::to_owned).collect(),
                None if claims.voluntary_acrs.is_empty() => client.default_acr_values.clone(),
                None => claims.voluntary_acrs.clone(),
            },
            redirect_uri_was_sent: params.get("redirect_uri")?.is_some(),
            redirect,
            response_mode,
            scope: client.narrow(params.get("scope")?.unwrap_or(OPENID))?,
            resource: Resources::of(params)?,
            claims,
            state: params.get("state")?.map(str::to_owned),
            nonce: params.get("nonce")?.map(str::to_owned),
            code_challenge,
            dpop_jkt: match params.get("dpop_jkt")? {
                Some(text) => Some(
                    Thumbprint::parse(text)
                        .ok_or(Error::invalid_request("dpop_jkt must be the SHA-256 thumbprint of a key."))?,
                ),
                None => None,
            },
            prompt: Prompt::parse(params.get("prompt")?)?,
            max_age: match params.get("max_age")? {
                Some(text) => Some(
                    text.parse()
                        .ok()
                        .filter(|age| *age >= 0)
                        .ok_or(Error::invalid_request("max_age must be a number of seconds."))?,
                ),
                None => client.default_max_age.map(i64::from),
            },
            login_hint: params.get("login_hint")?.map(str::to_owned),
            ui_locales: params.get("ui_locales")?.map(str::to_owned),
            id_token_hint: params.get("id_token_hint")?.map(str::to_owned),
        })
    }

    /// What the user must have allowed: the scope, and the scopes that open the claims.
    pub fn consent_scope(&self) -> Scope {
        let mut scope = self.scope.clone();
        scope.extend(self.claims.asked.scopes());
        scope
    }

    /// The answer with a code ([RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)).
    pub fn success(&self, code: &str, issuer: &str) -> Answer {
        respond(&self.redirect, self.response_mode, &[("code", code)], self.state.as_deref(), issuer)
    }

    /// The answer with an error.
    pub fn failure(&self, error: Error, issuer: &str) -> Answer {
        failure(&self.redirect, self.response_mode, error, self.state.as_deref(), issuer)
    }
}

/// The answer with an error ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)).
pub fn failure(
    redirect: &VerifiedRedirect,
    mode: ResponseMode,
    error: Error,
    state: Option<&str>,
    issuer: &str,
) -> Answer {
    let answer = [("error", error.code.as_str()), ("error_description", error.description)];
    respond(redirect, mode, &answer, state, issuer)
}

/// > In authorization responses to the client, including error responses, an authorization server supporting this
/// > specification MUST indicate its identity by including the iss parameter in the response. (RFC 9207 §2)
fn respond(
    redirect: &VerifiedRedirect,
    mode: ResponseMode,
    answer: &[(&'static str, &str)],
    state: Option<&str>,
    issuer: &str,
) -> Answer {
    let state = state.map(|state| ("state", state));
    let all = answer.iter().copied().chain(state).chain([("iss", issuer)]);
    let parameters = all.map(|(name, value)| (name, value.to_owned())).collect();
    Answer { redirect: redirect.clone(), mode, parameters }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response_mode::AuthorizationResponse;

    fn parse(query: &str, metadata: &str) -> Result<AuthorizationRequest, Error> {
        let client: ClientMetadata = serde_json::from_str(metadata).unwrap();
        let params = Params::parse(query.as_bytes())?;
        let redirect = VerifiedRedirect::verify(None, &client.redirect_uris).unwrap();
        AuthorizationRequest::parse(&params, redirect, &client, &[CodeChallengeMethod::S256])
    }

    const CONFIDENTIAL: &str =
        r#"{"redirect_uris":["https://a.example/cb"],"grant_types":["authorization_code"],"scope":"openid email"}"#;
    const PUBLIC: &str = r#"{"redirect_uris":["https://a.example/cb"],"grant_types":["authorization_code"],
        "scope":"openid","token_endpoint_auth_method":"none"}"#;

    fn code(result: Result<AuthorizationRequest, Error>) -> ErrorCode {
        result.unwrap_err().code
    }

    #[test]
    fn the_scope_defaults_to_openid() {
        assert_eq!(parse("response_type=code", CONFIDENTIAL).unwrap().scope.to_string(), "openid");
    }

    #[test]
    fn each_fault_has_its_code() {
        for (query, expected) in [
            ("", ErrorCode::InvalidRequest),
            ("response_type=token", ErrorCode::UnsupportedResponseType),
            ("response_type=code&scope=openid+admin", ErrorCode::InvalidScope),
            ("response_type=code&scope=a%22b", ErrorCode::InvalidScope),
            ("response_type=code&x=1&x=2", ErrorCode::InvalidRequest),
            ("response_type=code&resource=https://rs.example/%23x", ErrorCode::InvalidTarget),
            ("response_type=code&request_uri=urn:x", ErrorCode::RequestUriNotSupported),
            ("response_type=code&prompt=none+login", ErrorCode::InvalidRequest),
            ("response_type=code&prompt=none+create", ErrorCode::InvalidRequest),
            ("response_type=code&max_age=-1", ErrorCode::InvalidRequest),
            ("response_type=code&dpop_jkt=short", ErrorCode::InvalidRequest),
            ("response_type=code&code_challenge_method=S256", ErrorCode::InvalidRequest),
        ] {
            assert_eq!(code(parse(query, CONFIDENTIAL)), expected, "{query}");
        }
    }

    #[test]
    fn a_public_client_cannot_do_without_pkce() {
        assert_eq!(code(parse("response_type=code", PUBLIC)), ErrorCode::InvalidRequest);
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(
            parse(&format!("response_type=code&code_challenge_method=S256&code_challenge={challenge}"), PUBLIC).is_ok()
        );
    }

    #[test]
    fn a_posted_answer_has_the_same_parameters_and_a_bare_target() {
        let request = parse("response_type=code&state=%3C%22&response_mode=form_post", CONFIDENTIAL).unwrap();
        let answer = request.success("c", "https://i.example").deliver();
        let AuthorizationResponse::FormPost { redirect, parameters } = answer else {
            panic!("a query");
        };
        assert_eq!(redirect.as_str(), "https://a.example/cb");
        let expected = [("code", "c"), ("state", "<\""), ("iss", "https://i.example")];
        assert_eq!(parameters, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn answers_carry_state_and_issuer() {
        let request = parse("response_type=code&state=a%2Bb", CONFIDENTIAL).unwrap();
        let query = |answer: Answer| match answer.deliver() {
            AuthorizationResponse::Query(location) => location,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            query(request.success("c", "https://i.example")),
            "https://a.example/cb?code=c&state=a%2Bb&iss=https%3A%2F%2Fi.example"
        );
        let denied = request.failure(Error::new(ErrorCode::AccessDenied, "No."), "https://i.example");
        assert_eq!(
            query(denied),
            "https://a.example/cb?error=access_denied&error_description=No.&state=a%2Bb&iss=https%3A%2F%2Fi.example"
        );
    }
}
