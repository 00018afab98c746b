"""What a keeper does and what a rider reports, made into events: the one way for commands and requests."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from events import Event, Unreadable, read_event
from events.versions import current_schema
from geo.civil import civil_date
from geo.faults import InputFaults
from geo.messages import Answer, Observation
from geo.registry.reports import RIDERS
from yihui.labels import FACILITIES
from yihui.networks import network_of

KEEPERS = "/keepers"  # source of events
_NUMBER_BYTES = 10  # 16 letters: as many reports can be made as there will ever be

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


def _known_facility(code: object) -> object:
    if code not in FACILITIES:
        raise PydanticCustomError("enum", "not a facility")
    return code


class Report(BaseModel):
    """What a rider found; ``facility`` is a code, where it is broken or works again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    observation: Observation
    facility: Annotated[str, BeforeValidator(_known_facility)] | None = None


def keeper_events(acts: Sequence[Kept], station: str, key: str, now: datetime) -> list[Event]:
    """The events of acts done at once, so numbered that they take effect in their order. *Raises*: InputFaults."""
    numbers = sorted(_number() for _ in acts)  # what happened at one instant is handled in the order of ids
    return [keeper_event(kept, station, key, now, number) for kept, number in zip(acts, numbers, strict=True)]


def keeper_event(kept: Kept, station: str, key: str, now: datetime, number: str | None = None) -> Event:
    """The event of an act by the holder of a key, which is named by its id. *Raises*: InputFaults."""
    kind, implied = _ACTS[kept.act]
    given = kept.model_dump(mode="json", exclude_none=True, exclude={"act"})
    dated = {"on": civil_date(now).isoformat()} if kept.act in ("closed_today", "inspected") else {}
    data = {"station": station, "keeper": key, **dated, **given, **implied}
    return _event(KEEPERS, kind, now, data, number)


def report_event(report: Report, station: str, reporter: str, now: datetime) -> Event:
    """The event of a rider's report; its id is the number by which it is followed up. *Raises*: InputFaults."""
    said = report.model_dump(mode="json", exclude_none=True)
    return _event(RIDERS, "station.reported", now, {"station": station, "reporter": reporter, **said})


def reporter_of(address: str, now: datetime, key: bytes) -> str:
    """Who reports, as far as others may know: tells two apart on one day, and names neither.

    A keyed hash (HMAC-SHA-256) of the network address and the date, so that nobody is followed from one
    day to the next. All who share an address count as one: too few are heard then, never too many.
    """
    text = f"{civil_date(now)} {network_of(address)}"
    digest = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return digest.translate(_NO_DIGITS)


_NO_DIGITS = str.maketrans("0123456789", "abcdefabcd")  # eleven digits in a row would be taken for a phone


def _event(
    source: str, kind: str, now: datetime, data: Mapping[str, object], number: str | None = None
) -> Event:
    envelope = {
        "specversion": "1.0",
        "id": number or _number(),
        "source": source,
        "type": kind,
        "dataschema": current_schema(kind),
        "subject": data["station"],
        "time": now.isoformat(),
        "data": data,
    }
    event = read_event(json.dumps(envelope, ensure_ascii=False), now)
    if isinstance(event, Unreadable):
        raise InputFaults([replace(f, field=(f.field or "").removeprefix("data.")) for f in event.faults])
    return event


def _number() -> str:
    """Letters and digits in fours: read out over the telephone without a mistake."""
    letters = base64.b32encode(secrets.token_bytes(_NUMBER_BYTES)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
