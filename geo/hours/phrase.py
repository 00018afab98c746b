"""Parse one opening-hours text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from core.calendars import Festival
from core.text_marks import N_
from geo.hours.spelling import normalise_hours
from geo.hours.timetable import Timetable
from geo.hours.tokens import NotUnderstoodError
from geo.hours.words import FESTIVALS, DayClass

NO_HOURS = N_("no hours given")
NO_TIMES = N_("the text names no hours")
HOURS_ELSEWHERE = N_("the text points to hours that stand elsewhere")
HOURS_NOT_UNDERSTOOD = N_("hours not understood")
OSM_REFUSED = N_("opening_hours syntax that can't be followed here")
TOO_LONG = N_("hours text too long")
_LONGEST_TEXT = 500
# Words of OSM's syntax that depend on a calendar, a place, or a person.
_REFUSED_OSM = ("SH", "easter", "sunrise", "sunset", "dawn", "dusk", '"', "+", "||", "week")
PUBLIC_HOLIDAY = re.compile(r"\bPH\b")
# A day before or after holidays, those of some weekdays, and hours besides those of the weekday.
_REFUSED_HOLIDAYS = re.compile(r"\bPH ?(?:[+-]|[MTWFS][a-u]|\[)|\b(?:Mo|Tu|We|Th|Fr|Sa|Su) PH\b|\d, ?PH")
_ONLY_HOLIDAYS = re.compile(r"PH [^;]*(?:;|$) ?|[^;]*\boff(?:;|$) ?")
_OSM_END = re.compile(r"(?:\d:\d\d|\b(?:24/7|open|off|closed|unknown))\s*$")  # of a rule
_OSM_SPAN = re.compile(r"(\d{1,2}:\d{2})-(\d{1,2}:\d{2})")
_OSM_DEFAULT = re.compile(r"Mo-Su,? 0?0:0[01]-(?:23:59|0?0:00)(?:; ?PH .*)?")
_TIMES = re.compile(r"\d|[一二三四五六七八九十][点时]|全天|全日|天候|无休|不打烊")
# All holidays, or hours of every day of the year; not 周一休假, 暑假 or 中午无休.
_NAMES_HOLIDAYS = re.compile(r"节|(?<![休暑寒])假|国定|(?<![午间])无休|365天")
_ONE_HOLIDAY = r"(?:{})(?:节|日|期间|假期|假日|放假|长假|黄金周)*"  # 春节假期 names no other
_OTHER_HOLIDAYS = re.compile(_ONE_HOLIDAY.format("元旦|清明|五一|劳动|端午|中秋"))
_LONG_HOLIDAYS = {
    Festival.SPRING: re.compile(_ONE_HOLIDAY.format("除夕|初[一二三]|过年|年三十|春节")),
    Festival.NATIONAL: re.compile(_ONE_HOLIDAY.format("国庆|十一(?=[节假长黄期照休放不])")),
}
_OF_NO_HOLIDAY = FESTIVALS | {DayClass.SPRING, DayClass.USUAL, DayClass.OTHER}  # or of one alone
_POINTS_ELSEWHERE = re.compile(r"同|依|按|随|参照|参见|详见|配合|为准|为主|门诊时间")


@dataclass(frozen=True, slots=True)
class HoursPhrase:
    """The meaning of one opening-hours text.

    A phrase that is understood has a ``timetable`` or, where it is written in OSM's own syntax, that ``osm``.
    工作日 follows make-up work-days; 周一至周五 is unknown on days off and make-up days.
    ``is_default``: 00:00-00:00 or 0:00-23:59, which forms fill in; it counts as 24 hours, not verified.
    A phrase that isn't understood completely isn't used at all: ``reason`` states why, ``unread`` is the
    part that was not understood. ``omits``: where it gives hours of some part of the day, the long
    holidays of which it says nothing.
    """

    text: str
    understood: bool = True
    needs_workdays: bool = False
    reason: str = ""
    unread: str = ""
    timetable: Timetable | None = field(default=None, repr=False)
    osm: str | None = None
    is_default: bool = False
    is_always: bool = False
    omits: frozenset[Festival] = frozenset()


@lru_cache(maxsize=50_000)
def parse_hours(text: str) -> HoursPhrase:
    """Parse a Chinese phrase or a text in OSM's own syntax."""
    from geo.hours.reading import parse_timetable

    stripped = text.strip()
    if not stripped:
        return _not_understood(text, NO_HOURS)
    if len(stripped) > _LONGEST_TEXT:
        return _not_understood(text, TOO_LONG)
    try:
        timetable = parse_timetable(stripped)
    except NotUnderstoodError as stop:
        return _as_osm(text, stripped) or _refused(text, stripped, str(stop))
    return _build_phrase(text, timetable)


