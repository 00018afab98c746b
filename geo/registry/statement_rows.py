"""One thing that was said: from its event to a row, and back."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from geo.messages import OfStation
from geo.status.statements import Saying, Voice, What, lapses


@dataclass(frozen=True, slots=True)
class StationEvent:
    """A station event that is to take effect; ``source`` and ``id`` are the event's."""

    source: str
    id: str
    at: datetime
    payload: OfStation


def row_of(saying: Saying, event: StationEvent, now: datetime) -> dict[str, object]:
    return {
        "station_id": saying.station,
        "at": saying.at,
        "lapses_at": lapses(saying),
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


def saying_of(row: Row[Any]) -> Saying:
    """Of what was said at one instant the later came in later: clocks that stand still exist in demos."""
    return Saying(
        f"{row.sequence:019}",
        row.station_id,
        row.at,
        Voice(row.voice),
        What(row.what),
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
