"""Who a member was on any date: changes in the order of their effect, folded into facts.

Changes are kept as they came, not as they ended: an event that arrives late slips in at its own
date, and nothing has to be rewritten.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, select

from core.civil_time import CIVIL_TIME
from members.messages import (
    Enrolment,
    HardshipReviewed,
    MemberHonoured,
    MemberLeft,
    Payload,
    Value,
)
from members.tables import member_changes
from store import append, texts, within

FACTS = (
    "status",
    "organisation",
    "district",
    "trade",
    "employment_form",
    "birthday",
    "joined_on",
    "skill_level",
    "hardship_level",
    "honours",
    "household",
    "mutual_aid_year",
    "card",
    "birthday_calendar",
)
_READ_AS: Mapping[str, Callable[[str], Value]] = MappingProxyType(
    {"birthday": date.fromisoformat, "joined_on": date.fromisoformat, "mutual_aid_year": int}
)
_NOBODY: Mapping[str, Value] = {"member." + name: None for name in FACTS} | {
    "member.status": "none",
    "member.honours": (),
    "member.card": "none",
    "member.birthday_calendar": "solar",
}


@dataclass(slots=True)  # not frozen: made for every event, in a fifth of the time
class Change:
    """What one event changed about one member. ``values`` hold dates in ISO, numbers in digits."""

    member_id: str
    effective_at: datetime
    type: str
    source: str
    event_id: str
    values: Mapping[str, str | tuple[str, ...]]


def values_of(payload: Payload) -> dict[str, str | tuple[str, ...]]:
    """The facts that a payload changes; empty where it changes none."""
    values: dict[str, str | tuple[str, ...]] = {}
    for name in payload.facts:
        value = getattr(payload, name)
        if value is not None:
            values[name] = value if isinstance(value, tuple) else str(value)
    if isinstance(payload, Enrolment):
        values["status"] = "active"
    elif isinstance(payload, MemberLeft):
        values["status"] = "left"
    elif isinstance(payload, MemberHonoured):
        values["honours"] = (payload.honour,)
    elif isinstance(payload, HardshipReviewed) and payload.accepted:
        values["household"] = payload.household
    return values


def facts_on(changes: Iterable[Change], day: date) -> Mapping[str, Value]:
    """The member's facts at the end of a civil date, keyed by path (``member.status`` …).

    ``changes`` come in order of arrival, which decides between two of the same instant.
    """
    end = datetime.combine(day, time.max, CIVIL_TIME)
    current = [change for change in changes if change.effective_at <= end]
    if not current:
        return _NOBODY
    facts = dict(_NOBODY)
    for change in sorted(current, key=lambda change: change.effective_at):
        for name, value in change.values.items():
            path = "member." + name
            if name == "honours":
                facts[path] = _joined(facts[path], value)
            else:
                facts[path] = _READ_AS[name](str(value)) if name in _READ_AS else value
    return facts


def _joined(held: Value, more: str | tuple[str, ...]) -> tuple[str, ...]:
    assert isinstance(held, tuple) and isinstance(more, tuple)
    return held + tuple(honour for honour in more if honour not in held)


COLUMNS = tuple(
    member_changes.c[name] for name in ("member_id", "effective_at", "type", "source", "event_id", "changes")
)
_READ = (
    select(*COLUMNS).where(within(member_changes.c.member_id, "members")).order_by(member_changes.c.sequence)
)


def read_changes(connection: Connection, members: Iterable[str]) -> dict[str, list[Change]]:
    """All changes of some members, in order of arrival; one query."""
    found: dict[str, list[Change]] = {member: [] for member in members}
    for row in connection.execute(_READ, {"members": texts(found)}):
        change = change_in(row)
        found[change.member_id].append(change)
    return found


def change_in(row: Iterable[Any]) -> Change:
    """The change that a row of ``COLUMNS`` holds."""
    member, effective_at, kind, source, event_id, text = row
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in from_json(text).items()}
    return Change(member, effective_at, kind, source, event_id, values)


def record_changes(connection: Connection, changes: Sequence[Change]) -> None:
    """Append changes, in order."""
    append(connection, member_changes, [_row(change) for change in changes])


def _row(change: Change) -> dict[str, object]:
    return {
        "member_id": change.member_id,
        "effective_at": change.effective_at,
        "type": change.type,
        "source": change.source,
        "event_id": change.event_id,
        "changes": to_json(change.values).decode(),
    }
