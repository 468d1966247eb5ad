//! Client authentication, [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1).

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    client::{ClientCredentials, Proof},
    client_assertion::ClientAssertion,
};
use protocol::{
    Error, ErrorCode, Secret,
    params::{Params, form_decode},
};

use crate::{Field, Request, Result};

/// `client_assertion_type` of a JWT ([RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Reads what a request says about its client: the `Authorization` field, or the form.
pub(crate) fn credentials(request: &Request, form: &Params) -> Result<ClientCredentials> {
    const UNREADABLE: Error =
        Error::new(ErrorCode::InvalidClient, "The Authorization field is not Basic with client_id and secret.");
    let (id, secret, assertion) = (form.get("client_id")?, form.get("client_secret")?, assertion(form)?);
    let has_field = request.fields.contains(Field::Authorization);
    // "The client MUST NOT use more than one authentication method in each request." (§2.3)
    if [has_field, secret.is_some(), assertion.is_some()].into_iter().filter(|used| *used).count() > 1 {
        return Err(Error::invalid_request("The client authenticates in more than one way.").into());
    }
    if has_field {
        let (client_id, secret) = request.fields.get(Field::Authorization).and_then(basic).ok_or(UNREADABLE)?;
        if id.is_some_and(|id| id != client_id) {
            return Err(
                Error::invalid_request("The client_id of the form is not that of the Authorization field.").into()
            );
        }
        return Ok(ClientCredentials { client_id, proof: Proof::Secret(secret) });
    }
    // "The "client_id" parameter is unnecessary for client assertion authentication because the client is identified by the
    // subject of the assertion. If present, the value of the "client_id" parameter MUST identify the same client" (RFC 7521
    // §4.2): the subject is compared with it when the assertion is verified.
    let subject = assertion.as_ref().and_then(ClientAssertion::client_id);
    let client_id = id.map(str::to_owned).or(subject);
    let client_id = client_id.ok_or(Error::new(ErrorCode::InvalidClient, "The client did not say who it is."))?;
    let proof = assertion.map_or_else(|| Proof::from(secret.map(Secret::new)), Proof::Assertion);
    Ok(ClientCredentials { client_id, proof })
}

/// The JWT by which the client says who it is ([RFC 7521 §4.2](https://www.rfc-editor.org/rfc/rfc7521#section-4.2)).
fn assertion(form: &Params) -> Result<Option<ClientAssertion>> {
    const UNKNOWN: Error = Error::new(ErrorCode::InvalidClient, "The only client_assertion_type here is jwt-bearer.");
    match (form.get("client_assertion")?, form.get("client_assertion_type")?) {
        (Some(assertion), Some(JWT_BEARER)) => Ok(Some(ClientAssertion(Secret::new(assertion)))),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Error::new(ErrorCode::InvalidClient, "client_assertion is missing.").into()),
        (Some(_), _) => Err(UNKNOWN.into()),
    }
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
    use http::{HeaderName, Method, header};

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
        assert!(matches!(read.proof, Proof::Secret(secret) if secret.expose() == "p%& q"));
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
        assert!(read.client_id == "app" && matches!(read.proof, Proof::None));
    }

    #[test]
    fn an_assertion_says_who_the_client_is() {
        // {"alg":"ES256"} and {"sub":"app"}
        let assertion = "client_assertion=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhcHAifQ.AA";
        let of_type = format!("{assertion}&client_assertion_type={JWT_BEARER}");
        for form in [of_type.clone(), format!("{of_type}&client_id=app")] {
            let read = read(&[], &form).unwrap();
            assert!(read.client_id == "app" && matches!(read.proof, Proof::Assertion(_)), "{form}");
        }
        assert_eq!(read(&[], &format!("{of_type}&client_id=other")).unwrap().client_id, "other");
        let code = |form: &str| read(&[], form).unwrap_err().error().code;
        assert_eq!(code(assertion), ErrorCode::InvalidClient);
        assert_eq!(code(&format!("{assertion}&client_assertion_type=saml2-bearer")), ErrorCode::InvalidClient);
        assert_eq!(code(&format!("client_id=app&client_assertion_type={JWT_BEARER}")), ErrorCode::InvalidClient);
        assert_eq!(code(&format!("client_assertion=x&client_assertion_type={JWT_BEARER}")), ErrorCode::InvalidClient);
        assert_eq!(code(&format!("{of_type}&client_secret=x")), ErrorCode::InvalidRequest);
    }
}
