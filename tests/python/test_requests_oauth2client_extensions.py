"""PyPI's requests_oauth2client once more: pushed requests (RFC 9126), signed ones (RFC 9101), proofs of possession
(RFC 9449) and devices (RFC 8628). The server wants a nonce in each proof."""

import unittest

import attrs
import requests
from jwskate import Jwk
from requests_oauth2client import (
    AccessDenied,
    AuthorizationResponse,
    BearerToken,
    DPoPKey,
    DPoPToken,
    InvalidGrant,
    InvalidRequest,
    OAuth2Client,
    OAuth2Error,
    PublicApp,
)
from requests_oauth2client.exceptions import AuthorizationPending, SlowDown

from support import User, register, server

REDIRECT_URI = "https://app.example/callback"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def application(**metadata: object) -> OAuth2Client:
    """A public client that has registered, configured by discovery."""
    usual = {
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        "scope": "openid profile email",
    }
    client = register(**{**usual, **metadata})
    return OAuth2Client.from_discovery_endpoint(
        issuer=server().issuer,
        auth=PublicApp(client["client_id"]),
        redirect_uri=REDIRECT_URI,
        # The one endpoint that the library does not look for in metadata.
        device_authorization_endpoint=f"{server().issuer}/device_authorization",
        testing=True,
    )


def begin(client: OAuth2Client, **parameters: object):
    return client.authorization_request(
        scope="openid profile email", authorization_response_iss_parameter_supported=True, **parameters
    )


def redeem(client: OAuth2Client, callback: AuthorizationResponse) -> DPoPToken:
    """The library loses the key of a bound token when it verifies an ID token beside it, so it does not here."""
    return client.authorization_code(callback, validate=False)


class Extensions(unittest.TestCase):
    def test_a_pushed_request_is_good_for_one_code(self) -> None:
        client = application(require_pushed_authorization_requests=True)
        request = begin(client)
        pushed = client.pushed_authorization_request(request)
        user = User.signed_up()
        token = client.authorization_code(request.validate_callback(user.authorize(pushed.uri)))
        self.assertEqual(client.userinfo(token)["email"], user.email)
        self.assertEqual(user.open(pushed.uri).status_code, 400)
        with self.assertRaises(InvalidRequest):
            client.pushed_authorization_request(begin(client, redirect_uri="https://evil.example/"))

    def test_a_request_is_signed_by_the_key_of_the_client_and_by_no_other(self) -> None:
        for algorithm in ("RS256", "PS256", "ES256", "EdDSA"):
            with self.subTest(algorithm):
                key = Jwk.generate(alg=algorithm).with_kid_thumbprint()
                client = application(
                    jwks={"keys": [key.public_jwk().to_dict()]},
                    request_object_signing_alg=algorithm,
                    require_signed_request_object=True,
                )
                user = User.signed_up()
                request = begin(client)
                signed = request.sign(key, lifetime=60)
                token = client.authorization_code(request.validate_callback(user.authorize(signed.uri)))
                self.assertEqual(client.userinfo(token)["email"], user.email)
                # Neither another key of that name nor no signature at all will do.
                forged = request.sign(Jwk.generate(alg=algorithm, kid=key.kid))
                self.assertIn("error=invalid_request_object", user.authorize(forged.uri))
                self.assertIn("error=invalid_request&", user.authorize(request.uri))

    def test_a_token_is_bound_to_the_key_of_the_pushed_request(self) -> None:
        client = application(dpop_bound_access_tokens=True)
        user = User.signed_up()
        request = begin(client, dpop=True)
        pushed = client.pushed_authorization_request(request)
        callback = request.validate_callback(user.authorize(pushed.uri))
        with self.assertRaises(OAuth2Error):
            client.authorization_code(attrs.evolve(callback, dpop_key=DPoPKey.generate()), dpop=True)
        token = redeem(client, callback)
        self.assertIsInstance(token, DPoPToken)
        url = f"{server().base}/resource/me"
        # The library answers the demand for a nonce by itself.
        self.assertEqual(requests.get(url, auth=token, timeout=60).json()["user"]["email"], user.email)
        stolen = BearerToken(token.access_token)
        self.assertEqual(requests.get(url, auth=stolen, timeout=60).status_code, 401)
        others = DPoPToken(access_token=token.access_token, token_type="DPoP", _dpop_key=DPoPKey.generate())
        refused = requests.get(url, auth=others, timeout=60)
        self.assertEqual(refused.status_code, 401)
        self.assertIn("invalid_token", refused.headers["WWW-Authenticate"])
        refreshed = client.refresh_token(token, dpop=True, dpop_key=token.dpop_key)
        self.assertIsInstance(refreshed, DPoPToken)
        with self.assertRaises(OAuth2Error):
            client.refresh_token(refreshed.refresh_token, dpop=True, dpop_key=DPoPKey.generate())

    def test_a_proof_is_good_once(self) -> None:
        client = application(dpop_bound_access_tokens=True)
        user = User.signed_up()
        request = begin(client, dpop=True)
        token = redeem(client, request.validate_callback(user.authorize(request.uri)))
        url = f"{server().base}/resource/me"
        answer = requests.get(url, auth=token, timeout=60)
        sent = answer.request.headers
        headers = {name: sent[name] for name in ("Authorization", "DPoP")}
        replay = requests.get(url, headers=headers, timeout=60)
        self.assertEqual((answer.status_code, replay.status_code), (200, 401))
        self.assertIn("invalid_dpop_proof", replay.headers["WWW-Authenticate"])

    def test_a_device_gets_its_tokens_once_its_user_has_allowed_it(self) -> None:
        client = application(grant_types=[DEVICE, "refresh_token"], redirect_uris=[])
        user = User.signed_up()
        device = client.authorize_device(scope="openid email")
        with self.assertRaises(AuthorizationPending):
            client.device_code(device)
        with self.assertRaises(SlowDown):
            client.device_code(device)
        user.decide_about_device(device.verification_uri_complete, "approve")
        token = client.device_code(device)
        self.assertEqual(client.userinfo(token)["email"], user.email)
        with self.assertRaises(InvalidGrant):
            client.device_code(device)
        denied = client.authorize_device(scope="openid")
        user.decide_about_device(denied.verification_uri_complete, "deny")
        with self.assertRaises(AccessDenied):
            client.device_code(denied)
