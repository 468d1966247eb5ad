"""A client that somebody else wrote: PyPI's requests_oauth2client."""

import unittest

import attrs
import requests
from jwskate import Jwk
from requests_oauth2client import (
    AuthorizationResponseError,
    BearerToken,
    ClientSecretBasic,
    ClientSecretPost,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    InvalidTarget,
    MismatchingIdTokenNonce,
    MismatchingIssuer,
    MismatchingState,
    MissingIssuer,
    OAuth2Client,
    PrivateKeyJwt,
    PublicApp,
)

from support import User, register, server

REDIRECT_URI = "https://app.example/callback"
AUTHENTICATION = {
    "client_secret_basic": lambda client: ClientSecretBasic(client["client_id"], client["client_secret"]),
    "client_secret_post": lambda client: ClientSecretPost(client["client_id"], client["client_secret"]),
    "none": lambda client: PublicApp(client["client_id"]),
}


def application(**metadata: object) -> OAuth2Client:
    """A client that has registered, configured by discovery."""
    usual = {
        "client_name": "Sample App",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid profile email",
    }
    client = register(**{**usual, **metadata})
    return OAuth2Client.from_discovery_endpoint(
        issuer=server().issuer,
        auth=AUTHENTICATION[client["token_endpoint_auth_method"]](client),
        redirect_uri=REDIRECT_URI,
        id_token_signed_response_alg=client["id_token_signed_response_alg"],
        # Over http where the server under test is at a loopback address.
        testing=server().issuer.startswith("http:"),
    )


def begin(client: OAuth2Client, **parameters: object):
    """An authorization request; it remembers what its answer is checked against."""
    return client.authorization_request(
        scope="openid profile email", authorization_response_iss_parameter_supported=True, **parameters
    )


def sign_in(client: OAuth2Client, **parameters: object) -> tuple[User, BearerToken]:
    """Tokens of somebody who has just signed up and allowed this client; the library verifies the ID token."""
    user = User.signed_up()
    request = begin(client, **parameters)
    return user, client.authorization_code(request.validate_callback(user.authorize(request.uri)))


