"""Who opened an officer's accounts last: who added or linked one, or issued its last set-up code, and when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from yihui.access.tables import officer_accounts, officers


@dataclass(frozen=True, slots=True)
class AccountOpening:
    """Who gave an officer a way to log in, and when: this person could log in as that officer since."""

    officer: str
    opened_by: str
    opened_at: datetime


def record_opening(connection: Connection, account_id: int, by: str, now: datetime) -> None:
    """Record who opened an account. If it is the officer's own, the earlier opener stays recorded."""
    a, owner, opener = officer_accounts.c, officers.alias("owner"), officers.alias("opener")
    same = (
        select(owner.c.id)
        .join(opener, opener.c.subject == owner.c.subject)
        .where(owner.c.id == a.officer_id, func.lower(opener.c.id) == by.lower())
        .correlate(officer_accounts)
    )
    connection.execute(
        officer_accounts.update()
        .where(a.id == account_id, ~same.exists())
        .values(opened_by=by, opened_at=now)
    )


def list_openings(connection: Connection, officer: str) -> list[AccountOpening]:
    """List who opened the accounts with which an officer can log in today."""
    a = officer_accounts.c
    query = (
        select(a.opened_by, a.opened_at).where(a.officer_id == officer, a.ended_at.is_(None)).order_by(a.id)
    )
    return [AccountOpening(officer, row.opened_by, row.opened_at) for row in connection.execute(query)]
