//! `POST /token`, [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2).

use domain::token::{
    ClientCredentialsRequest, CodeRequest, DeviceRequest, ExchangeRequest, GrantRequest, RefreshRequest, TokenRequest,
    TypedToken,
};
use http::{HeaderValue, StatusCode, header};
use protocol::{
    Error, ErrorCode, Secret, client_metadata::GrantType, params::Params, resource::Resources, scope::Scope,
    token::TokenResponse, token_exchange::TokenType,
};

use crate::{Audience, Cors, Endpoint, Request, Result, client_auth, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "POST, OPTIONS", audience: Audience::Client, cors: Cors::Configured };

/// The most audiences that one request may name, as many as resources.
const MAX_AUDIENCES: usize = 8;

/// Reads a token request.
pub fn parse(request: &Request) -> Result<TokenRequest> {
    let form = request.form()?;
    let grant_type = form.require("grant_type", "grant_type is missing.")?;
    let grant_type = GrantType::parse(grant_type)
        .ok_or(Error::new(ErrorCode::UnsupportedGrantType, "This grant_type is not supported here."))?;
    let client = client_auth::credentials(request, &form)?;
    let grant = match grant_type {
        GrantType::AuthorizationCode => GrantRequest::AuthorizationCode(CodeRequest {
            code: Secret::new(form.require("code", "code is missing.")?),
            redirect_uri: form.get("redirect_uri")?.map(str::to_owned),
            code_verifier: form.get("code_verifier")?.map(Secret::new),
            resource: Resources::of(&form)?,
        }),
        GrantType::ClientCredentials => GrantRequest::ClientCredentials(ClientCredentialsRequest {
            scope: scope(&form)?,
            resource: Resources::of(&form)?,
        }),
        GrantType::DeviceCode => GrantRequest::DeviceCode(DeviceRequest {
            device_code: Secret::new(form.require("device_code", "device_code is missing.")?),
            resource: Resources::of(&form)?,
        }),
        GrantType::RefreshToken => GrantRequest::RefreshToken(RefreshRequest {
            refresh_token: Secret::new(form.require("refresh_token", "refresh_token is missing.")?),
            scope: scope(&form)?,
            resource: Resources::of(&form)?,
        }),
        GrantType::TokenExchange => GrantRequest::TokenExchange(exchange(&form)?),
    };
    Ok(TokenRequest { client, dpop: request.dpop_proof()?, grant })
}

