"""Convert a status report from its event to a row, and back."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from geo.messages import StationPayload
from geo.status.statements import ReporterRole, ReportKind, StatusReport, expires_at


@dataclass(frozen=True, slots=True)
class StationEvent:
    """A station event to be applied; ``source`` and ``id`` are the event's."""

    source: str
    id: str
    at: datetime
    payload: StationPayload


def report_to_row(saying: StatusReport, event: StationEvent, now: datetime) -> dict[str, object]:
    """Return a status report as the values of its row."""
    return {
        "station_id": saying.station,
        "at": saying.at,
        "lapses_at": expires_at(saying),
        "voice": saying.voice.value,
        "what": saying.what.value,
        "who": saying.who,
        "counts": saying.counts,
        "facilities": json.dumps(sorted(saying.facilities), ensure_ascii=False),
        "first": saying.first,
        "last": saying.last,
        "hours_text": saying.hours_text,
        "note": saying.note,
        "source": event.source,
        "event_id": event.id,
        "recorded_at": now,
        "lon": saying.pin[0] if saying.pin else None,
        "lat": saying.pin[1] if saying.pin else None,
    }


def report_from_row(row: Row[Any]) -> StatusReport:
    """Return a row as a status report.

    Reports of the same instant are ordered by row number, because a demo's clock may stand still.
    """
    return StatusReport(
        f"{row.sequence:019}",
        row.station_id,
        row.at,
        ReporterRole(row.voice),
        ReportKind(row.what),
        row.who,
        row.counts,
        frozenset(json.loads(row.facilities)),
        row.first,
        row.last,
        row.hours_text,
        row.note,
        row.lapses_at,
        None if row.lon is None or row.lat is None else (row.lon, row.lat),
    )
