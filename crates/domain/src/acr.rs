//! How strong a sign-in an authorization request asks for
//! ([OIDC Core §5.5.1.1](https://openid.net/specs/openid-connect-core-1_0.html#acrSemantics),
//! [RFC 9470 §4](https://www.rfc-editor.org/rfc/rfc9470#section-4)).

use protocol::{authorization::AuthorizationRequest, client_metadata::ClientMetadata};

use crate::{session::Session, sign_in::Acr};

/// What is to be done about the strength of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is strong enough.
    Enough,
    /// The user shows a further factor first.
    StepUp,
    /// The request would be pleased by a further factor, which the user has.
    MayStepUp,
}

/// Whether no sign-in here meets what this request insists on.
///
/// > If this is an Essential Claim and the requirement cannot be met, then the Authorization Server MUST treat that
/// > outcome as a failed authentication attempt. (OIDC Core §5.5.1.1)
pub(crate) fn is_unmeetable(request: &AuthorizationRequest, offered: &[Acr]) -> bool {
    request
        .claims
        .essential_acrs
        .as_deref()
        .is_some_and(|acrs| !weakest(acrs).is_some_and(|acr| offered.contains(&acr)))
}

/// Whether this request insists on what nothing but a passkey is.
pub(crate) fn needs_passkey(request: &AuthorizationRequest) -> bool {
    request.claims.essential_acrs.as_deref().and_then(weakest) == Some(Acr::PhishingResistant)
}

/// Judges a sign-in by this request of this client. `strongest` is what the factors of the user can reach.
pub(crate) fn judge(
    request: &AuthorizationRequest,
    client: &ClientMetadata,
    session: &Session,
    strongest: Acr,
) -> Verdict {
    let shown = Acr::parse(&session.acr).unwrap_or(Acr::Password);
    let required = client.require_multi_factor.then_some(Acr::MultiFactor);
    let essential = request.claims.essential_acrs.as_deref().and_then(weakest);
    if required.max(essential).is_some_and(|least| shown < least) {
        return Verdict::StepUp;
    }
    // "The acr_values parameter […] requests the acr as a Voluntary Claim": who cannot meet it goes on without.
    match weakest(&request.acr_values) {
        Some(wanted) if shown < wanted && wanted <= strongest => Verdict::MayStepUp,
        _ => Verdict::Enough,
    }
}

/// The `acr` to tell the client: of those that it asks for, the first that this sign-in meets, else what it is.
///
/// > the Authorization Server MUST return an acr Claim Value that matches one of the requested values (OIDC Core §5.5.1.1)
pub(crate) fn told(request: &AuthorizationRequest, session: &Session) -> String {
    let shown = Acr::parse(&session.acr);
    let asked = request.claims.essential_acrs.as_ref().unwrap_or(&request.acr_values);
    let met = asked.iter().find(|value| Acr::parse(value).is_some_and(|acr| Some(acr) <= shown));
    met.unwrap_or(&session.acr).clone()
}

/// The weakest of these values that is known here.
fn weakest(values: &[String]) -> Option<Acr> {
    values.iter().filter_map(|value| Acr::parse(value)).min()
}

#[cfg(test)]
mod tests {
    use protocol::{Timestamp, params::Params, redirect_uri::RedirectUri, redirect_uri::VerifiedRedirect};

    use super::*;
    use crate::Id;

    const MFA: &str = "urn:spin-auth:acr:mfa";
    const PASSWORD: &str = "urn:spin-auth:acr:password";

    fn client() -> ClientMetadata {
        let redirect_uris = vec![RedirectUri::parse("https://app.example/").unwrap()];
        ClientMetadata { redirect_uris, ..ClientMetadata::default() }
    }

