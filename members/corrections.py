"""Corrections of a member's facts: which statements replace those that were wrong, and the officers' records of it.

A fact is never overwritten: later statements of the same instant replace earlier ones (``members.history``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select

from core.civil_time import civil_date, start_of_day
from members.history import MemberChange, facts_on
from members.message_fields import FactValue
from members.tables import member_corrections
from store import read_once

LIFELONG_FACTS = frozenset({"birthday", "joined_on"})
"""Facts that never change: a correction replaces them wherever they were stated."""
CORRECTABLE_FACTS = (
    "birthday",
    "birthday_calendar",
    "joined_on",
    "skill_level",
    "honours",
    "trade",
    "employment_form",
    "employer",
    "district",
    "mutual_aid_year",
)


@dataclass(frozen=True, slots=True)
class FactSpan:
    """What is known of a fact from ``since`` to the day before ``until``, before and after a correction."""

    since: date
    until: date | None
    before: FactValue
    after: FactValue


@dataclass(frozen=True, slots=True)
class RecordedCorrection:
    """Which fact an officer corrected, from which day on, why, and the file that proves it."""

    member_id: str
    fact: str
    since: date
    event_id: str
    attachment: int
    officer: str
    corrected_at: datetime
    reason: str


def find_correction_instants(history: Sequence[MemberChange], fact: str, since: date) -> list[datetime]:
    """Return the instants at which the right value has to be stated, the earliest first.

    A lifelong fact is stated at each change that stated it, and at the first one. Any other holds from the end
    of what is known on ``since`` until a later change states another value.
    """
    if fact in LIFELONG_FACTS:
        stated = {one.effective_at for one in history if fact in one.values}
        return sorted(stated | {min(one.effective_at for one in history)})
    same_day = [one.effective_at for one in history if civil_date(one.effective_at) == since]
    return [max([start_of_day(since), *same_day])]


def list_fact_spans(
    before: Sequence[MemberChange], after: Sequence[MemberChange], fact: str
) -> Iterator[FactSpan]:
    """Yield the spans in which a fact differs between two histories of a member, the earliest first."""
    days = sorted({civil_date(one.effective_at) for one in after})
    ends: list[date | None] = [*days[1:], None]
    open_span: FactSpan | None = None
    for day, end in zip(days, ends, strict=True):
        was, now = (facts_on(history, day)[f"member.{fact}"] for history in (before, after))
        if open_span and (open_span.before, open_span.after) == (was, now):
            open_span = FactSpan(open_span.since, end, was, now)
            continue
        if open_span and open_span.before != open_span.after:
            yield open_span
        open_span = FactSpan(day, end, was, now)
    if open_span and open_span.before != open_span.after:
        yield open_span


def record_correction(connection: Connection, one: RecordedCorrection) -> None:
    """Append the record of a correction."""
    row = {name: getattr(one, name) for name in RecordedCorrection.__slots__}
    connection.execute(insert(member_corrections).values(row))


def list_corrections(connection: Connection, member_id: str) -> list[RecordedCorrection]:
    """List the corrections of a member's facts, the newest first."""
    c = member_corrections.c
    query = select(*(c[name] for name in RecordedCorrection.__slots__)).where(c.member_id == member_id)

    def read() -> list[RecordedCorrection]:
        return [RecordedCorrection(*row) for row in connection.execute(query.order_by(c.number.desc()))]

    return read_once(connection, ("corrections", member_id), read)


def erase_corrections(connection: Connection, member_id: str) -> int:
    """Delete the records of a member's corrections; return the number of rows."""
    c = member_corrections.c
    return connection.execute(delete(member_corrections).where(c.member_id == member_id)).rowcount
