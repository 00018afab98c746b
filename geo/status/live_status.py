"""One thing that holds at a station now, by somebody's word."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.civil_time import CIVIL_TIME, civil_date

Params = tuple[tuple[str, str], ...]


class LiveState(StrEnum):
    CLOSED = "closed"
    HOURS = "hours"
    BROKEN = "broken"
    CROWDED = "crowded"
    WRONG_PLACE = "wrong_place"
    TOLD = "told"  # by too few to be taken for true


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """One thing that holds, why, from when to when if nothing else is said, and how many riders say so.

    ``reason`` is a template for ``params``; the param ``facility`` holds a facility's code.
    """

    state: LiveState
    since: datetime
    until: datetime
    reason: str
    params: Params
    reporters: int = 0
    facility: str = ""


def clock(moment: datetime, at: datetime) -> str:
    """When something was said: the time alone if it was today."""
    civil = moment.astimezone(CIVIL_TIME)
    return f"{civil:%H:%M}" if civil.date() == civil_date(at) else f"{civil:%Y-%m-%d %H:%M}"
