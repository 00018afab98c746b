"""An installation with one officer who logs in, and the session of a member, for tests."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
from sqlalchemy import select, update

from tools.servers.officers import NOW
from yihui.access.actor import Actor, ActorKind
from yihui.access.member_sessions import WAY_CODE, OpenedMemberSession, open_member_session
from yihui.access.session_rows import bind_session
from yihui.access.sessions import Session, find_session
from yihui.access.tables import audit_entries, officer_accounts, officers
from yihui.bootstrap import Wiring, load_settings
from yihui.services.access.accounts import SetupCode, create_local_account
from yihui.services.access.login import (
    EnrolledPhone,
    check_login,
    finish_enrolment,
    finish_login,
    load_enrolment,
    set_up_account,
)
from yihui.services.access.login_tries import LoginVisit
from yihui.services.access.secret_marks import secret_marker

CONSOLE = Actor("console:root", "console:root", ActorKind.CONSOLE)
PASSWORD = "泉城 summer 1948 rain"
NEW_PASSWORD = "another long sentence 7"
VISIT = LoginVisit("192.0.2.1", "Firefox, Windows")


def begin_member_session(wiring: Wiring, member: str) -> OpenedMemberSession:
    """Open a session for a member, as after a right code."""
    with wiring.database.write() as connection:
        opened = open_member_session(connection, member, way=WAY_CODE, device="test", now=wiring.now())
    return bind_session(secret_marker(wiring), opened)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Installation:
    """A wiring with a clock of its own; ``secrets`` are those of the officers' phones."""

    wiring: Wiring
    clock: Clock
    secrets: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, target: str, folder: Path) -> "Installation":
        clock = Clock()
        return cls(Wiring(load_settings({"YIHUI_DATA_FOLDER": str(folder)}, target), clock), clock)

    def add_officer(self, officer_id: str = "wang") -> SetupCode:
        """Add an officer with a founding account, which counts at once."""
        with self.wiring.database.write() as connection:
            connection.execute(
                officers.insert().values(
                    id=officer_id,
                    subject=officer_id,
                    post="市总财务",
                    created_by="test",
                    created_at=self.clock.now,
                )
            )
            code = create_local_account(
                connection, secret_marker(self.wiring), CONSOLE, officer_id, officer_id, self.clock.now
            )
            account = update(officer_accounts).where(officer_accounts.c.officer_id == officer_id)
            connection.execute(account.values(confirmed_by=CONSOLE.id, confirmed_at=self.clock.now))
            return code

    def enrol(self, officer_id: str = "wang", visit: LoginVisit = VISIT) -> EnrolledPhone:
        """Add an officer who sets up the account and the phone."""
        code = self.add_officer(officer_id).code
        return self.register_phone(
            set_up_account(self.wiring, code, PASSWORD, visit).ticket, officer_id, visit
        )

    def register_phone(
        self, ticket: str, officer_id: str = "wang", visit: LoginVisit = VISIT
    ) -> EnrolledPhone:
        self.secrets[officer_id] = load_enrolment(self.wiring, ticket).secret
        return finish_enrolment(self.wiring, ticket, self.phone_code(officer_id), visit)

    def phone_code(self, officer_id: str = "wang", *, ahead_s: int = 0) -> str:
        return pyotp.TOTP(self.secrets[officer_id]).at(int(self.clock.now.timestamp()) + ahead_s)

    def session(self, token: str) -> Session:
        with self.wiring.database.read() as connection:
            found = find_session(connection, token, self.clock.now)
        assert found is not None
        return found

    def log_in(self, officer_id: str = "wang", visit: LoginVisit = VISIT) -> str:
        """Log in with the next code of the phone; return the session's token."""
        self.clock.pass_time(seconds=30)
        ticket = check_login(self.wiring, officer_id, PASSWORD, visit).ticket
        return finish_login(self.wiring, ticket, self.phone_code(officer_id), visit).token


def acts(desk: Installation) -> list[tuple[str, str]]:
    with desk.wiring.database.read() as connection:
        c = audit_entries.c
        return [tuple(row) for row in connection.execute(select(c.actor, c.act).order_by(c.sequence))]