class RequestsOAuth2Client(unittest.TestCase):
    def assert_is_gone(self, client: OAuth2Client, access_token: BearerToken | str) -> None:
        with self.assertRaises(requests.HTTPError) as raised:
            client.userinfo(access_token)
        self.assertEqual(raised.exception.response.status_code, 401)
        self.assertIn('error="invalid_token"', raised.exception.response.headers["WWW-Authenticate"])

    def test_discovery_gives_the_library_every_endpoint_and_the_keys(self) -> None:
        client = application()
        self.assertEqual(client.issuer, server().issuer)
        self.assertTrue(client.authorization_response_iss_parameter_supported)
        for endpoint in ("authorization", "token", "userinfo", "revocation", "introspection"):
            self.assertIsNotNone(getattr(client, f"{endpoint}_endpoint"), endpoint)
        self.assertGreaterEqual(len(client.authorization_server_jwks.jwks), 3)

    def test_a_client_goes_from_the_code_to_the_revoked_token_by_each_way_of_authentication(self) -> None:
        for method in AUTHENTICATION:
            with self.subTest(method):
                client = application(token_endpoint_auth_method=method)
                user, token = sign_in(client)
                self.assertEqual(client.userinfo(token)["email"], user.email)
                self.assertEqual(client.userinfo(token)["sub"], token.id_token.subject)
                refreshed = client.refresh_token(token)
                self.assertNotEqual(refreshed.refresh_token, token.refresh_token)
                self.assertEqual(client.userinfo(refreshed)["email"], user.email)
                self.assertTrue(client.revoke_refresh_token(refreshed))
                with self.assertRaises(InvalidGrant):
                    client.refresh_token(refreshed)
                self.assert_is_gone(client, refreshed)

    def test_an_id_token_of_each_algorithm_is_verified_with_its_at_hash(self) -> None:
        for algorithm in ("RS256", "ES256", "EdDSA"):
            with self.subTest(algorithm):
                client = application(id_token_signed_response_alg=algorithm)
                _, token = sign_in(client, max_age=1000)
                self.assertEqual(token.id_token.alg, algorithm)
                self.assertEqual(token.id_token.audiences, [client.client_id])
                self.assertIsNotNone(token.id_token.get_claim("at_hash"), "which the library has compared")

    def test_an_id_token_for_another_nonce_is_refused(self) -> None:
        client = application()
        request = begin(client)
        callback = request.validate_callback(User.signed_up().authorize(request.uri))
        with self.assertRaises(MismatchingIdTokenNonce):
            client.authorization_code(attrs.evolve(callback, nonce="another"))

    def test_a_code_verifier_of_another_request_is_an_invalid_grant(self) -> None:
        client = application(token_endpoint_auth_method="none")
        request = begin(client)
        callback = request.validate_callback(User.signed_up().authorize(request.uri))
        with self.assertRaises(InvalidGrant):
            client.authorization_code(callback.code, code_verifier=begin(client).code_verifier, redirect_uri=REDIRECT_URI)

    def test_an_answer_of_another_issuer_or_to_another_request_is_refused(self) -> None:
        client = application()
        request = begin(client)
        answer = User.signed_up().authorize(request.uri)
        with self.assertRaises(MismatchingIssuer):
            request.validate_callback(f"{answer.split('&iss=')[0]}&iss=https%3A%2F%2Fevil.example")
        with self.assertRaises(MissingIssuer):
            request.validate_callback(answer.split("&iss=")[0])
        with self.assertRaises(MismatchingState):
            begin(client).validate_callback(answer)

    def test_what_the_user_denies_is_access_denied(self) -> None:
        client = application()
        request = begin(client)
        with self.assertRaises(AuthorizationResponseError) as raised:
            request.validate_callback(User.signed_up().authorize(request.uri, "deny"))
        self.assertEqual(raised.exception.error, "access_denied")

    def test_a_replayed_code_is_an_invalid_grant_and_takes_the_tokens_with_it(self) -> None:
        client = application()
        request = begin(client)
        callback = request.validate_callback(User.signed_up().authorize(request.uri))
        token = client.authorization_code(callback)
        with self.assertRaises(InvalidGrant):
            client.authorization_code(callback)
        self.assert_is_gone(client, token)

    def test_client_credentials_are_introspected_until_they_are_revoked(self) -> None:
        client = application(grant_types=["client_credentials"], scope="api:read api:write")
        token = client.client_credentials(scope="api:read")
        self.assertIsNone(token.refresh_token)
        answer = requests.get(f"{server().base}/resource/report", auth=token, timeout=60)
        self.assertEqual(answer.json()["client"], client.client_id)
        introspected = client.introspect_token(token)
        self.assertEqual((introspected["active"], introspected["scope"]), (True, "api:read"))
        self.assertTrue(client.revoke_access_token(token))
        self.assertEqual(client.introspect_token(token), {"active": False})
        with self.assertRaises(InvalidScope):
            client.client_credentials(scope="api:delete")

    def test_a_token_is_for_the_resources_that_were_asked_for_and_a_refresh_narrows_them(self) -> None:
        client = application()
        mine, other = f"{server().issuer}/resource/notes", "https://api.example/"
        _, token = sign_in(client, resource=[mine, other])
        self.assertEqual(client.introspect_token(token)["aud"], [mine, other])
        narrowed = client.refresh_token(token, resource=mine)
        self.assertEqual(client.introspect_token(narrowed)["aud"], mine)
        answer = requests.get(f"{server().base}/resource/notes", auth=narrowed, timeout=60)
        self.assertEqual(answer.status_code, 200)
        self.assert_is_gone(client, narrowed)
        with self.assertRaises(InvalidTarget):
            client.refresh_token(narrowed, resource="https://elsewhere.example/")

    def test_a_client_authenticates_by_private_key_jwt_and_by_no_other_key(self) -> None:
        for algorithm in ("RS256", "PS256", "ES256", "EdDSA"):
            with self.subTest(algorithm):
                key = Jwk.generate(alg=algorithm).with_kid_thumbprint()
                client = register(
                    grant_types=["client_credentials"],
                    scope="api:read",
                    token_endpoint_auth_method="private_key_jwt",
                    jwks={"keys": [key.public_jwk().to_dict()]},
                )
                mine, other = (
                    OAuth2Client.from_discovery_endpoint(
                        issuer=server().issuer,
                        # The library names the endpoint that it asks as the audience.
                        auth=PrivateKeyJwt(client["client_id"], private, alg=algorithm),
                        testing=True,
                    )
                    for private in (key, Jwk.generate(alg=algorithm, kid=key.kid))
                )
                token = mine.client_credentials()
                self.assertTrue(mine.introspect_token(token)["active"])
                with self.assertRaises(InvalidClient):
                    other.client_credentials()
                self.assertTrue(mine.revoke_access_token(token))

    def test_a_wrong_secret_is_an_invalid_client(self) -> None:
        registered = application(grant_types=["client_credentials"], scope="api:read")
        for method in (ClientSecretBasic, ClientSecretPost):
            client = OAuth2Client(registered.token_endpoint, auth=method(registered.client_id, "wrong"), testing=True)
            with self.subTest(method.__name__), self.assertRaises(InvalidClient):
                client.client_credentials()