    fn request(more: &[(&str, &str)]) -> AuthorizationRequest {
        let client = ClientMetadata {
            grant_types: vec![protocol::client_metadata::GrantType::AuthorizationCode],
            scope: protocol::scope::Scope::parse("openid").unwrap(),
            ..client()
        };
        let redirect = VerifiedRedirect::verify(None, &client.redirect_uris).unwrap();
        let params = Params::from_iter([("response_type", "code")].iter().chain(more).copied());
        AuthorizationRequest::parse(&params, redirect, &client, &[]).unwrap()
    }

    fn essential(values: &[&str]) -> AuthorizationRequest {
        let acr = serde_json::json!({"id_token": {"acr": {"essential": true, "values": values}}});
        request(&[("claims", &acr.to_string())])
    }

    fn session(acr: Acr) -> Session {
        let (id, time) = (Id::v4([1; 16]), Timestamp(0));
        Session { id, auth_time: time, acr: acr.as_str().to_owned(), amr: "pwd".to_owned(), expires_at: time }
    }

    #[test]
    fn what_is_essential_must_be_met_and_no_more_than_the_least_of_it() {
        let judge = |request: &AuthorizationRequest, shown| judge(request, &client(), &session(shown), Acr::Password);
        for (values, at_password, at_mfa) in [
            (&["urn:gold", MFA][..], Verdict::StepUp, Verdict::Enough),
            (&[MFA, "phr"], Verdict::StepUp, Verdict::Enough),
            (&[MFA, PASSWORD], Verdict::Enough, Verdict::Enough),
        ] {
            let request = essential(values);
            assert_eq!((judge(&request, Acr::Password), judge(&request, Acr::MultiFactor)), (at_password, at_mfa));
            assert!(!is_unmeetable(&request, &Acr::ALL) && !needs_passkey(&request));
        }
        let is_unmeetable = |request: &AuthorizationRequest| is_unmeetable(request, &[Acr::Password, Acr::MultiFactor]);
        assert!(is_unmeetable(&essential(&["urn:gold"])) && is_unmeetable(&essential(&[])));
        assert!(!is_unmeetable(&request(&[("acr_values", "urn:gold")])));
        let passkey = essential(&["phr"]);
        assert!(needs_passkey(&passkey) && is_unmeetable(&passkey) && !super::is_unmeetable(&passkey, &Acr::ALL));
    }

    #[test]
    fn acr_values_are_met_only_where_the_user_has_what_it_takes() {
        let request = request(&[("acr_values", "urn:gold urn:spin-auth:acr:mfa")]);
        let judge = |shown, strongest| judge(&request, &client(), &session(shown), strongest);
        assert_eq!(judge(Acr::Password, Acr::Password), Verdict::Enough);
        assert_eq!(judge(Acr::Password, Acr::MultiFactor), Verdict::MayStepUp);
        assert_eq!(judge(Acr::MultiFactor, Acr::PhishingResistant), Verdict::Enough);
    }

    #[test]
    fn a_client_that_requires_two_factors_gets_them_whatever_its_request_says() {
        let client = ClientMetadata { require_multi_factor: true, ..client() };
        for request in [request(&[]), essential(&[PASSWORD]), request(&[("acr_values", PASSWORD)])] {
            let judge = |shown| judge(&request, &client, &session(shown), Acr::Password);
            assert_eq!((judge(Acr::Password), judge(Acr::MultiFactor)), (Verdict::StepUp, Verdict::Enough));
        }
    }

    #[test]
    fn the_first_value_that_is_met_is_told() {
        let told = |request: &AuthorizationRequest, shown| told(request, &session(shown));
        assert_eq!(told(&request(&[]), Acr::MultiFactor), MFA);
        assert_eq!(told(&request(&[("acr_values", "urn:gold")]), Acr::Password), PASSWORD);
        let both = request(&[("acr_values", "phr urn:spin-auth:acr:mfa urn:spin-auth:acr:password")]);
        assert_eq!(told(&both, Acr::MultiFactor), MFA);
        assert_eq!(told(&essential(&[PASSWORD]), Acr::MultiFactor), PASSWORD);
        assert_eq!(told(&essential(&[MFA]), Acr::PhishingResistant), MFA);
    }
}
