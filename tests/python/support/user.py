"""A user with a browser that is just enough: it keeps cookies, follows redirects and fills in forms."""

from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin, urlsplit

import requests

from .server import server, unique


class Form(HTMLParser):
    """The first form of a page: where it goes and what its fields hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._is_open = False
        self.feed(page)
        assert self.action is not None, f"no form: {page}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form" and self.action is None:
            self.action, self._is_open = attributes["action"], True
        if tag == "input" and self._is_open:
            self.fields[attributes["name"]] = attributes.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_open = False


class User:
    """Somebody with a browser."""

    def __init__(self) -> None:
        self.email = f"jane.{unique()}@example.com"
        self.password = f"correct horse {unique()}"
        self._browser = requests.Session()

    @classmethod
    def signed_up(cls) -> Self:
        """Somebody new who has just signed up."""
        user = cls()
        page = user.open(f"{server().base}/signup")
        user._send(page, given_name="Jane", family_name="Doe", email=user.email, password=user.password)
        assert any(name.endswith("session") for name in user._browser.cookies.keys()), "signing up signs in"
        return user

    def authorize(self, url: str, decision: str = "approve") -> str:
        """Signs in where asked, decides where asked, and answers the URL that the browser leaves the server to."""
        page = self.open(url)
        if isinstance(page, requests.Response) and urlsplit(page.url).path.endswith("/login"):
            page = self._send(page, email=self.email, password=self.password)
        if isinstance(page, requests.Response):
            assert urlsplit(page.url).path.endswith("/consent"), f"{page.status_code} at {page.url}: {page.text}"
            page = self._send(page, decision=decision)
        assert isinstance(page, str), f"{page.status_code} at {page.url}: {page.text}"
        return page

    def decide_about_device(self, url: str, decision: str) -> None:
        """Opens the address that a device shows with its code, and decides about it."""
        page = self._send(self._send(self.open(url)), decision=decision)
        assert page.status_code == 200, page.text

    def open(self, url: str) -> requests.Response | str:
        """The page at an address, or the URL where the browser leaves the server to."""
        return self._request("GET", url)

    def _send(self, page: requests.Response, **fields: str) -> requests.Response | str:
        form = Form(page.text)
        return self._request("POST", urljoin(page.url, form.action), data={**form.fields, **fields})

    def _request(self, method: str, url: str, **body: object) -> requests.Response | str:
        """The page, or the URL where a redirect leaves the server; that one is not followed."""
        base, issuer, _ = server()
        for _ in range(8):
            if not url.startswith((f"{base}/", f"{issuer}/")):
                return url
            answer = self._browser.request(method, url, allow_redirects=False, timeout=60, **body)
            if "Location" not in answer.headers:
                return answer
            method, url, body = "GET", urljoin(url, answer.headers["Location"]), {}
        raise AssertionError(f"redirected in circles to {url}")