/// Answers the tokens.
pub fn answer(tokens: &TokenResponse) -> Result {
    let mut response = json(StatusCode::OK, tokens)?;
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Reads what is to be exchanged for what ([RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1)).
fn exchange(form: &Params) -> Result<ExchangeRequest> {
    const UNKNOWN: Error = Error::invalid_request("Only access tokens of this server are exchanged, and for such.");
    // "actor_token_type […] is REQUIRED when the actor_token parameter is present in the request but MUST NOT be included
    // otherwise."
    const ALONE: Error = Error::invalid_request("actor_token and actor_token_type go together.");
    const TOO_MANY: Error = Error::new(ErrorCode::InvalidTarget, "Too many audiences at once.");
    let typed = |token: &str, kind: &str| match TokenType::parse(kind) {
        Some(kind) => Ok(TypedToken { token: Secret::new(token), kind }),
        None => Err(UNKNOWN),
    };
    let subject = form.require("subject_token", "subject_token is missing.")?;
    let subject = typed(subject, form.require("subject_token_type", "subject_token_type is missing.")?)?;
    let actor = match (form.get("actor_token")?, form.get("actor_token_type")?) {
        (None, None) => None,
        (Some(token), Some(kind)) => Some(typed(token, kind)?),
        _ => return Err(ALONE.into()),
    };
    let requested = form.get("requested_token_type")?;
    let requested = requested.map_or(Some(TokenType::AccessToken), TokenType::parse).ok_or(UNKNOWN)?;
    let audience: Vec<String> = form.all("audience").map(str::to_owned).collect();
    if audience.len() > MAX_AUDIENCES {
        return Err(TOO_MANY.into());
    }
    Ok(ExchangeRequest { subject, actor, requested, scope: scope(form)?, resource: Resources::of(form)?, audience })
}

fn scope(form: &Params) -> Result<Option<Scope>> {
    let malformed = Error::new(ErrorCode::InvalidScope, "The scope is malformed.");
    Ok(form.get("scope")?.map(|text| Scope::parse(text).map_err(|_| malformed)).transpose()?)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::request::testing::request;

    fn error(form: &str) -> ErrorCode {
        let headers = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
        parse(&request(Method::POST, &headers, form)).unwrap_err().error().code
    }

    #[test]
    fn each_fault_has_its_code() {
        assert_eq!(error(""), ErrorCode::InvalidRequest);
        assert_eq!(error("grant_type=password&client_id=a"), ErrorCode::UnsupportedGrantType);
        assert_eq!(error("grant_type=authorization_code&code=x"), ErrorCode::InvalidClient);
        assert_eq!(error("grant_type=authorization_code&client_id=a"), ErrorCode::InvalidRequest);
        assert_eq!(error("grant_type=refresh_token&client_id=a"), ErrorCode::InvalidRequest);
        assert_eq!(error("grant_type=client_credentials&client_id=a&scope=a%22"), ErrorCode::InvalidScope);
        assert_eq!(error("grant_type=client_credentials&client_id=a&resource=/api"), ErrorCode::InvalidTarget);
        assert_eq!(error("grant_type=client_credentials&client_id=a&client_id=b"), ErrorCode::InvalidRequest);
    }

    #[test]
    fn an_exchange_says_what_each_of_its_tokens_is() {
        const GRANT: &str = "client_id=a&grant_type=urn:ietf:params:oauth:grant-type:token-exchange";
        const KIND: &str = "urn:ietf:params:oauth:token-type";
        let subject = format!("{GRANT}&subject_token=x&subject_token_type={KIND}:access_token");
        for (more, code) in [
            ("&subject_token=y".to_owned(), ErrorCode::InvalidRequest),
            ("&actor_token=y".to_owned(), ErrorCode::InvalidRequest),
            (format!("&actor_token_type={KIND}:access_token"), ErrorCode::InvalidRequest),
            (format!("&actor_token=y&actor_token_type={KIND}:saml1"), ErrorCode::InvalidRequest),
            (format!("&requested_token_type={KIND}:refresh_token"), ErrorCode::InvalidRequest),
            ("&resource=/api".to_owned(), ErrorCode::InvalidTarget),
            ("&audience=b".repeat(9), ErrorCode::InvalidTarget),
            ("&scope=a%22".to_owned(), ErrorCode::InvalidScope),
        ] {
            assert_eq!(error(&format!("{subject}{more}")), code, "{more}");
        }
        for kind in ["id_token", "refresh_token", "saml2"] {
            let form = format!("{GRANT}&subject_token=x&subject_token_type={KIND}:{kind}");
            assert_eq!(error(&form), ErrorCode::InvalidRequest, "{kind}");
        }
        assert_eq!(error(&format!("{GRANT}&subject_token=x")), ErrorCode::InvalidRequest);
        assert_eq!(error(&format!("{GRANT}&subject_token_type={KIND}:access_token")), ErrorCode::InvalidRequest);
        let headers = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
        let form = format!("{subject}&actor_token=y&actor_token_type={KIND}:jwt&audience=b&audience=c&scope=");
        match parse(&request(Method::POST, &headers, &form)).unwrap().grant {
            GrantRequest::TokenExchange(read) => {
                assert_eq!((read.subject.kind, read.requested), (TokenType::AccessToken, TokenType::AccessToken));
                assert_eq!((read.actor.unwrap().kind, read.audience.len()), (TokenType::Jwt, 2));
                assert!(read.scope.is_none() && read.resource.is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
}
