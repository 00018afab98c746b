"""Memberships by days: which organisation a person was a member of, folded from the member's changes.

The table is a projection. ``rebuild_memberships`` writes the same rows anew from the changes alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, func, select

from core.civil_time import civil_date
from members.history import CHANGE_COLUMNS, NOT_MEMBERS, MemberChange, change_from_row, next_status
from members.tables import member_changes, memberships
from store import Fold, Portion, append_rows, iter_key_portions


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's membership from ``since`` to the day before ``until``; ``until`` is None while it goes on.

    ``begun_by`` and ``ended_by`` are the types of the events that began and ended it.
    """

    member_id: str
    since: date
    until: date | None
    organisation: str
    status: str
    begun_by: str
    ended_by: str | None = None


def compute_memberships(changes: Iterable[MemberChange]) -> list[Membership]:
    """Fold one member's changes, in order of arrival, into memberships; one that ends on its first day is none."""
    found: list[Membership] = []
    organisation, status = None, "none"
    for change in sorted(changes, key=lambda change: change.effective_at):
        organisation = change.values.get("organisation", organisation)
        status = next_status(status, change)
        day = civil_date(change.effective_at)
        last = found[-1] if found and found[-1].until is None else None
        if last and (last.organisation, last.status) == (organisation, status):
            continue
        if last:
            found[-1] = replace(last, until=day, ended_by=change.type)
            if last.since == day:
                found.pop()
        if status in NOT_MEMBERS or organisation is None:
            continue
        before = found[-1] if found else None
        if before and before.until == day and (before.organisation, before.status) == (organisation, status):
            found[-1] = replace(before, until=None, ended_by=None)
        else:
            found.append(Membership(change.member_id, day, None, str(organisation), status, change.type))
    return found


class MembershipBatch:
    """The members whose memberships the events of a batch may change, with their changes from before."""

    def __init__(self) -> None:
        self._before: dict[str, int] = {}

    def note(self, change: MemberChange, known: int) -> None:
        """Note a change of a member with so many changes before it."""
        if "organisation" in change.values or "status" in change.values:
            self._before.setdefault(change.member_id, known)

    def record(self, connection: Connection, histories: Mapping[str, Sequence[MemberChange]]) -> None:
        """Write what is different now; ``histories`` hold the members' changes from before and of the batch."""
        gone: list[Membership] = []
        new: list[Membership] = []
        for member_id, known in self._before.items():
            history = histories[member_id]
            before = compute_memberships(history[:known]) if known else []
            after = compute_memberships(history)
            if before != after:
                gone += [one for one in before if one not in after]
                new += [one for one in after if one not in before]
        if gone:
            rows = [{"b_member": one.member_id, "b_since": one.since} for one in gone]
            connection.execute(_DELETE, rows)
        append_rows(connection, memberships, [_row(one) for one in new])


_DELETE = delete(memberships).where(
    memberships.c.member_id == bindparam("b_member"), memberships.c.since == bindparam("b_since")
)


_FIELDS = tuple(one.name for one in fields(Membership))


def _row(membership: Membership) -> dict[str, object]:
    return {name: getattr(membership, name) for name in _FIELDS}


def membership_from_row(row: RowMapping | Mapping[str, Any]) -> Membership:
    return Membership(**{name: row[name] for name in _FIELDS})


def list_current_members(connection: Connection, organisation: str) -> list[Membership]:
    """Return the memberships that go on in one organisation itself, by member."""
    query = (
        select(memberships)
        .where(memberships.c.organisation == organisation, memberships.c.until.is_(None))
        .order_by(memberships.c.member_id)
    )
    return [membership_from_row(row) for row in connection.execute(query).mappings()]


def count_current_members(connection: Connection, organisations: Sequence[str]) -> dict[str, int]:
    """Return how many members each of these organisations has itself; those without members are left out."""
    query = (
        select(memberships.c.organisation, func.count())
        .where(memberships.c.organisation.in_(organisations), memberships.c.until.is_(None))
        .group_by(memberships.c.organisation)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def erase_memberships(connection: Connection, member_id: str) -> int:
    """Delete a person's memberships; return the number of rows."""
    return connection.execute(delete(memberships).where(memberships.c.member_id == member_id)).rowcount


def rebuild_memberships(connection: Connection) -> int:
    """Delete all memberships and fold them anew from the members' changes; return the number of rows."""
    connection.execute(delete(memberships))
    count = 0
    for portion in _portions(connection):
        append_rows(connection, memberships, portion)
        count += len(portion)
    return count


def _portions(connection: Connection) -> Iterator[list[dict[str, object]]]:
    for after, members in iter_key_portions(connection, member_changes.c.member_id):
        yield [_row(one) for one in _fold_members(connection, after, members)]


def _fold_members(connection: Connection, after: str, members: Sequence[str]) -> Iterator[Membership]:
    """Yield the memberships of the members behind one, up to the last of some."""
    if members:
        c = member_changes.c
        query = select(*CHANGE_COLUMNS).where(c.member_id > after, c.member_id <= members[-1])
        rows = connection.execute(query.order_by(c.member_id, c.sequence))
        for _, changes in groupby(map(change_from_row, rows), key=lambda change: change.member_id):
            yield from compute_memberships(changes)


def _list_fold_portions(connection: Connection) -> Iterator[Portion]:
    c = memberships.c
    for after, members in iter_key_portions(connection, member_changes.c.member_id):
        where = and_(c.member_id > after, c.member_id <= members[-1]) if members else c.member_id > after
        folded = _fold_members(connection, after, members)
        yield Portion(where, (astuple(one) for one in folded))


MEMBERSHIP_FOLD = Fold(memberships, member_changes.name, _FIELDS, 2, _list_fold_portions)
