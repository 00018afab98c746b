"""The records of an organisation, and which of them are in force on a day. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from members.duties.messages import DutyRecord, RecordWithdrawn


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record, or the withdrawal of one, with its event and when it was recorded."""

    payload: DutyRecord | RecordWithdrawn
    type: str
    source: str
    event_id: str
    recorded_at: datetime


def drop_withdrawn(records: Iterable[StoredRecord]) -> list[StoredRecord]:
    """Return the records that were not withdrawn, in order of arrival as given.

    A withdrawal concerns what arrived before it, and counts for all days: it says that there never was such
    an act.
    """
    left: list[StoredRecord] = []
    for record in records:
        if isinstance(record.payload, RecordWithdrawn):
            withdrawn = record.payload.record
            left = [one for one in left if one.event_id != withdrawn]
        else:
            left.append(record)
    return left


def select_in_force(records: Iterable[StoredRecord], day: date) -> list[StoredRecord]:
    """Return what holds on a day: of each key the record that arrived last among those of that day or before.

    ``records`` come in order of arrival; the result is in order of days.
    """
    latest: dict[tuple[str, ...], StoredRecord] = {}
    for record in drop_withdrawn(records):
        if isinstance(record.payload, DutyRecord) and record.payload.on <= day:
            latest[record.payload.key] = record
    return sorted(latest.values(), key=lambda one: one.payload.on)


def payloads_in_force(records: Iterable[StoredRecord], day: date) -> list[DutyRecord]:
    """Return the data of the records that hold on a day."""
    return [one.payload for one in select_in_force(records, day) if isinstance(one.payload, DutyRecord)]
