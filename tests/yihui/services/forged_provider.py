"""An identity provider that says whatever a test wants: its answers, keys and tokens are forged here."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey

from yihui.runtime.settings import OidcAccess

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CLIENT_ID = "yihui-desk"
SUBJECT = "f3b1a2c4-subject"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("one", "two"))
DISCOVERY, JWKS, TOKEN = "/union/.well-known/openid-configuration", "/union/keys", "/union/token"


def sign(claims: Mapping[str, Any], *, key: RSAKey = KEY, **header: Any) -> str:
    """Return a token as a provider would sign it; header fields can be changed, or left out by None."""
    full = {"alg": "RS256", "kid": key.kid, "typ": "JWT", **header}
    present = {name: value for name, value in full.items() if value is not None}
    return jwt.encode(present, dict(claims), key, algorithms=[str(present["alg"])])


@dataclass
class ForgedProvider:
    """What the provider answers; each path may be overridden by a status and a text."""

    port: int = 0
    keys: list[RSAKey] = field(default_factory=lambda: [KEY])
    id_token: str = ""
    overrides: dict[str, tuple[int, bytes, dict[str, str]]] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/union"

    @property
    def access(self) -> OidcAccess:
        return OidcAccess(self.issuer, CLIENT_ID, "secret", acr=("mfa",))

    def claims(self, nonce: str = "n", **changes: Any) -> dict[str, Any]:
        """Return claims that are right; None leaves one out."""
        now = int(NOW.timestamp())
        right = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": SUBJECT,
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": nonce,
            "acr": "mfa",
            "sid": "provider-session",
        }
        return {name: value for name, value in {**right, **changes}.items() if value is not None}

    def logout_claims(self, **changes: Any) -> dict[str, Any]:
        right = {
            "events": {LOGOUT_EVENT: {}},
            "jti": "logout-1",
            "nonce": None,
            "auth_time": None,
            "acr": None,
        }
        return self.claims(**{**right, **changes})

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        if path in self.overrides:
            return self.overrides[path]
        content: Mapping[str, Any] = {
            DISCOVERY: {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/logout",
                **self.document,
            },
            JWKS: {"keys": [key.as_dict(private=False) for key in self.keys]},
            TOKEN: {"id_token": self.id_token, "access_token": "opaque", "token_type": "Bearer"},
        }
        known = path in content
        return (200 if known else 404), json.dumps(content.get(path, {})).encode(), {}


@contextmanager
def forged_provider() -> Iterator[ForgedProvider]:
    """Serve a provider on this machine."""
    provider = ForgedProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            status, content, headers = provider.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            provider.forms.append({name: values[0] for name, values in parse_qs(body).items()})
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
