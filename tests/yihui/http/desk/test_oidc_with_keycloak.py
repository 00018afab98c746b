"""Log-in by a real Keycloak: as an officer's browser goes, and as an attacker would."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from tests.keycloak import CLIENT_ID, CLIENT_SECRET, WITH_CODE, Keycloak
from tests.yihui.access.officers import add_officer
from tests.yihui.http.desk.provider_forms import Officer
from yihui.access.sessions import Session, find_session
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.runtime.settings import OidcAccess

SESSION_COOKIE = "__Host-yihui-desk"
pytestmark = [pytest.mark.endure, pytest.mark.needs("keycloak")]


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


def test_the_provider_demands_the_verifier_of_our_challenge(site: Site) -> None:
    address = with_query(site.start(), code_challenge=None, code_challenge_method=None)
    refused = site.arrive(site.officer.log_in(address))
    assert refused.status_code == 403
    assert "invalid_request" in refused.text
    assert "oidc.provider_refused" in site.refusals()


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
