"""An installation whose identity provider is forged, and one browser that logs in there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from tests.yihui.services.forged_provider import NOW, SUBJECT, ForgedProvider, forged_provider, sign
from tools.servers.officers import add_officer
from yihui.access.oidc_logins import create_browser_secret
from yihui.access.sessions import OpenedSession, Session, find_session
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.access.oidc import Browser, FinishedLogin, ProviderAnswer, finish_login, start_login

ORIGIN = "https://desk.example"


@dataclass
class Desk:
    """An installation, its provider, one browser, and the clock."""

    provider: ForgedProvider
    wiring: Wiring
    browser: Browser
    now: datetime = NOW
    asked: dict[str, str] = field(default_factory=dict)

    def start(self, *, step_up: bool = False, next_: str = "/desk/money") -> ProviderAnswer:
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
