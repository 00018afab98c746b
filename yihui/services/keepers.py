"""What a keeper does and what a rider reports, made into events: the one way for commands and requests."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.civil_time import civil_date
from events import Event
from geo.messages import Answer
from yihui.runtime.networks import network_of
from yihui.services.station_events import new_number, station_event

KEEPERS = "/keepers"  # source of events

# What a keeper may do → the event's type and what of its data follows from the act alone.
_ACTS: Mapping[str, tuple[str, Mapping[str, object]]] = MappingProxyType(
    {
        "closed_today": ("station.closed_today", {}),
        "hours": ("station.exception_set", {}),
        "inspected": ("station.inspected", {}),
        "fine": ("station.reported", {"observation": "fine"}),
        "locked": ("station.reported", {"observation": "locked"}),
        "crowded": ("station.reported", {"observation": "crowded"}),
        "broken": ("station.reported", {"observation": "broken"}),
        "repaired": ("station.reported", {"observation": "fine"}),
        "answered": ("station.answered", {}),
    }
)


class Kept(BaseModel):
    """What a keeper does; which of the other fields an act wants, its event says (``yihui events types``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    act: Literal[
        "closed_today", "hours", "inspected", "fine", "locked", "crowded", "broken", "repaired", "answered"
    ]
    on: date | None = None  # otherwise today
    first: date | None = None
    last: date | None = None
    hours_text: str | None = None
    reason: str | None = None
    facility: str | None = None
    meets_standard: bool | None = None
    missing: list[str] | None = None
    report: str | None = None  # the number of the report that is answered
    answer: Answer | None = None
    note: str | None = None


def keeper_events(acts: Sequence[Kept], station: str, key: str, now: datetime) -> list[Event]:
    """The events of acts done at once, so numbered that they take effect in their order. *Raises*: InputFaults."""
    numbers = sorted(
        new_number() for _ in acts
    )  # what happened at one instant is handled in the order of ids
    return [keeper_event(kept, station, key, now, number) for kept, number in zip(acts, numbers, strict=True)]


def keeper_event(kept: Kept, station: str, key: str, now: datetime, number: str | None = None) -> Event:
    """The event of an act by the holder of a key, which is named by its id. *Raises*: InputFaults."""
    kind, implied = _ACTS[kept.act]
    given = kept.model_dump(mode="json", exclude_none=True, exclude={"act"})
    dated = {"on": civil_date(now).isoformat()} if kept.act in ("closed_today", "inspected") else {}
    data = {"station": station, "keeper": key, **dated, **given, **implied}
    return station_event(KEEPERS, kind, data, (now, now), number)


def reporter_of(address: str, now: datetime, key: bytes) -> str:
    """Who reports, as far as others may know: tells two apart on one day, and names neither.

    A keyed hash (HMAC-SHA-256) of the network address and the date, so that nobody is followed from one
    day to the next. All who share an address count as one: too few are heard then, never too many.
    """
    text = f"{civil_date(now)} {network_of(address)}"
    digest = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return digest.translate(_NO_DIGITS)


_NO_DIGITS = str.maketrans("0123456789", "abcdefabcd")  # eleven digits in a row would be taken for a phone
