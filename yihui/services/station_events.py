"""Build events about stations, for commands, pages and HTTP requests alike."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from core.faults import FaultError
from events import Event, InvalidEvent, parse_event
from events.versions import current_dataschema

EVENT_NUMBER_BYTES = 10  # 16 letters: enough numbers for all reports


def build_station_event(
    source: str,
    kind: str,
    data: Mapping[str, object],
    times: tuple[datetime, datetime],
    number: str | None = None,
) -> Event:
    """Build the event; ``times`` are when it occurred and now. *Raises*: FaultError."""
    occurred, now = times
    envelope = {
        "specversion": "1.0",
        "id": number or new_event_number(),
        "source": source,
        "type": kind,
        "dataschema": current_dataschema(kind),
        "subject": data["station"],
        "time": occurred.isoformat(),
        "data": data,
    }
    event = parse_event(json.dumps(envelope, ensure_ascii=False), now)
    if isinstance(event, InvalidEvent):
        raise FaultError([replace(f, field=(f.field or "").removeprefix("data.")) for f in event.faults])
    return event


def new_event_number() -> str:
    """Return a random event number."""
    return format_event_number(secrets.token_bytes(EVENT_NUMBER_BYTES))


def format_event_number(digest: bytes) -> str:
    """Format a digest as letters and digits in groups of four, easy to read out over the telephone."""
    letters = base64.b32encode(digest[:EVENT_NUMBER_BYTES]).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
