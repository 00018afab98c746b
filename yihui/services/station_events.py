"""What is said of a station made into an event: the one way for commands, pages and requests."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from core.faults import InputFaults
from events import Event, Unreadable, read_event
from events.versions import current_schema

NUMBER_BYTES = 10  # 16 letters: as many reports can be made as there will ever be


def station_event(
    source: str,
    kind: str,
    data: Mapping[str, object],
    times: tuple[datetime, datetime],
    number: str | None = None,
) -> Event:
    """The event; ``times`` are when it occurred and now. *Raises*: InputFaults."""
    occurred, now = times
    envelope = {
        "specversion": "1.0",
        "id": number or new_number(),
        "source": source,
        "type": kind,
        "dataschema": current_schema(kind),
        "subject": data["station"],
        "time": occurred.isoformat(),
        "data": data,
    }
    event = read_event(json.dumps(envelope, ensure_ascii=False), now)
    if isinstance(event, Unreadable):
        raise InputFaults([replace(f, field=(f.field or "").removeprefix("data.")) for f in event.faults])
    return event


def new_number() -> str:
    return number_of(secrets.token_bytes(NUMBER_BYTES))


def number_of(digest: bytes) -> str:
    """Letters and digits in fours: read out over the telephone without a mistake."""
    letters = base64.b32encode(digest[:NUMBER_BYTES]).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
