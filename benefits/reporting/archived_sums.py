"""Sums of the postings that were archived, so that reports on all times need not read the archive."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, insert, select

from benefits.model.accounts import FEN
from benefits.model.chunks import chunks
from benefits.reporting.report_sums import SumKey, Sums, add_move, list_places_of_members
from benefits.tables.decisions import postings
from benefits.tables.report_sums import archived_sums

_MEMBERS_AT_ONCE = 2_000
_ROWS_AT_ONCE = 5_000
_ACCOUNT, _AMOUNT, _UNIT = (
    1 + list(postings.columns.keys()).index(name) for name in ("account", "amount", "unit")
)


@dataclass(frozen=True, slots=True)
class ArchivedMove:
    """One posting of a member's grant, with what sums need of its transaction and of the grant."""

    account: str
    amount: int
    kind: str
    occurred_on: date
    rule_id: str
    granted_on: date


@dataclass(slots=True)
class ArchivedSums:
    """Sums postings while they are written into an archive."""

    sums: Sums = field(default_factory=dict)
    _waiting: dict[str, list[ArchivedMove]] = field(default_factory=dict)

    def pass_through(
        self, connection: Connection, rows: Iterable[Sequence[Any]], more: int
    ) -> Iterator[Sequence[Any]]:
        """Yield rows of postings without their last columns: kind, day, rule and day of the grant."""
        for row in rows:
            member, of_move = row[0], row[len(row) - more :]
            if member and row[_UNIT] == FEN:
                self._waiting.setdefault(member, []).append(
                    ArchivedMove(row[_ACCOUNT], row[_AMOUNT], *of_move)
                )
                if len(self._waiting) > _MEMBERS_AT_ONCE:
                    self._add_waiting(connection)
            yield row[: len(row) - more]
        self._add_waiting(connection)

    def _add_waiting(self, connection: Connection) -> None:
        days = {member: {move.granted_on for move in moves} for member, moves in self._waiting.items()}
        places = list_places_of_members(connection, days)
        for member, moves in self._waiting.items():
            for move in moves:
                place = places[member, move.granted_on], move.rule_id, move.granted_on
                add_move(self.sums, place, move)
        self._waiting.clear()

    def record(self, connection: Connection, month: date) -> None:
        """Store the sums of a month that is archived."""
        names = [column.name for column in archived_sums.columns]
        rows = [dict(zip(names, (month, *key, *fen), strict=True)) for key, fen in sorted(self.sums.items())]
        for some in chunks(rows, _ROWS_AT_ONCE):
            connection.execute(insert(archived_sums), list(some))


def add_archived_sums(connection: Connection, sums: Sums) -> None:
    """Add what was archived to the sums of the postings in the database."""
    keys = [
        archived_sums.c[name] for name in ("place", "account", "rule_id", "kind", "occurred_on", "granted_on")
    ]
    query = select(*keys, func.sum(archived_sums.c.in_fen), func.sum(archived_sums.c.out_fen)).group_by(*keys)
    for row in connection.execute(query):
        key: SumKey = tuple(row[:6])
        before = sums.get(key, (0, 0))
        sums[key] = before[0] + int(row[6]), before[1] + int(row[7])


def has_archived_sums(connection: Connection) -> bool:
    """Return whether any month is archived."""
    return connection.execute(select(archived_sums.c.month).limit(1)).first() is not None
