"""A member's facts on any date: changes in the order in which they take effect, folded into facts.

Changes are stored as they arrived. A late event takes effect at its own date, and no row has to be
rewritten.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, delete, select

from core.civil_time import CIVIL_TIME, full_months, full_years
from members.message_fields import FactValue
from members.tables import (
    MEMBER_CHANGE_BATCHES,
    application_steps,
    cards,
    feed_links,
    member_changes,
)
from members.trades import is_outdoor_trade
from store import append_batch, find_rows_to_erase, in_json_array, json_array, read_once


def erase_member(connection: Connection, member_id: str) -> int:
    """Delete a member's application steps, feed links, cards and named answers; return the number of rows."""
    from members.polls.tables import poll_answers, poll_participants

    owned = (application_steps, feed_links, cards, poll_participants, poll_answers)
    return sum(
        connection.execute(delete(table).where(table.c.member_id == member_id)).rowcount for table in owned
    )


def find_member_changes_to_erase(connection: Connection, member_id: str) -> list[dict[str, Any]]:
    """Return a member's changes as ``store.erase_recorded_rows`` erases them."""
    return find_rows_to_erase(connection, MEMBER_CHANGE_BATCHES, member_changes.c.member_id == member_id)


MEMBER_FACTS = (
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
    "employer",
    "courses",
    "polls",
    "age",
    "months",
    "outdoors",
)
NOT_MEMBERS = frozenset({"none", "left", "deceased"})
"""The states in which a person is a member of no organisation."""
_ENROLMENTS = frozenset({"member.imported", "member.joined"})
_TEXT_LISTS = frozenset({"honours", "courses", "polls"})
_READ_AS: Mapping[str, Callable[[str], FactValue]] = {
    "birthday": date.fromisoformat,
    "joined_on": date.fromisoformat,
    "mutual_aid_year": int,
}
MEMBER_DEFAULTS: Mapping[str, FactValue] = {"member." + name: None for name in MEMBER_FACTS} | {
    "member.status": "none",
    "member.honours": (),
    "member.courses": (),
    "member.polls": (),
    "member.card": "none",
    "member.birthday_calendar": "solar",
}
"""What is known of a member of whom nothing is recorded: in life, in the cases of rules and for lint."""


@dataclass(slots=True)  # not frozen: one is created for every event, and this takes a fifth of the time
class MemberChange:
    """What one event changed about one member. ``values`` hold dates in ISO form and numbers as digits."""

    member_id: str
    effective_at: datetime
    type: str
    source: str
    event_id: str
    values: Mapping[str, str | tuple[str, ...]]


def next_status(held: str, change: MemberChange) -> str:
    """Return the state after a change: only joining makes a member again of a person who left or died."""
    new = str(change.values.get("status", held))
    if change.type in _ENROLMENTS or held not in NOT_MEMBERS:
        return new
    if held == "none" and change.type != "member.retired":
        return new
    return "deceased" if "deceased" in (held, new) else held


def status_at(changes: Iterable[MemberChange], instant: datetime) -> str:
    """Return the member's state at an instant. ``changes`` come in order of arrival."""
    status = "none"
    for change in sorted(changes, key=lambda change: change.effective_at):
        if change.effective_at <= instant:
            status = next_status(status, change)
    return status


def facts_on(changes: Iterable[MemberChange], day: date) -> Mapping[str, FactValue]:
    """Return the member's facts at the end of a civil date, keyed by path (``member.status`` …).

    ``changes`` come in order of arrival, which decides between two of the same instant.
    """
    end = datetime.combine(day, time.max, CIVIL_TIME)
    current = [change for change in changes if change.effective_at <= end]
    if not current:
        return MEMBER_DEFAULTS
    facts = dict(MEMBER_DEFAULTS)
    for change in sorted(current, key=lambda change: change.effective_at):
        for name, value in change.values.items():
            path = "member." + name
            if name == "status":
                facts[path] = next_status(str(facts[path]), change)
            elif name in _TEXT_LISTS:
                facts[path] = _joined(facts[path], value)
            else:
                facts[path] = _READ_AS[name](str(value)) if name in _READ_AS else value
    _derive(facts, day)
    return facts


def complete_facts(stated: Mapping[str, FactValue], day: date) -> Mapping[str, FactValue]:
    """Return facts that somebody states of a member, with all that is known of her in life then.

    What follows from them is derived; what is stated itself stands.
    """
    known = {path: value for path, value in stated.items() if value is not None}
    facts = {**MEMBER_DEFAULTS, **known}
    _derive(facts, day)
    return {**facts, **known}


def _derive(facts: dict[str, FactValue], day: date) -> None:
    """Add what follows from other facts on a day; it stays unknown where they are."""
    born, joined, trade = facts["member.birthday"], facts["member.joined_on"], facts["member.trade"]
    if isinstance(born, date) and born <= day:
        facts["member.age"] = full_years(born, day)
    if isinstance(joined, date) and joined <= day and facts["member.status"] not in NOT_MEMBERS:
        facts["member.months"] = full_months(joined, day)
    if isinstance(trade, str):
        facts["member.outdoors"] = is_outdoor_trade(trade)


def _joined(held: FactValue, more: str | tuple[str, ...]) -> tuple[str, ...]:
    assert isinstance(held, tuple) and isinstance(more, tuple)
    return held + tuple(honour for honour in more if honour not in held)


CHANGE_COLUMNS = tuple(
    member_changes.c[name] for name in ("member_id", "effective_at", "type", "source", "event_id", "changes")
)
_READ = (
    select(*CHANGE_COLUMNS)
    .where(in_json_array(member_changes.c.member_id, "members"))
    .order_by(member_changes.c.sequence)
)


def read_member_changes(connection: Connection, members: Iterable[str]) -> dict[str, list[MemberChange]]:
    """Return all changes of some members, in order of arrival; one query, and one a reading transaction for one member."""
    given = tuple(dict.fromkeys(members))
    read = partial(_read_changes, connection, given)
    found = read_once(connection, ("member changes", *given), read) if len(given) == 1 else read()
    return {member: [*changes] for member, changes in found.items()}


def _read_changes(connection: Connection, members: Sequence[str]) -> dict[str, list[MemberChange]]:
    found: dict[str, list[MemberChange]] = {member: [] for member in members}
    for row in connection.execute(_READ, {"members": json_array(found)}).all():
        change = change_from_row(row)
        found[change.member_id].append(change)
    return found


def change_from_row(row: Iterable[Any]) -> MemberChange:
    """Build the change from a row of ``CHANGE_COLUMNS``."""
    member, effective_at, kind, source, event_id, text = row
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in from_json(text).items()}
    return MemberChange(member, effective_at, kind, source, event_id, values)


def record_member_changes(connection: Connection, changes: Sequence[MemberChange], now: datetime) -> None:
    """Append changes, in order, to the transaction's batch."""
    append_batch(connection, MEMBER_CHANGE_BATCHES, [_row(change) for change in changes], now)


def _row(change: MemberChange) -> dict[str, object]:
    return {
        "member_id": change.member_id,
        "effective_at": change.effective_at,
        "type": change.type,
        "source": change.source,
        "event_id": change.event_id,
        "changes": to_json(change.values).decode(),
    }