def _build_phrase(text: str, timetable: Timetable, *, is_default: bool = False) -> HoursPhrase:
    return HoursPhrase(
        text,
        needs_workdays=timetable.needs_workdays,
        timetable=timetable,
        is_default=is_default or timetable.is_default,
        is_always=timetable.is_always,
        omits=frozenset() if timetable.is_always else _omitted_holidays(timetable, normalise_hours(text)),
    )


def _omitted_holidays(timetable: Timetable, text: str) -> frozenset[Festival]:
    """Return the long holidays of which a text says nothing, neither by name nor by a word on all holidays."""
    omitted, rest = set[Festival](), _OTHER_HOLIDAYS.sub("", text)
    for holiday, names in _LONG_HOLIDAYS.items():
        rest, count = names.subn("", rest)
        if not count:
            omitted.add(holiday)
    classes = frozenset[DayClass]().union(*(days.classes for days in timetable.selectors))
    names_all = classes - _OF_NO_HOLIDAY or _NAMES_HOLIDAYS.search(rest)
    return frozenset() if names_all else frozenset(omitted)


def _not_understood(text: str, reason: str, unread: str = "") -> HoursPhrase:
    return HoursPhrase(text, understood=False, reason=reason, unread=unread)


def _refused(text: str, stripped: str, stop: str) -> HoursPhrase:
    """Return a phrase with the reason why its text can't be used.

    The text names no hours at all, or hours that can't be parsed or are ambiguous.
    """
    plain = normalise_hours(stripped)
    if _TIMES.search(plain):
        word = _refused_osm(stripped)
        return _not_understood(text, OSM_REFUSED if word else HOURS_NOT_UNDERSTOOD, word or stop)
    return _not_understood(text, HOURS_ELSEWHERE if _POINTS_ELSEWHERE.search(plain) else NO_TIMES, stop)


def _refused_osm(stripped: str) -> str:
    """Return the word for which OSM syntax is refused, or the whole text if it names no times.

    Return an empty string if the text isn't OSM syntax.
    """
    from opening_hours import validate

    if not stripped.isascii() or not any(c.isalpha() for c in stripped) or not validate(stripped):
        return ""
    return next((word for word in (*_REFUSED_OSM, "PH") if word in stripped), stripped)


def _as_osm(text: str, stripped: str) -> HoursPhrase | None:
    """Return the text as a phrase if it is OSM syntax with times; refuse holidays and sun times."""
    from opening_hours import OpeningHours, validate

    from geo.hours.reading import parse_timetable

    if not stripped.isascii() or any(word in stripped for word in _REFUSED_OSM):
        return None
    if PUBLIC_HOLIDAY.search(stripped) and not _is_clear_of_holidays(stripped):
        return None
    if not re.search(r":|\b24/7\b", stripped) or not any(c.isalpha() for c in stripped):
        return None  # the Chinese parser has refused bare times
    if not all(map(_OSM_END.search, filter(str.strip, stripped.split(";")))):
        return None  # days alone give no hours, nor do those behind which a text was cut off
    if not validate(stripped):
        return None
    if _OSM_DEFAULT.fullmatch(stripped):
        return _build_phrase(text, parse_timetable("00:00-24:00"), is_default=True)
    warned = OpeningHours(stripped).warnings
    omits = frozenset[Festival]() if PUBLIC_HOLIDAY.search(stripped) else frozenset(_LONG_HOLIDAYS)
    return None if warned else HoursPhrase(text, osm=stripped, omits=omits)


def _is_clear_of_holidays(text: str) -> bool:
    """Return whether OSM's syntax gives the hours of plain days and of public holidays, each within its day."""
    nights = any(last.zfill(5) <= first.zfill(5) or last > "24:00" for first, last in _OSM_SPAN.findall(text))
    return not nights and not _REFUSED_HOLIDAYS.search(text) and bool(_ONLY_HOLIDAYS.sub("", text).strip())


def list_unparsed_hours(texts_with_counts: Iterable[tuple[str, int]]) -> list[tuple[HoursPhrase, int]]:
    """Return the phrases that can't be parsed, each with its count, most frequent first; forms of one text count together."""
    counts: dict[str, tuple[str, int]] = {}
    for text, count in texts_with_counts:
        if not text.strip() or parse_hours(text).understood:
            continue
        first, so_far = counts.get(normalise_hours(text), (text, 0))
        counts[normalise_hours(text)] = (first, so_far + count)
    listed = sorted(counts.values(), key=lambda one: (-one[1], one[0]))
    return [(parse_hours(text), count) for text, count in listed]
