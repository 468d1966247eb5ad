//! A client that others wrote: the crate `openidconnect`, through everything that it does with a server like this.

use std::future::Future;

use openidconnect::{
    AccessToken, AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    DeviceAuthorizationUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpClientError, HttpRequest, HttpResponse,
    IntrospectionUrl, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, RefreshToken,
    RevocationUrl, Scope, TokenIntrospectionResponse, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreDeviceAuthorizationResponse, CoreJwsSigningAlgorithm,
        CoreProviderMetadata, CoreUserInfoClaims,
    },
};

use crate::{
    device,
    support::{App, Browser, Callback, REDIRECT_URI, Server, json, server, signed_in},
};

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointMaybeSet, EndpointMaybeSet>;

async fn discover(app: &App<'_>) -> Client {
    let issuer = IssuerUrl::new(app.server.issuer.clone()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &server::client()).await.expect("discovery");
    let secret = app.secret.clone().map(ClientSecret::new);
    let endpoint = format!("{}/revoke", app.server.issuer).replacen("http://", "https://", 1);
    let revocation = RevocationUrl::new(endpoint).unwrap();
    CoreClient::from_provider_metadata(metadata, ClientId::new(app.id.clone()), secret)
        .set_redirect_uri(RedirectUrl::new(app.redirect_uri.clone()).unwrap())
        .set_revocation_url(revocation)
}

/// The library revokes over https alone: this is the proxy that ends TLS in front of the server.
async fn behind_tls(request: HttpRequest) -> Result<HttpResponse, HttpClientError<reqwest::Error>> {
    let (mut parts, body) = request.into_parts();
    parts.uri = parts.uri.to_string().replacen("https://", "http://", 1).parse().unwrap();
    let client = server::client();
    AsyncHttpClient::call(&client, HttpRequest::from_parts(parts, body)).await
}

/// Lets the suite's browser do what the library hands to a browser.
async fn visit(browser: &mut Browser<'_>, url: &str) -> Callback {
    let mut answer = browser.visit(url).await;
    if !answer.is_redirect() {
        answer = browser.decide(&answer, "approve").await;
    }
    Callback { url: answer.location() }
}

/// Discovery, code with PKCE, ID token, userinfo, refresh and revocation.
async fn whole_flow(app: App<'static>, algorithm: CoreJwsSigningAlgorithm) {
    let http = server::client();
    let client = discover(&app).await;
    let mut browser = Browser::new(app.server);
    let person = browser.sign_up().await;

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("profile".to_owned()))
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let callback = visit(&mut browser, url.as_str()).await;
    assert_eq!(callback.get("state").as_ref(), Some(state.secret()));

    let code = AuthorizationCode::new(callback.code());
    let tokens = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
    let tokens = tokens.request_async(&http).await.expect("tokens");
    let id_token = tokens.id_token().expect("an ID token");
    assert_eq!(*id_token.signing_alg().unwrap(), algorithm);
    let checks = client.id_token_verifier().set_allowed_algs([algorithm.clone()]);
    let claims = id_token.claims(&checks, &nonce).expect("a valid ID token");
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&checks).unwrap(),
    );
    if algorithm != CoreJwsSigningAlgorithm::EdDsa {
        assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));
    }
    assert!(claims.auth_time().is_some());

    let subject = claims.subject().clone();
    let request = client.user_info(tokens.access_token().clone(), Some(subject.clone())).unwrap();
    let userinfo: CoreUserInfoClaims = request.request_async(&http).await.expect("userinfo");
    assert_eq!(userinfo.email().map(|email| email.as_str()), Some(person.email.as_str()));
    assert_eq!(userinfo.given_name().and_then(|name| name.get(None)).map(|name| name.as_str()), Some("Jane"));

    let refresh = tokens.refresh_token().expect("a refresh token").clone();
    let next = client.exchange_refresh_token(&refresh).unwrap().request_async(&http).await.expect("a refresh");
    let claims = next.id_token().expect("an ID token").claims(&checks, |_: Option<&Nonce>| Ok(()));
    assert_eq!(*claims.expect("a valid ID token").subject(), subject);
    let next_refresh: RefreshToken = next.refresh_token().expect("a successor").clone();
    assert_ne!(next_refresh.secret(), refresh.secret());

    let access: AccessToken = next.access_token().clone();
    client.revoke_token(access.clone().into()).unwrap().request_async(&behind_tls).await.expect("revocation");
    assert!(!app.server.accepts(access.secret()).await);
    client.revoke_token(next_refresh.clone().into()).unwrap().request_async(&behind_tls).await.expect("revocation");
    client.exchange_refresh_token(&next_refresh).unwrap().request_async(&http).await.expect_err("it was revoked");
}

async fn with_algorithm(name: &str) -> App<'static> {
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "id_token_signed_response_alg": name});
    App::register(Server::shared(), metadata).await
}

/// The flow is long enough that its future is better kept on the heap.
async fn run(flow: impl Future<Output = ()>) {
    Box::pin(flow).await;
}

#[tokio::test]
async fn a_confidential_client_goes_through_the_whole_flow() {
    run(whole_flow(with_algorithm("RS256").await, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256)).await;
}

