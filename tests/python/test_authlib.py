"""A relying party that somebody else wrote: PyPI's Authlib, as its integrations for web frameworks are made of it."""

import unittest
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OAuthError, OpenIDMixin
from authlib.integrations.base_client.sync_openid import CodeIDToken
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2 import rfc8414, rfc9101, rfc9207
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from support import User, register, server

REDIRECT_URI = "https://app.example/callback"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class RelyingParty(OAuth2Mixin, OpenIDMixin, BaseApp):
    """An application without a web framework: the test passes on what a framework would keep in its session."""

    client_cls = OAuth2Session

    @classmethod
    def registered(cls, **metadata: object) -> "RelyingParty":
        """A client that has registered, configured by discovery."""
        usual = {
            "client_name": "Sample App",
            "redirect_uris": [REDIRECT_URI],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "client_secret_basic",
            "scope": "openid profile email",
        }
        client = register(**{**usual, **metadata})
        method = client["token_endpoint_auth_method"]
        return cls(
            framework=None,
            client_id=client["client_id"],
            client_secret=client.get("client_secret"),
            server_metadata_url=f"{server().issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": client["scope"],
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": method,
                "revocation_endpoint_auth_method": method,
            },
        )

    def redeem(self, answer: str, request: dict) -> dict:
        """The tokens for the code of a callback."""
        return self.fetch_access_token(
            REDIRECT_URI,
            authorization_response=answer,
            state=request["state"],
            code_verifier=request["code_verifier"],
        )

    def sign_in(self, **parameters: object) -> tuple[User, dict, dict]:
        """Somebody who has just signed up and allowed this client, the tokens, and what was asked."""
        user = User.signed_up()
        request = self.create_authorization_url(REDIRECT_URI, **parameters)
        return user, self.redeem(user.authorize(request["url"]), request), request

    def session(self, token: dict | None = None) -> OAuth2Session:
        """A session of the library with these tokens."""
        client = self._get_oauth_client(**self.load_server_metadata())
        client.update_token = None
        client.token = token
        return client


class ResourceServer(JWTBearerTokenValidator):
    """A service that checks access tokens by itself."""

    def get_jwks(self) -> dict:
        metadata = requests.get(f"{self.issuer}/.well-known/oauth-authorization-server", timeout=60).json()
        return requests.get(metadata["jwks_uri"], timeout=60).json()

    def accept(self, token: str, scope: str) -> dict:
        """The claims of a token that is good for this."""
        claims = self.authenticate_token(token)
        self.validate_token(claims, [scope], None)
        return claims


