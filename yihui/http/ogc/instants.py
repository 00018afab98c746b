"""The instant that ``datetime`` asks for: every feature is told as at one instant."""

import re
from datetime import UTC, date, datetime, time, timedelta

from core.civil_time import CIVIL_TIME
from yihui.runtime.arguments import is_within_reach

_OPEN = ("", "..")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+ -]\d{2}:\d{2})")


def instant_of(asked: str | None, now: datetime) -> datetime:
    """The instant itself; of an interval the one that is nearest to now; without either, this minute.

    A bare date is the civil day in Asia/Shanghai. *Raises*: ValueError for what is neither instant, day nor
    interval (RFC 3339; OGC 17-069r4, 7.15.4), for a year out of reach, or for an interval that ends before
    it begins.
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
    """The first and the last instant of a date or an instant."""
    if _DATE.fullmatch(text):
        start = datetime.combine(date.fromisoformat(text), time(), CIVIL_TIME)
        return _reached(start), _reached(start + timedelta(days=1, seconds=-1))
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{text} is no instant")
    moment = datetime.fromisoformat(
        re.sub(r" (\d\d:\d\d)$", r"+\1", text.upper())
    )  # a bare + arrives as a space
    return _reached(moment), _reached(moment)


def _reached(moment: datetime) -> datetime:
    if not is_within_reach(moment):
        raise ValueError(f"{moment} is too far away")
    return moment.astimezone(UTC)


def written(at: datetime) -> str:
    """An instant as features tell it, in the time of the place: 2026-11-20T10:00:00+08:00."""
    return at.astimezone(CIVIL_TIME).isoformat()
