"""Let something happen on a second connection between the check of a door and the act's own transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context

from sqlalchemy import Connection, Engine, event

from store import open_database
from tests.members.organisations.acting import NOW
from tools.servers.officers import add_officer, appoint
from yihui.access.acting import current_acting
from yihui.access.session_rows import bind_session
from yihui.access.sessions import EndReason, SessionKind, end_sessions_of_officer, open_session
from yihui.access.tables import officer_accounts, officers, role_assignments
from yihui.bootstrap import Wiring
from yihui.services.access.secret_marks import secret_marker

Change = Callable[[Connection], object]
OFFICER, PRINCIPAL, DEPUTY = "li.min", "zhang.wei", "wang.fang"


def is_an_act() -> bool:
    return current_acting() is not None


@contextmanager
def meanwhile(target: str, change: Change, *, when: Callable[[], bool] = is_an_act) -> Iterator[None]:
    """Commit a change through a connection of its own when the next transaction that writes is about to begin.

    By default only a transaction of an act: its door has decided by then.
    """
    second, waiting = open_database(target), [change]

    def commit() -> None:
        with second.write() as other:
            waiting.pop()(other)

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("sqlite_begin") == "BEGIN IMMEDIATE"
        if waiting and writes and connection.engine is not second.engine and when():
            Context().run(commit)  # by somebody else: not a commit of the act that is about to begin

    event.listen(Engine, "begin", begin)
    try:
        yield
    finally:
        event.remove(Engine, "begin", begin)
        second.close()
    assert not waiting, "no act began"


def open_office(wiring: Wiring, role: str, place: str, kind: SessionKind = SessionKind.BROWSER) -> str:
    """Add an officer with a role, another one, and a deputy of the other; return the officer's new token."""
    with wiring.database.write() as connection:
        accounts = {name: add_officer(connection, name) for name in (OFFICER, PRINCIPAL, DEPUTY)}
        appoint(connection, OFFICER, role, place)
        appoint(connection, PRINCIPAL, role, place)
        appoint(connection, DEPUTY, role, place, deputy_of=PRINCIPAL)
    return log_in(wiring, OFFICER, accounts[OFFICER], kind)


def log_in(wiring: Wiring, name: str, account: int, kind: SessionKind = SessionKind.BROWSER) -> str:
    with wiring.database.write() as connection:
        opened = open_session(
            connection,
            officer_id=name,
            account_id=account,
            kind=kind,
            factors=("pwd", "otp"),
            device="Firefox",
            provider_session=None,
            now=wiring.now(),
        )
    return bind_session(secret_marker(wiring), opened).token


def withdraw_roles(name: str) -> Change:
    change = role_assignments.update().where(role_assignments.c.officer_id == name)
    return lambda connection: connection.execute(change.values(withdrawn_at=NOW, withdrawn_by="test"))


def end_sessions(name: str) -> Change:
    return lambda connection: end_sessions_of_officer(connection, name, EndReason.LOGGED_OUT, NOW)


def suspend_account(name: str) -> Change:
    change = officer_accounts.update().where(officer_accounts.c.officer_id == name)
    return lambda connection: connection.execute(change.values(ended_at=NOW))


def end_officer(name: str) -> Change:
    change = officers.update().where(officers.c.id == name)
    return lambda connection: connection.execute(change.values(ended_at=NOW, ended_by="test"))


# How an officer's right to act may end while the act waits for its turn. Nobody shortens a role: a guard refuses it.
ENDS: dict[str, Callable[[str], Change]] = {
    "role withdrawn": withdraw_roles,
    "session logged out": end_sessions,
    "account suspended": suspend_account,
    "officer left": end_officer,
}
