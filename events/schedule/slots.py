"""Slots: what the calendar brings to one member or organisation, stored in one transaction with its event.

A slot is unique by job, subject and period, and the event's id follows from the slot. So a second run, a
second machine and a run that was killed publish each event once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic_core import to_json
from sqlalchemy import Connection, select, text, tuple_

from core.civil_time import start_of_day
from core.faults import FaultError
from events.schedule.tables import schedule_days, schedule_slots
from store import insert_into

if TYPE_CHECKING:  # of the payloads' models, which whoever reads the days done does not need
    from events.envelope import Event

_COLUMNS = ("job", "subject", "period", "day", "event_id")
_INSERT = """
INSERT INTO schedule_slots (job, subject, period, day, event_id)
SELECT {} FROM {} WHERE true
ON CONFLICT DO NOTHING RETURNING job, subject, period
"""
_ROWS = MappingProxyType(
    {
        "sqlite": (
            ", ".join(f"json_extract(value, '$[{place}]')" for place in range(5)),
            "json_each(:rows)",
        ),
        "postgresql": (
            "value ->> 0, value ->> 1, value ->> 2, CAST(value ->> 3 AS date), value ->> 4",
            "json_array_elements(CAST(:rows AS json))",
        ),
    }
)
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that a day brings to one member or organisation. ``day`` is the event's day."""

    job: str
    subject: str
    period: str
    day: date
    event_id: str
    type: str
    data: Mapping[str, object]
    source: str

    @property
    def key(self) -> _Key:
        return self.job, self.subject, self.period

    def as_event(self) -> dict[str, object]:
        """Return the CloudEvent; it happens when its day begins."""
        return {
            "specversion": "1.0",
            "id": self.event_id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": start_of_day(self.day).isoformat(),
            "datacontenttype": "application/json",
            "data": dict(self.data),
        }


def publish_slots(connection: Connection, slots: Sequence[Slot], now: datetime) -> int:
    """Store the slots that are new, and their events where the runner or the relay takes them; return how many.

    *Raises*: FaultError for a slot whose event isn't valid; then nothing is stored.
    """
    from events.runner import accept_events

    by_key = {slot.key: slot for slot in slots}
    if not by_key:
        return 0
    # In the order of their keys: two processes that store the same slots wait for each other and never deadlock.
    rows = [
        [slot.job, slot.subject, slot.period, slot.day.isoformat(), slot.event_id]
        for _, slot in sorted(by_key.items())
    ]
    statement = text(_INSERT.format(*_ROWS[connection.dialect.name]))
    new = {tuple(row) for row in connection.execute(statement, {"rows": to_json(rows).decode()})}
    accept_events(connection, [_event(slot, now) for key, slot in by_key.items() if key in new], now)
    return len(new)


def _event(slot: Slot, now: datetime) -> "Event":
    from events.envelope import Event, validate_event

    event = validate_event(slot.as_event(), now)
    if not isinstance(event, Event):
        raise FaultError(event.faults)
    return event


def count_new_slots(connection: Connection, slots: Sequence[Slot]) -> int:
    """Return how many of the slots ``publish_slots`` would store."""
    keys = {slot.key for slot in slots}
    stored = schedule_slots.c
    there = select(stored.job).where(tuple_(stored.job, stored.subject, stored.period).in_(sorted(keys)))
    return len(keys) - len(connection.execute(there).all()) if keys else 0


def read_schedule_days(connection: Connection) -> dict[str, date]:
    """Return the last complete day of each job that has run."""
    return {row.job: row.day for row in connection.execute(select(schedule_days))}


def advance_schedule_day(connection: Connection, job: str, day: date) -> None:
    """Record that a job is complete up to a day; an earlier day changes nothing."""
    statement = insert_into(connection, schedule_days).values(job=job, day=day)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["job"], set_={"day": day}, where=schedule_days.c.day < day
        )
    )
