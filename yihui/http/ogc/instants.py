"""The instant meant by the ``datetime`` parameter; all features of a response describe one instant."""

import re
from datetime import UTC, date, datetime, time, timedelta

from core.civil_time import CIVIL_TIME
from yihui.runtime.arguments import is_in_supported_years

_OPEN = ("", "..")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+ -]\d{2}:\d{2})")


def parse_datetime_parameter(asked: str | None, now: datetime) -> datetime:
    """Return the instant itself; for an interval, its instant nearest to now; for None, the current minute.

    A bare date is the civil day in Asia/Shanghai. *Raises*: ValueError for a text that is neither instant,
    day nor interval (RFC 3339; OGC 17-069r4, 7.15.4), for a year out of range, or for an interval that ends
    before it begins.
    """
    minute = now.replace(second=0, microsecond=0)
    if asked is None:
        return minute
    first, _, last = asked.partition("/") if "/" in asked else (asked, "", asked)
    begin = None if first in _OPEN and "/" in asked else _bounds(first)[0]
    end = None if last in _OPEN and "/" in asked else _bounds(last)[1]
    if begin is not None and end is not None and end < begin:
        raise ValueError(f"{asked} ends before it begins")
    if begin is not None and minute < begin:
        return begin
    return end if end is not None and end < minute else minute


def _bounds(text: str) -> tuple[datetime, datetime]:
    """Return the first and the last instant of a date; for an instant, the instant twice."""
    if _DATE.fullmatch(text):
        start = datetime.combine(date.fromisoformat(text), time(), CIVIL_TIME)
        return _check_range(start), _check_range(start + timedelta(days=1, seconds=-1))
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{text} is no instant")
    moment = datetime.fromisoformat(
        re.sub(r" (\d\d:\d\d)$", r"+\1", text.upper())
    )  # an unescaped + arrives as a space
    return _check_range(moment), _check_range(moment)


def _check_range(moment: datetime) -> datetime:
    if not is_in_supported_years(moment):
        raise ValueError(f"{moment} is too far away")
    return moment.astimezone(UTC)


def format_instant(at: datetime) -> str:
    """Format an instant in Beijing time, as features carry it: 2026-11-20T10:00:00+08:00."""
    return at.astimezone(CIVIL_TIME).isoformat()
