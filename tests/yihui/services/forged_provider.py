"""An identity provider that says whatever a test wants: its answers, keys and tokens are forged here."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

from tools.servers.officers import add_officer
from yihui.access.oidc_logins import create_browser_secret
from yihui.access.sessions import OpenedSession, Session, find_session
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.runtime.settings import OidcAccess
from yihui.services.access.oidc import Browser, FinishedLogin, ProviderAnswer, finish_login, start_login

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


ORIGIN = "https://desk.example"


@dataclass
class Desk:
    """An installation, its provider, one browser, and the clock."""

    provider: ForgedProvider
    wiring: Wiring
    browser: Browser
    now: datetime = NOW
    asked: dict[str, str] = field(default_factory=dict)

    def start(self, *, step_up: bool = False, next_: str = "/desk/money/budgets") -> ProviderAnswer:
        """Begin a log-in, and return what the provider would answer when all goes well."""
        address = start_login(self.wiring, self.browser, next_, step_up=step_up, language="zh")
        assert address.startswith(f"{self.provider.issuer}/authorize?")
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return ProviderAnswer(state=self.asked["state"], code="a-code", issuer=self.provider.issuer)

    def finish(self, answer: ProviderAnswer, **claims: Any) -> FinishedLogin:
        self.provider.id_token = sign(self.provider.claims(**{"nonce": self.asked["nonce"], **claims}))
        return finish_login(self.wiring, self.browser, answer)

    def log_in(self, **claims: Any) -> OpenedSession:
        opened = self.finish(self.start(), **claims).opened
        self.browser = replace(self.browser, session_token=opened.token)
        return opened

    def session(self) -> Session | None:
        with self.wiring.database.read() as connection:
            return find_session(connection, self.browser.session_token, self.now)

    def refusals(self) -> list[str]:
        with self.wiring.database.read() as connection:
            query = select(audit_entries.c.changes).where(audit_entries.c.act == "oidc.refuse")
            return [
                str(one) for one in connection.execute(query.order_by(audit_entries.c.sequence)).scalars()
            ]

    def link(self, officer: str = "wang", subject: str = SUBJECT) -> int:
        with self.wiring.database.write() as connection:
            return add_officer(connection, officer, issuer=self.provider.issuer, login=subject)


@contextmanager
def open_desk(database: str, folder: Path) -> Iterator[Desk]:
    """Open an installation whose officer wang is linked to the provider's account."""
    with forged_provider() as provider:
        browser = Browser(ORIGIN, create_browser_secret(), device="Firefox, Windows")
        desk = Desk(provider, None, browser)  # type: ignore[arg-type]
        desk.wiring = build_wiring(Settings(database, folder, oidc=provider.access), lambda: desk.now)
        desk.link()
        yield desk
        desk.wiring.close()
