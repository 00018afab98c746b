"""One live status of a station, from reports or notices."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.civil_time import CIVIL_TIME, civil_date

MessageParams = tuple[tuple[str, str], ...]


class LiveState(StrEnum):
    CLOSED = "closed"
    HOURS = "hours"
    BROKEN = "broken"
    CROWDED = "crowded"
    WRONG_PLACE = "wrong_place"
    TOLD = "told"  # reported by too few riders to be confirmed
    SILENT = "silent"  # the station's devices have been silent: nobody knows whether it is open
    SENSED = "sensed"  # stated by a device, without an effect


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """One status, its reason, how long it holds unless a new report comes, and how many riders report it.

    ``reason`` is a template for ``params``; the param ``facility`` holds a facility's code.
    """

    state: LiveState
    since: datetime
    until: datetime
    reason: str
    params: MessageParams
    reporters: int = 0
    facility: str = ""


def format_report_time(moment: datetime, at: datetime) -> str:
    """Format the time of a report: the time alone if it was today, else with the date."""
    civil = moment.astimezone(CIVIL_TIME)
    return f"{civil:%H:%M}" if civil.date() == civil_date(at) else f"{civil:%Y-%m-%d %H:%M}"