class Authlib(unittest.TestCase):
    def assert_is_gone(self, application: RelyingParty, token: dict) -> None:
        with self.assertRaises(requests.HTTPError) as raised:
            application.userinfo(token=token)
        self.assertEqual(raised.exception.response.status_code, 401)

    def test_the_metadata_passes_every_check_of_the_library(self) -> None:
        metadata = RelyingParty.registered().load_server_metadata()
        # Over https alone; the server under test is at a loopback address.
        by_https = {
            name: value.replace("http://", "https://", 1) if isinstance(value, str) else value
            for name, value in metadata.items()
        }
        OpenIDProviderMetadata(by_https).validate()
        rfc8414.AuthorizationServerMetadata(by_https).validate(
            [rfc9101.AuthorizationServerMetadata, rfc9207.AuthorizationServerMetadata]
        )

    def test_a_client_goes_from_the_code_to_the_revoked_token_by_each_way_of_authentication(self) -> None:
        for method in ("client_secret_basic", "client_secret_post", "none"):
            with self.subTest(method):
                application = RelyingParty.registered(token_endpoint_auth_method=method)
                user, token, request = application.sign_in()
                claims = application.parse_id_token(token, request["nonce"])
                self.assertEqual(application.userinfo(token=token)["email"], user.email)
                self.assertEqual(application.userinfo(token=token)["sub"], claims["sub"])
                session = application.session(token)
                refreshed = session.refresh_token()
                self.assertNotEqual(refreshed["refresh_token"], token["refresh_token"])
                self.assertEqual(application.userinfo(token=refreshed)["email"], user.email)
                endpoint = application.server_metadata["revocation_endpoint"]
                self.assertEqual(session.revoke_token(endpoint, refreshed["refresh_token"]).status_code, 200)
                with self.assertRaises(OAuthError) as raised:
                    session.refresh_token(refresh_token=refreshed["refresh_token"])
                self.assertEqual(raised.exception.error, "invalid_grant")
                self.assert_is_gone(application, refreshed)

    def test_an_id_token_of_each_algorithm_passes_with_its_at_hash_amr_and_auth_time(self) -> None:
        essential = {name: {"essential": True} for name in ("auth_time", "at_hash", "amr", "acr", "nonce")}
        for algorithm in ("RS256", "ES256", "EdDSA"):
            with self.subTest(algorithm):
                application = RelyingParty.registered(id_token_signed_response_alg=algorithm)
                _, token, request = application.sign_in(max_age=1000)
                options = {**essential, "iss": {"values": [server().issuer]}, "aud": {"values": [application.client_id]}}
                claims = application.parse_id_token(token, request["nonce"], options, CodeIDToken)
                self.assertEqual(claims["aud"], application.client_id)

    def test_an_id_token_for_another_nonce_access_token_or_client_is_refused(self) -> None:
        application = RelyingParty.registered()
        _, token, request = application.sign_in()
        _, other, _ = application.sign_in()
        with self.assertRaises(JoseError):
            application.parse_id_token(token, "another")
        with self.assertRaises(JoseError):
            application.parse_id_token({**token, "access_token": other["access_token"]}, request["nonce"])
        foreign = {"aud": {"values": [RelyingParty.registered().client_id]}}
        with self.assertRaises(JoseError):
            application.parse_id_token(token, request["nonce"], foreign)

    def test_a_denial_and_a_silent_request_that_needs_a_person_are_told(self) -> None:
        application = RelyingParty.registered()
        denied = application.create_authorization_url(REDIRECT_URI)
        answer = User.signed_up().authorize(denied["url"], "deny")
        self.assertEqual(parse_qs(urlsplit(answer).query)["error"], ["access_denied"])
        silent = application.create_authorization_url(REDIRECT_URI, prompt="none")
        answer = User().authorize(silent["url"])
        self.assertEqual(parse_qs(urlsplit(answer).query)["error"], ["login_required"])

    def test_a_code_is_redeemed_once_and_for_its_own_request_alone(self) -> None:
        application = RelyingParty.registered()
        request = application.create_authorization_url(REDIRECT_URI)
        answer = User.signed_up().authorize(request["url"])
        with self.assertRaises(OAuthError) as raised:
            application.redeem(answer, {**request, "code_verifier": "x" * 43})
        self.assertEqual(raised.exception.error, "invalid_grant")
        token = application.redeem(answer, request)
        with self.assertRaises(OAuthError) as raised:
            application.redeem(answer, request)
        self.assertEqual(raised.exception.error, "invalid_grant")
        self.assert_is_gone(application, token)

    def test_client_credentials_are_introspected_until_they_are_revoked(self) -> None:
        application = RelyingParty.registered(grant_types=["client_credentials"], scope="api:read api:write")
        session = application.session()
        token = session.fetch_token(grant_type="client_credentials", scope="api:read")
        self.assertEqual(token["scope"], "api:read")
        self.assertEqual(session.get(f"{server().base}/resource/report").json()["client"], application.client_id)
        endpoint = application.server_metadata["introspection_endpoint"]
        self.assertEqual(session.introspect_token(endpoint, token["access_token"]).json()["active"], True)
        session.revoke_token(application.server_metadata["revocation_endpoint"], token["access_token"])
        self.assertEqual(session.introspect_token(endpoint, token["access_token"]).json(), {"active": False})
        with self.assertRaises(OAuthError) as raised:
            session.fetch_token(grant_type="client_credentials", scope="api:delete")
        self.assertEqual(raised.exception.error, "invalid_scope")

    def signing(self, client: dict, key: object, method: ClientSecretJWT) -> OAuth2Session:
        """A session of a client that signs who it is."""
        names = {f"{prefix}_endpoint_auth_method": method.name for prefix in ("token", "revocation", "introspection")}
        session = OAuth2Session(client["client_id"], key, **names)
        session.register_client_auth_method(method)
        return session

    def test_a_client_signs_who_it_is_and_no_other_key_will_do(self) -> None:
        base = server().base
        for algorithm, generate in (
            ("RS256", lambda: RSAKey.generate_key(2048)),
            ("PS256", lambda: RSAKey.generate_key(2048)),
            ("ES256", lambda: ECKey.generate_key("P-256")),
            ("EdDSA", lambda: OKPKey.generate_key("Ed25519")),
        ):
            with self.subTest(algorithm):
                key = generate()
                client = register(
                    grant_types=["client_credentials"],
                    scope="api:read",
                    token_endpoint_auth_method="private_key_jwt",
                    jwks={"keys": [key.as_dict(private=False)]},
                )
                # The library names the endpoint that it asks as the audience.
                session = self.signing(client, key, PrivateKeyJWT(alg=algorithm))
                token = session.fetch_token(f"{base}/token", grant_type="client_credentials")
                told = session.introspect_token(f"{base}/introspect", token["access_token"]).json()
                self.assertEqual((told["active"], told["client_id"]), (True, client["client_id"]))
                self.assertEqual(session.revoke_token(f"{base}/revoke", token["access_token"]).status_code, 200)
                told = session.introspect_token(f"{base}/introspect", token["access_token"]).json()
                self.assertEqual(told, {"active": False})
                other = self.signing(client, generate(), PrivateKeyJWT(alg=algorithm))
                with self.assertRaises(OAuthError) as raised:
                    other.fetch_token(f"{base}/token", grant_type="client_credentials")
                self.assertEqual(raised.exception.error, "invalid_client")

    def test_a_client_closes_its_assertions_with_its_secret(self) -> None:
        base = server().base
        metadata = {"grant_types": ["client_credentials"], "scope": "api:read"}
        client = register(token_endpoint_auth_method="client_secret_jwt", **metadata)
        session = self.signing(client, OctKey.import_key(client["client_secret"]), ClientSecretJWT())
        self.assertEqual(session.fetch_token(f"{base}/token", grant_type="client_credentials")["scope"], "api:read")
        other = self.signing(client, OctKey.import_key("another secret of the right length"), ClientSecretJWT())
        with self.assertRaises(OAuthError) as raised:
            other.fetch_token(f"{base}/token", grant_type="client_credentials")
        self.assertEqual(raised.exception.error, "invalid_client")

    def test_a_device_gets_its_tokens_once_its_user_has_allowed_it(self) -> None:
        base = server().base
        metadata = {"grant_types": [DEVICE, "refresh_token"], "scope": "openid email", "client_name": "Sample TV"}
        client = register(token_endpoint_auth_method="none", redirect_uris=[], **metadata)
        session = OAuth2Session(client["client_id"], token_endpoint_auth_method="none")
        asked = {"client_id": client["client_id"], "scope": "openid email"}
        device = session.post(f"{base}/device_authorization", data=asked, withhold_token=True).json()

        def poll() -> dict:
            return session.fetch_token(f"{base}/token", grant_type=DEVICE, device_code=device["device_code"])

        for error in ("authorization_pending", "slow_down"):
            with self.assertRaises(OAuthError) as raised:
                poll()
            self.assertEqual(raised.exception.error, error)
        user = User.signed_up()
        user.decide_about_device(device["verification_uri_complete"], "approve")
        self.assertIn("id_token", poll())
        self.assertEqual(session.get(f"{base}/userinfo").json()["email"], user.email)
        self.assertIn("access_token", session.refresh_token(f"{base}/token"))
        with self.assertRaises(OAuthError) as raised:
            poll()
        self.assertEqual(raised.exception.error, "invalid_grant")

    def test_a_wrong_secret_is_an_invalid_client(self) -> None:
        application = RelyingParty.registered(grant_types=["client_credentials"], scope="api:read")
        application.client_secret = "wrong"
        with self.assertRaises(OAuthError) as raised:
            application.session().fetch_token(url=f"{server().base}/token", grant_type="client_credentials")
        self.assertEqual(raised.exception.error, "invalid_client")

    def test_a_resource_server_verifies_a_jwt_access_token_by_itself(self) -> None:
        resource = "https://api.example/notes"
        for algorithm in ("RS256", "ES256"):
            with self.subTest(algorithm):
                application = RelyingParty.registered(access_token_signed_response_alg=algorithm)
                _, token, request = application.sign_in(resource=resource)
                claims = ResourceServer(server().issuer, resource).accept(token["access_token"], "email")
                self.assertEqual(claims["client_id"], application.client_id)
                self.assertEqual(claims["sub"], application.parse_id_token(token, request["nonce"])["sub"])
                with self.assertRaises(InsufficientScopeError):
                    ResourceServer(server().issuer, resource).accept(token["access_token"], "api:read")
                with self.assertRaises(InvalidTokenError):
                    ResourceServer(server().issuer, "https://other.example/").accept(token["access_token"], "email")
                with self.assertRaises(InvalidTokenError):
                    ResourceServer(server().issuer, application.client_id).accept(token["id_token"], "email")

    def test_a_user_signs_out_at_the_server_and_comes_back(self) -> None:
        application = RelyingParty.registered(post_logout_redirect_uris=["https://app.example/goodbye"])
        user, token, _ = application.sign_in()
        asked = application.create_logout_url("https://app.example/goodbye", token["id_token"])
        back = user.open(asked["url"])
        self.assertEqual(back, f"https://app.example/goodbye?{urlencode({'state': asked['state']})}")
        silent = application.create_authorization_url(REDIRECT_URI, prompt="none")
        self.assertIn("error=login_required", user.authorize(silent["url"]))
