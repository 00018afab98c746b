"""Log-in by a real Keycloak: as an officer's browser goes, and as an attacker would."""

import base64
import html
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx
import pyotp
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from tests.keycloak import CLIENT_ID, CLIENT_SECRET, OTP_SECRET, PASSWORD, WITH_CODE, Keycloak
from tools.servers.officers import add_officer
from yihui.access.sessions import Session, find_session
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.runtime.settings import OidcAccess

SESSION_COOKIE = "__Host-yihui-desk"
pytestmark = [pytest.mark.endure, pytest.mark.needs("keycloak")]


_FORM = re.compile(
    r'<form[^>]*\baction="([^"]+)"[^>]*method="post"|<form[^>]*method="post"[^>]*\baction="([^"]+)"'
)


def current_code() -> str:
    """Return the code that the phone shows now."""
    return pyotp.TOTP(base64.b32encode(OTP_SECRET).decode()).now()


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
        return {"username": self.user, "password": PASSWORD}


@dataclass
class Clock:
    """The real time, and so much later."""

    later: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.later


@dataclass
class Site:
    """Our site with that provider, and one browser that is at it and at the provider."""

    wiring: Wiring
    officer: Officer
    client: TestClient
    provider: Keycloak
    clock: Clock

    def start(self, **query: str) -> str:
        answer = self.client.get("/desk/oidc/start", params=query)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def arrive(self, callback: str) -> httpx.Response:
        parts = urlsplit(callback)
        assert (parts.scheme, parts.netloc) == ("https", "127.0.0.1")
        return self.client.get(f"{parts.path}?{parts.query}", headers={"Accept": "text/html"})

    def log_in(self, **query: str) -> httpx.Response:
        return self.arrive(self.officer.log_in(self.start(**query)))

    def session(self) -> Session | None:
        with self.wiring.database.read() as connection:
            token = self.client.cookies.get(SESSION_COOKIE, "")
            return find_session(connection, token, self.clock())

    def refusals(self) -> str:
        with self.wiring.database.read() as connection:
            query = select(audit_entries.c.changes).where(audit_entries.c.act == "oidc.refuse")
            return " ".join(connection.execute(query).scalars())


@pytest.fixture
def site(identity_provider: Keycloak, migrated_file: Path, tmp_path: Path) -> Iterator[Site]:
    database = shutil.copy(migrated_file, tmp_path / "yihui.db")
    access = OidcAccess(identity_provider.issuer, CLIENT_ID, CLIENT_SECRET, acr=("mfa",))
    wiring = build_wiring(Settings(str(database), tmp_path, oidc=access), clock := Clock())
    with wiring.database.write() as connection:
        add_officer(connection, "li", issuer=identity_provider.issuer, login=WITH_CODE)
    with TestClient(
        create_app(wiring), "https://127.0.0.1", follow_redirects=False, raise_server_exceptions=True
    ) as client:
        yield Site(wiring, Officer("with-code"), client, identity_provider, clock)
    wiring.close()


def with_query(address: str, **changes: str | None) -> str:
    """Return an address with other values in its query; None takes one out."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return urlunsplit(
        parts._replace(query=urlencode({name: value for name, value in query.items() if value is not None}))
    )


def test_a_log_in_without_a_second_factor_is_refused(site: Site) -> None:
    callback = site.officer.log_in(with_query(site.start(), acr_values="password"))
    assert site.officer.forms == ["password"]
    refused = site.arrive(callback)
    assert refused.status_code == 403
    assert "身份提供方没有验证第二种凭证" in refused.text
    assert "oidc.factors" in site.refusals()
    # The provider remembers the password, and asks for the code alone.
    assert site.log_in().status_code == 303
    assert site.officer.forms == ["password", "code"]


def test_a_step_up_asks_for_password_and_code_again(site: Site) -> None:
    site.log_in()
    assert site.log_in().status_code == 303  # the provider still knows the officer
    assert site.officer.forms == ["password", "code"]
    before = site.session()
    assert before is not None
    site.officer.forms.clear()
    assert site.log_in(step_up="1").status_code == 303
    assert "password" in site.officer.forms
    after = site.session()
    assert after is not None
    assert after.id == before.id
    assert after.authenticated_at >= before.authenticated_at
