"""Find who opened an officer's accounts at any remove: whoever could have acted as the officer (decision 0064)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf

from sqlalchemy import Connection, and_, or_, select

from yihui.access.officers import find_officer, find_subject
from yihui.access.tables import audit_entries, officer_accounts

_LINK = "officers.link"
_Place = tuple[float, float]  # of an entry: its batch's number, which is sealed, then its own in the batch
_FIRST, _LAST = (0.0, 0.0), (inf, inf)
_OPENINGS = ("accounts.add", "accounts.renew_setup", _LINK)


@dataclass(frozen=True, slots=True)
class _Opening:
    """An opening, by its place in the audit log; one that has no entry was before all others."""

    by: str
    place: _Place


def list_openers(connection: Connection, officer: str) -> frozenset[str]:
    """Return who opened an officer's accounts, who had opened theirs by then, and so on.

    An opening counts until somebody else opens the same account: setting it up anew or linking is an opening too.
    An officer who opens the own account hides nobody.
    """
    found: set[_Opening] = set()
    waiting = [*_openings_before(connection, officer, _LAST)]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += _openings_before(connection, one.by, one.place)
    return frozenset(one.by for one in found)


def find_opener(connection: Connection, officer: str, person: str) -> str | None:
    """Return the name under which a person opened an officer's account at any remove; None if the person didn't."""
    subject, names = find_subject(connection, person), sorted(list_openers(connection, officer))
    return next((one for one in names if find_subject(connection, one) == subject), None)


def _openings_before(connection: Connection, officer: str, place: _Place) -> Iterator[_Opening]:
    """Yield the opening of each account of an officer that was in force before an entry of the audit log."""
    known = find_officer(connection, officer)
    if known is None:
        return
    a = officer_accounts.c
    rows = connection.execute(select(a.id, a.opened_by).where(a.officer_id == known.id)).all()
    entries = _read_entries(connection, known.id, [str(row.id) for row in rows])
    for row in rows:
        first, *later = entries.get(row.id) or [_Opening(row.opened_by, _FIRST)]
        own = known.subject.casefold()
        openings = [first, *(one for one in later if find_subject(connection, one.by) != own)]
        yield from [one for one in openings if one.place < place][-1:]


def _read_entries(connection: Connection, officer: str, accounts: list[str]) -> Mapping[int, list[_Opening]]:
    c, found = audit_entries.c, dict[int, list[_Opening]]()
    about = or_(
        and_(c.object_kind == "account", c.object_id.in_(accounts)),
        and_(c.object_kind == "officer", c.object_id == officer),
    )
    query = select(c.act, c.object_id, c.actor, c.batch, c.sequence, c.changes).where(
        about, c.act.in_(_OPENINGS)
    )
    for row in connection.execute(query.order_by(c.batch, c.sequence)):
        account = json.loads(row.changes)["after"]["account"] if row.act == _LINK else row.object_id
        found.setdefault(int(account), []).append(_Opening(row.actor, (row.batch, row.sequence)))
    return found
