//! `POST /token`, [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2).

use domain::token::{ClientCredentialsRequest, CodeRequest, DeviceRequest, GrantRequest, RefreshRequest, TokenRequest};
use http::{HeaderValue, StatusCode, header};
use protocol::{
    Error, ErrorCode, Secret, client_metadata::GrantType, params::Params, resource::Resources, scope::Scope,
    token::TokenResponse,
};

use crate::{Audience, Cors, Endpoint, Request, Result, client_auth, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "POST, OPTIONS", audience: Audience::Client, cors: Cors::Configured };

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
    };
    Ok(TokenRequest { client, dpop: request.dpop_proof()?, grant })
}

/// Answers the tokens.
pub fn answer(tokens: &TokenResponse) -> Result {
    let mut response = json(StatusCode::OK, tokens)?;
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
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
}
