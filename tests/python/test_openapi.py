"""The OpenAPI document, held against the server by schemathesis: it makes requests of all kinds from the document and
judges the answers. The requests are the same in every run."""

import json
import unittest
from base64 import b64encode
from pathlib import Path

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS

from support import register, server

DOCUMENT = Path(__file__).parents[2] / "docs/openapi.json"
WANTED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
# Each makes new keys, or asks the database for its schema.
EXPENSIVE = ("/admin/api/keys/rotate", "/admin/api/migrate")


@schemathesis.serializer("application/jsonl")
def lines(_context: object, value: object) -> bytes:
    """A body of lines, which the document describes as a text."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")


def credentials() -> dict[str, str]:
    """An `Authorization` for each security scheme of the document."""
    base, _, admin_token = server()
    client = register(grant_types=["client_credentials"], scope="api:read")
    basic = b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
    answer = requests.post(
        f"{base}/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}"},
        timeout=60,
    )
    return {
        "clientSecretBasic": f"Basic {basic}",
        "accessToken": f"Bearer {answer.json()['access_token']}",
        "registrationAccessToken": f"Bearer {client['registration_access_token']}",
        "initialAccessToken": f"Bearer {admin_token}",
        "adminToken": f"Bearer {admin_token}",
    }


class OpenApi(unittest.TestCase):
    def test_whatever_is_asked_the_answer_is_as_the_document_says(self) -> None:
        document = json.loads(DOCUMENT.read_text())
        base, _, _ = server()
        schema = schemathesis.openapi.from_dict(document)
        schema.config.update(base_url=base)
        checks = [check for check in CHECKS.get_all() if check.__name__ in WANTED]
        self.assertEqual(len(checks), len(WANTED))
        authorizations = credentials()
        asked = 0
        for result in schema.get_all_operations():
            operation = result.ok()
            security = document["paths"][operation.path][operation.method].get("security") or [{}]
            # A session is a matter of browsers: it has no such field.
            names = [name for scheme in security for name in scheme if name != "adminSession"]
            known = [{"Authorization": authorizations[name]} for name in names]
            for headers in (*known, {}):
                with self.subTest(f"{operation.method.upper()} {operation.path}", is_authorized=bool(headers)):
                    asked += self._ask(operation, headers, checks)
        self.assertGreater(asked, 500)

    def _ask(self, operation: object, headers: dict[str, str], checks: list) -> int:
        asked = 0

        @settings(
            max_examples=2 if operation.path in EXPENSIVE else 25,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: object) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(headers=headers, timeout=60)
            case.validate_response(answer, checks=checks)

        ask()
        return asked
