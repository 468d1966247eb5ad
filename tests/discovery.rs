//! Provider metadata: RFC 8414 and OIDC Discovery.

use crate::support::{Ask, Method, Server, Value, profile};

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

#[track_caller]
fn list(metadata: &Value, name: &str) -> Vec<String> {
    let list = metadata[name].as_array().unwrap_or_else(|| panic!("{name} is missing"));
    list.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn metadata_names_every_endpoint_under_the_issuer() {
    let server = Server::shared();
    let metadata = server.get(OPENID).await.expect(200).json();
    assert_eq!(metadata["issuer"], server.issuer);
    for (name, path) in [
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("userinfo_endpoint", "/userinfo"),
        ("device_authorization_endpoint", "/device_authorization"),
        ("revocation_endpoint", "/revoke"),
        ("introspection_endpoint", "/introspect"),
        ("end_session_endpoint", "/logout"),
        ("jwks_uri", "/jwks"),
        ("registration_endpoint", "/register"),
    ] {
        assert_eq!(metadata[name], format!("{}{path}", server.issuer), "{name}");
    }
}

#[tokio::test]
async fn metadata_lists_what_the_server_can_do() {
    let metadata = Server::shared().get(OPENID).await.expect(200).json();
    assert_eq!(list(&metadata, "response_types_supported"), ["code"]);
    assert_eq!(list(&metadata, "code_challenge_methods_supported"), ["S256", "plain"]);
    assert_eq!(
        list(&metadata, "response_modes_supported"),
        ["query", "form_post", "query.jwt", "form_post.jwt", "jwt"]
    );
    assert_eq!(list(&metadata, "subject_types_supported"), ["public", "pairwise"]);
    // A public client cannot ask.
    let asking = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"];
    assert_eq!(list(&metadata, "introspection_endpoint_auth_methods_supported"), asking);
    for (name, members) in [
        (
            "grant_types_supported",
            &[
                "authorization_code",
                "client_credentials",
                crate::device::GRANT_TYPE,
                "refresh_token",
                crate::token_exchange::GRANT_TYPE,
            ][..],
        ),
        ("scopes_supported", &["openid", "profile", "email", "address", "phone", "offline_access"]),
        ("token_endpoint_auth_methods_supported", &["client_secret_basic", "private_key_jwt", "none"]),
        ("revocation_endpoint_auth_methods_supported", &["client_secret_post", "client_secret_jwt", "none"]),
        ("token_endpoint_auth_signing_alg_values_supported", &["RS256", "PS256", "ES256", "EdDSA", "HS256"]),
        ("revocation_endpoint_auth_signing_alg_values_supported", &["PS256"]),
        ("introspection_endpoint_auth_signing_alg_values_supported", &["PS256"]),
        ("id_token_signing_alg_values_supported", &["RS256", "ES256", "EdDSA"]),
        ("userinfo_signing_alg_values_supported", &["RS256", "ES256", "EdDSA"]),
        (
            "claims_supported",
            &["address", "phone_number", "phone_number_verified", "nickname", "birthdate", "updated_at"],
        ),
        ("claims_supported", &["sub", "user_id", "name", "given_name", "family_name", "email", "access_level"]),
    ] {
        let listed = list(&metadata, name);
        assert!(members.iter().all(|member| listed.iter().any(|known| known == member)), "{name}: {listed:?}");
        assert!(!listed.contains(&"none".to_owned()) || name.ends_with("auth_methods_supported"), "{name}");
    }
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
}

#[tokio::test]
async fn what_is_not_supported_is_said_not_to_be() {
    let metadata = Server::shared().get(OPENID).await.expect(200).json();
    // The default of this one is true (OIDC Discovery §3).
    assert_eq!(metadata["request_uri_parameter_supported"], false);
    assert_eq!(metadata["request_parameter_supported"], true);
    assert_eq!(
        list(&metadata, "request_object_signing_alg_values_supported"),
        ["RS256", "PS256", "ES256", "EdDSA", "none"]
    );
    assert_eq!(list(&metadata, "introspection_signing_alg_values_supported"), ["RS256", "ES256", "EdDSA"]);
    assert_eq!(metadata["claims_parameter_supported"], true);
}

#[tokio::test]
async fn absent_members_are_omitted_and_never_null() {
    let metadata = Server::shared().get(OPENID).await.expect(200).json();
    assert!(!metadata.as_object().unwrap().values().any(Value::is_null));
}

#[tokio::test]
async fn both_well_known_documents_are_the_same() {
    let server = Server::shared();
    assert_eq!(server.get(OPENID).await.expect(200).json(), server.get(OAUTH).await.expect(200).json());
}

#[tokio::test]
async fn every_advertised_endpoint_is_there() {
    let server = Server::shared();
    let metadata = server.get(OPENID).await.expect(200).json();
    let endpoints =
        metadata.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
    for (name, url) in endpoints {
        let url = server.own(url.as_str().unwrap()).expect("an endpoint of this server");
        assert_ne!(server.get(&url).await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn an_issuer_without_a_path_has_no_metadata_under_one() {
    let server = Server::shared();
    if server.issuer.matches('/').count() > 2 {
        return;
    }
    server.get(&format!("{OAUTH}/tenant")).await.expect(404);
    server.get(&format!("{OPENID}/tenant")).await.expect(404);
}

#[tokio::test]
async fn an_issuer_with_a_path_has_its_metadata_where_the_path_is_inserted() {
    let Some(server) = Server::with(profile::CLOSED) else { return };
    // "inserting a well-known URI string […] between the host component and the path component" (RFC 8414 §3)
    let metadata = server.get(&format!("{OAUTH}/tenant")).await.expect(200).json();
    assert_eq!(metadata["issuer"], server.issuer);
    assert_eq!(metadata["token_endpoint"], format!("{}/token", server.issuer));
    server.get(&format!("{OPENID}/tenant")).await.expect(200);
    for path in ["/other", "/tenan", "/tenant2", "/tenant/more", "/Tenant"] {
        server.get(&format!("{OAUTH}{path}")).await.expect(404);
    }
}

#[tokio::test]
async fn closed_registration_is_not_advertised() {
    let Some(server) = Server::with(profile::CLOSED) else { return };
    let metadata = server.get(OPENID).await.expect(200).json();
    assert!(metadata.get("registration_endpoint").is_none());
}

#[tokio::test]
async fn pkce_methods_are_those_of_the_setting() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    let metadata = server.get(OPENID).await.expect(200).json();
    assert_eq!(list(&metadata, "code_challenge_methods_supported"), ["S256"]);
}

#[tokio::test]
async fn metadata_is_only_read() {
    let server = Server::shared();
    let answer = server.request(Method::POST, OPENID).body("{}").ask().await;
    assert_eq!(answer.status, 405);
    assert!(answer.header("allow").contains("GET"));
}
