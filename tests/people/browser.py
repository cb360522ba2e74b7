"""A person at a browser, as far as HTTP goes: a cookie jar, the console's headers, and a mailbox."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from local.mailbox import Mail
from tests.judged import FROM
from tests.stack import Stack

OUR_PAGES = {"X-Console": "1", "Sec-Fetch-Site": "same-origin", "User-Agent": "Firefox on a test's desk"}
PASSWORD = "seventeen purple walruses"
_COOKIE = re.compile(r"(?P<name>__Host-[\w-]+)=(?P<value>[^;]*); Max-Age=(?P<seconds>\d+); Path=/; Secure; HttpOnly; "
                     r"SameSite=Strict")  # fmt: skip


@dataclass
class Browser:
    """One browser. `headers` are what it sends with each request."""

    stack: Stack
    email: str
    headers: Mapping[str, str] = field(default_factory=lambda: dict(OUR_PAGES))
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = ""
    """Where it comes from: one place for each person, unless a test says otherwise."""

    def send(self, method: str, path: str, body: object = None, **headers: str | None) -> tuple[int, Any]:
        """One request; status and JSON. A header that is None is left out; underscores become hyphens."""
        content = None if body is None else json.dumps(body).encode()
        return self.send_raw(method, path, content, **headers)

    def send_raw(
        self, method: str, path: str, content: bytes | None, content_type: str = "application/json",
        **headers: str | None,
    ) -> tuple[int, Any]:
        """The same with a body as it is."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Content-Type": content_type, FROM: self.address or self.email, **self.headers, **changed}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        plain = {name: value for name, value in sent.items() if value is not None}
        request = Request(self.stack.url + path, content, plain, method=method)
        try:
            with urlopen(request, timeout=60) as answer:
                self._keep(answer.headers.get_all("Set-Cookie") or [])
                return answer.status, json.loads(answer.read())
        except HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def get(self, path: str) -> Any:
        """The JSON of something that must be there."""
        status, answer = self.send("GET", path)
        assert status == 200, answer
        return answer

    def post(self, path: str, body: object = None) -> Any:
        """The JSON of something that must be taken."""
        status, answer = self.send("POST", path, body)
        assert status in (200, 201, 202), answer
        return answer

    def refused(self, method: str, path: str, body: object = None, **headers: str | None) -> tuple[int, str]:
        """Status and code of something that must be refused."""
        status, answer = self.send(method, path, body, **headers)
        assert status >= 400, answer
        return status, str(answer["error"]["code"])

    def other(self) -> "Browser":
        """Another browser of the same person, not logged in."""
        return Browser(self.stack, self.email)

    # What people do.

    def sign_up(self, password: str = PASSWORD) -> None:
        self.post("/api/v1/sign-up", {"email": self.email, "password": password, "name": "Ada"})

    def verify(self) -> None:
        self.post("/api/v1/email/verify", {"token": self.token("Confirm your e-mail address")})

    def log_in(self, password: str = PASSWORD, **more: str) -> Any:
        return self.post("/api/v1/sessions", {"email": self.email, "password": password, **more})

    def arrive(self) -> "Browser":
        """Sign up, verify and log in."""
        self.sign_up()
        self.verify()
        self.log_in()
        return self

    # What the mailbox has.

    def mails(self, subject: str = "") -> list[Mail]:
        """What this address was sent, oldest first."""
        self.stack.advance(0)
        found = [mail for mail in self.stack.world.mailbox.collect() if self.email in mail.to]
        return [mail for mail in found if subject in mail.subject]

    def token(self, subject: str) -> str:
        """The token of the link in the newest e-mail with this subject."""
        found = re.search(r"#token=([\w.-]+)", self.mails(subject)[-1].text)
        assert found is not None
        return found[1]

    def _keep(self, headers: list[str]) -> None:
        for header in headers:
            match = _COOKIE.fullmatch(header)
            assert match is not None, header
            if match["seconds"] == "0":
                self.cookies.pop(match["name"], None)
            else:
                self.cookies[match["name"]] = match["value"]
