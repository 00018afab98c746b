"""Who opened an officer's accounts last: who added or linked one, or issued its last set-up code, and when.

Another administrator confirms an opening; until then its officer is neither person of an act of two.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from yihui.access.roles import Role
from yihui.access.tables import officer_accounts, officers, role_assignments


@dataclass(frozen=True, slots=True)
class AccountOpening:
    """Who gave an officer a way to log in, and when: this person could log in as that officer since."""

    officer: str
    opened_by: str
    opened_at: datetime
    account: int
    confirmed_by: str | None = None


def hash_identity(issuer: str, subject: str) -> str:
    """Return the digest by which an audit entry names an account of a provider."""
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()


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
        .values(opened_by=by, opened_at=now, confirmed_by=None, confirmed_at=None)
    )


def confirm_openings(connection: Connection, officer: str, by: str, now: datetime) -> list[int]:
    """Record that somebody confirmed the openings of an officer's accounts; return the numbers of the accounts."""
    a = officer_accounts.c
    waiting = (a.officer_id == officer) & a.ended_at.is_(None) & a.confirmed_at.is_(None)
    done = officer_accounts.update().where(waiting).values(confirmed_by=by, confirmed_at=now)
    return sorted(connection.execute(done.returning(a.id)).scalars())


def withdraw_confirmations(connection: Connection, officer: str, opener: str) -> None:
    """Let the openings of an officer's accounts by one administrator, under any name, wait to be confirmed again."""
    a, who, other = officer_accounts.c, officers.alias("who"), officers.alias("other")
    names = (
        select(func.lower(other.c.id))
        .join(who, who.c.subject == other.c.subject)
        .where(func.lower(who.c.id) == opener.lower())
    )
    opened = or_(func.lower(a.opened_by) == opener.lower(), func.lower(a.opened_by).in_(names))
    same = and_(a.officer_id == officer, opened)
    connection.execute(officer_accounts.update().where(same).values(confirmed_by=None, confirmed_at=None))


def count_administrators(connection: Connection) -> int:
    """Return how many officers were ever made administrators."""
    r = role_assignments.c
    query = select(func.count(r.officer_id.distinct())).where(r.role == Role.ADMINISTRATOR.value)
    return connection.execute(query).scalar_one()


def list_openings(connection: Connection, officer: str) -> list[AccountOpening]:
    """List who opened the accounts with which an officer can log in today."""
    a = officer_accounts.c
    query = (
        select(a.opened_by, a.opened_at, a.id, a.confirmed_by)
        .where(a.officer_id == officer, a.ended_at.is_(None))
        .order_by(a.id)
    )
    return [AccountOpening(officer, *row) for row in connection.execute(query)]
