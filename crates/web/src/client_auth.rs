//! Client authentication, [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1).

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::client::ClientCredentials;
use http::header;
use protocol::{
    Error, ErrorCode, Secret,
    params::{Params, form_decode},
};

use crate::{Request, Result};

/// Reads what a request says about its client: the `Authorization` field, or the form.
pub(crate) fn credentials(request: &Request, form: &Params) -> Result<ClientCredentials> {
    const UNREADABLE: Error =
        Error::new(ErrorCode::InvalidClient, "The Authorization field is not Basic with client_id and secret.");
    let (id, secret) = (form.get("client_id")?, form.get("client_secret")?);
    if request.headers.contains_key(header::AUTHORIZATION) {
        // "The client MUST NOT use more than one authentication method in each request." (§2.3)
        if secret.is_some() {
            return Err(Error::invalid_request(
                "The client secret was sent twice: in the Authorization field and in the form.",
            )
            .into());
        }
        let (client_id, secret) = request.header(header::AUTHORIZATION).and_then(basic).ok_or(UNREADABLE)?;
        if id.is_some_and(|id| id != client_id) {
            return Err(
                Error::invalid_request("The client_id of the form is not that of the Authorization field.").into()
            );
        }
        return Ok(ClientCredentials { client_id, secret: Some(secret) });
    }
    let client_id = id.ok_or(Error::new(ErrorCode::InvalidClient, "The client did not say who it is."))?;
    Ok(ClientCredentials { client_id: client_id.to_owned(), secret: secret.map(Secret::new) })
}

/// > The client identifier is encoded using the "application/x-www-form-urlencoded" encoding algorithm […], and the
/// > encoded value is used as the username; the client password is encoded using the same algorithm and used as the
/// > password.
fn basic(field: &str) -> Option<(String, Secret)> {
    let (scheme, encoded) = field.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let (id, secret) = (form_decode(id.as_bytes()).ok()?, form_decode(secret.as_bytes()).ok()?);
    (!id.is_empty()).then(|| (id, Secret::new(secret)))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, Method};

    use super::*;
    use crate::request::testing::request;

    fn read(headers: &[(HeaderName, &str)], form: &str) -> Result<ClientCredentials> {
        let request = request(Method::POST, headers, form);
        credentials(&request, &Params::parse(form.as_bytes()).unwrap())
    }

    fn basic_field(user_and_password: &str) -> String {
        format!("Basic {}", STANDARD.encode(user_and_password))
    }

    #[test]
    fn basic_credentials_are_decoded_twice() {
        let field = basic_field("a%3Ab+c:p%25%26+q");
        let read = read(&[(header::AUTHORIZATION, &field)], "").unwrap();
        assert_eq!(read.client_id, "a:b c");
        assert_eq!(read.secret.unwrap().expose(), "p%& q");
    }

    #[test]
    fn two_methods_at_once_are_refused() {
        let field = basic_field("id:secret");
        let failure = read(&[(header::AUTHORIZATION, &field)], "client_id=id&client_secret=secret").unwrap_err();
        assert_eq!(failure.error().code, ErrorCode::InvalidRequest);
        let failure = read(&[(header::AUTHORIZATION, &field)], "client_id=other").unwrap_err();
        assert_eq!(failure.error().code, ErrorCode::InvalidRequest);
    }

    #[test]
    fn an_unreadable_field_is_invalid_client() {
        for field in
            ["Basic", "Basic !", "Bearer x", &basic_field("no colon"), &basic_field(":secret"), &basic_field("id:%zz")]
        {
            let failure = read(&[(header::AUTHORIZATION, field)], "client_id=id").unwrap_err();
            assert_eq!(failure.error().code, ErrorCode::InvalidClient, "{field}");
        }
    }

    #[test]
    fn a_public_client_says_its_identifier_alone() {
        let read = read(&[], "client_id=app").unwrap();
        assert_eq!((read.client_id.as_str(), read.secret.is_none()), ("app", true));
    }
}
