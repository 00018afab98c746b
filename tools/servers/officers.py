"""Officers with accounts, for tests of log-in and sessions."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from yihui.access.sessions import OpenedSession, SessionKind, open_session
from yihui.access.tables import officer_accounts, officers, role_assignments

NOW = datetime(2026, 10, 9, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def add_officer(
    connection: Connection, officer_id: str = "wang", *, issuer: str = "", login: str | None = None
) -> int:
    """Add an officer with one founding account, which counts at once; return the account's number."""
    connection.execute(
        officers.insert().values(
            id=officer_id, subject=f"{officer_id}-person", post="市总财务", created_by="test", created_at=NOW
        )
    )
    result = connection.execute(
        officer_accounts.insert().values(
            officer_id=officer_id,
            issuer=issuer,
            external_subject=login or officer_id,
            created_at=NOW,
            opened_by="test",
            opened_at=NOW,
            confirmed_by="console:root",
            confirmed_at=NOW,
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def appoint(
    connection: Connection, officer_id: str, role: str, organisation: str = "37", **more: object
) -> None:
    connection.execute(
        role_assignments.insert().values(
            officer_id=officer_id,
            role=role,
            organisation=organisation,
            assigned_by="test",
            assigned_at=NOW,
            **{"since": date(2026, 1, 1), **more},
        )
    )


def open_browser(
    connection: Connection, account_id: int, officer_id: str = "wang", *, sid: str | None = None
) -> OpenedSession:
    return open_session(
        connection,
        officer_id=officer_id,
        account_id=account_id,
        kind=SessionKind.BROWSER,
        factors=("pwd", "otp"),
        device="Firefox, Windows",
        provider_session=sid,
        now=NOW,
    )