#[tokio::test]
async fn a_client_of_es256_goes_through_the_whole_flow() {
    run(whole_flow(with_algorithm("ES256").await, CoreJwsSigningAlgorithm::EcdsaP256Sha256)).await;
}

#[tokio::test]
async fn a_client_of_ed25519_goes_through_the_whole_flow() {
    run(whole_flow(with_algorithm("EdDSA").await, CoreJwsSigningAlgorithm::EdDsa)).await;
}

#[tokio::test]
async fn a_public_client_goes_through_the_whole_flow() {
    let app = App::public(Server::shared()).await;
    run(whole_flow(app, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256)).await;
}

#[tokio::test]
async fn a_client_acts_for_itself() {
    let app = App::machine(Server::shared()).await;
    let app = App { redirect_uri: REDIRECT_URI.to_owned(), ..app };
    let client = discover(&app).await;
    let request = client.exchange_client_credentials().unwrap().add_scope(Scope::new("api:read".to_owned()));
    let tokens = request.request_async(&server::client()).await.expect("a token");
    assert!(tokens.access_token().secret().starts_with("sat_"));
    assert!(tokens.refresh_token().is_none());
}

#[tokio::test]
async fn a_device_polls_until_its_user_has_decided() {
    let app = App { redirect_uri: REDIRECT_URI.to_owned(), ..device::device(Server::shared()).await };
    let endpoint = DeviceAuthorizationUrl::new(format!("{}/device_authorization", app.server.issuer)).unwrap();
    let (http, client) = (server::client(), discover(&app).await.set_device_authorization_url(endpoint));
    let mut browser = Browser::new(app.server);
    let person = browser.sign_up().await;
    for decision in ["approve", "deny"] {
        let request = client.exchange_device_code().add_scope(Scope::new("email".to_owned()));
        let codes: CoreDeviceAuthorizationResponse = request.request_async(&http).await.expect("codes");
        assert_eq!(codes.interval().as_secs(), 5);
        let poll = client.exchange_device_access_token(&codes).unwrap();
        let decide = async {
            let page = device::enter(&mut browser, codes.user_code().secret()).await.expect(200);
            device::decide(&mut browser, &page, decision).await.expect(200);
        };
        let (tokens, ()) = tokio::join!(poll.request_async(&http, tokio::time::sleep, None), decide);
        match tokens {
            Ok(tokens) => {
                let claims = tokens.id_token().expect("an ID token");
                let claims = claims.claims(&client.id_token_verifier(), |_: Option<&Nonce>| Ok(())).expect("valid");
                let subject = Some(claims.subject().clone());
                let request = client.user_info(tokens.access_token().clone(), subject).unwrap();
                let userinfo: CoreUserInfoClaims = request.request_async(&http).await.expect("userinfo");
                assert_eq!(userinfo.email().map(|email| email.as_str()), Some(person.email.as_str()));
                assert_eq!(decision, "approve");
            }
            Err(openidconnect::RequestTokenError::ServerResponse(response)) => {
                assert_eq!((response.error().as_ref(), decision), ("access_denied", "deny"));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_resource_server_asks_about_a_token() {
    let user = signed_in(Server::shared()).await;
    let app = App { redirect_uri: REDIRECT_URI.to_owned(), ..App::machine(user.app.server).await };
    let endpoint = IntrospectionUrl::new(format!("{}/introspect", app.server.issuer)).unwrap();
    let client = discover(&app).await.set_introspection_url(endpoint);
    let token = AccessToken::new(user.tokens.access.clone());
    let answer = client.introspect(&token).request_async(&server::client()).await.expect("an answer");
    assert!(answer.active() && answer.exp().is_some());
    assert_eq!(answer.client_id().map(|id| id.as_str()), Some(user.app.id.as_str()));
    assert!(answer.scopes().is_some_and(|scopes| scopes.contains(&Scope::new("email".to_owned()))));
    user.app.revoke(&user.tokens.access).await.expect(200);
    assert!(!client.introspect(&token).request_async(&server::client()).await.expect("an answer").active());
}

#[tokio::test]
async fn the_library_sees_the_error_that_the_server_means() {
    let app = App::confidential(Server::shared()).await;
    let client = discover(&app).await;
    let code = AuthorizationCode::new("sac_unknown".to_owned());
    let error = client.exchange_code(code).unwrap().request_async(&server::client()).await.expect_err("no such code");
    match error {
        openidconnect::RequestTokenError::ServerResponse(response) => {
            assert_eq!(response.error().as_ref(), "invalid_grant");
            assert!(response.error_description().is_some());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_wrong_nonce_is_found_out() {
    let app = App::confidential(Server::shared()).await;
    let client = discover(&app).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let (url, _, _) = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random).url();
    let callback = visit(&mut browser, url.as_str()).await;
    let code = AuthorizationCode::new(callback.code());
    let tokens = client.exchange_code(code).unwrap().request_async(&server::client()).await.expect("tokens");
    let id_token = tokens.id_token().unwrap();
    assert!(id_token.claims(&client.id_token_verifier(), &Nonce::new_random()).is_err());
}
