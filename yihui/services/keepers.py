"""Build events from keepers' acts, and pseudonyms of reporters; commands and HTTP requests both use it."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, select

from core.civil_time import civil_date
from events import Event
from events.tables import dead_letters
from geo.messages import Answer
from store import inbox
from yihui.runtime.networks import client_network
from yihui.services.reports import build_station_event, new_event_number

KEEPER_EVENT_SOURCE = "/keepers"  # source of events
# Act of a keeper → event type, and the data that the act alone implies.
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
_NO_DIGITS = str.maketrans(
    "0123456789", "abcdefabcd"
)  # eleven digits in a row would be taken for a phone number


def are_events_processed(connection: Connection, source: str, ids: Sequence[str]) -> bool:
    """Return whether each of these events has been processed or dead-lettered."""
    took = select(inbox.c.id).where(inbox.c.source == source, inbox.c.id.in_(ids))
    turned = select(dead_letters.c.event_id).where(
        dead_letters.c.resolved_at.is_(None),
        dead_letters.c.source == source,
        dead_letters.c.event_id.in_(ids),
    )
    found = {*connection.execute(took).scalars(), *connection.execute(turned).scalars()}
    return found == set(ids)


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
    """Build the events of several acts, with ids that keep their order. *Raises*: FaultError."""
    numbers = sorted(
        new_event_number() for _ in acts
    )  # events of the same instant are processed in the order of their ids
    return [keeper_event(kept, station, key, now, number) for kept, number in zip(acts, numbers, strict=True)]


def keeper_event(kept: Kept, station: str, key: str, now: datetime, number: str | None = None) -> Event:
    """Build the event of one act; ``key`` is the id of the keeper's key. *Raises*: FaultError."""
    kind, implied = _ACTS[kept.act]
    given = kept.model_dump(mode="json", exclude_none=True, exclude={"act"})
    dated = {"on": civil_date(now).isoformat()} if kept.act in ("closed_today", "inspected") else {}
    data = {"station": station, "keeper": key, **dated, **given, **implied}
    return build_station_event(KEEPER_EVENT_SOURCE, kind, data, (now, now), number)


def reporter_pseudonym(address: str, now: datetime, key: bytes) -> str:
    """Return a pseudonym that distinguishes reporters on one day without identifying them.

    It is a keyed hash (HMAC-SHA-256) of the network address and the date, so that reporters can't be
    followed from one day to the next. All reporters who share an address count as one: the count may be
    too low, never too high.
    """
    text = f"{civil_date(now)} {client_network(address)}"
    digest = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return digest.translate(_NO_DIGITS)
