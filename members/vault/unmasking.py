"""The list of those who saw a person's data in clear; rows are only ever added."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from members.persons import PersonField
from members.vault.tables import vault_unmaskings


@dataclass(frozen=True, slots=True)
class Unmasking:
    """One field of one person, seen in clear: by whom, when and why."""

    member_id: str
    field: PersonField
    officer: str
    reason: str
    at: datetime


def record_unmasking(connection: Connection, unmaskings: Iterable[Unmasking]) -> None:
    """Record who sees what, in the transaction that reads it and before it is shown."""
    rows = [
        {
            "member_id": one.member_id,
            "field": one.field,
            "officer": one.officer,
            "reason": one.reason,
            "at": one.at,
        }
        for one in unmaskings
    ]
    if rows:
        connection.execute(insert(vault_unmaskings), rows)


def read_unmaskings(connection: Connection, member_id: str | None = None) -> list[Unmasking]:
    """Return the unmaskings of one member, or of all, in order."""
    query = select(
        *(vault_unmaskings.c[name] for name in ("member_id", "field", "officer", "reason", "at"))
    ).order_by(vault_unmaskings.c.sequence)
    if member_id is not None:
        query = query.where(vault_unmaskings.c.member_id == member_id)
    return [Unmasking(*row) for row in connection.execute(query)]
