"""Fill in the forms of a Keycloak as an officer does, without a browser."""

import html
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pyotp

from tests import keycloak

_FORM = re.compile(
    r'<form[^>]*\baction="([^"]+)"[^>]*method="post"|<form[^>]*method="post"[^>]*\baction="([^"]+)"'
)


def current_code() -> str:
    """Return the code that the phone shows now."""
    import base64

    return pyotp.TOTP(base64.b32encode(keycloak.OTP_SECRET).decode()).now()


def _client() -> httpx.Client:
    """Return a client that takes this machine for secure, as browsers do."""

    def keep(_: httpx.Response) -> None:
        for cookie in client.cookies.jar:
            cookie.secure = False

    client = httpx.Client(trust_env=False, timeout=30, event_hooks={"response": [keep]})
    return client


@dataclass
class Officer:
    """An officer's browser at the provider, with its cookies."""

    user: str
    client: httpx.Client = field(default_factory=_client)
    forms: list[str] = field(default_factory=list)

    def log_in(self, address: str) -> str:
        """Follow the provider's pages from an address; return the address of our callback."""
        answer = self.client.get(address)
        for _ in range(8):
            while answer.is_redirect:
                target = answer.headers["location"]
                if urlsplit(target).path == "/desk/oidc/callback":
                    return target
                answer = self.client.get(httpx.URL(str(answer.url)).join(target))
            found = _FORM.search(answer.text)
            assert found is not None, answer.text[-3000:]
            answer = self.client.post(html.unescape(found[1] or found[2]), data=self._fill(answer.text))
        raise AssertionError("the provider asks and asks")

    def _fill(self, page: str) -> dict[str, str]:
        if 'name="otp"' in page:
            self.forms.append("code")
            return {"otp": current_code()}
        assert 'name="password"' in page, page[-3000:]
        self.forms.append("password")
        return {"username": self.user, "password": keycloak.PASSWORD}
