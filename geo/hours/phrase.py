"""One opening-hours text and what was understood of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from geo.calendars import WorkdayTable
from geo.hours.osm import base_osm, osm_in_year
from geo.hours.reading import read_timetable
from geo.hours.timetable import Timetable
from geo.hours.tokens import NotUnderstoodError, normalise

N_ = str

NO_HOURS = N_("no hours given")
NO_TIMES = N_("the text names no hours")
ELSEWHERE = N_("the text points to hours that stand elsewhere")
NOT_UNDERSTOOD = N_("hours not understood")
OSM_REFUSED = N_("opening_hours syntax that can't be followed here")
TOO_LONG = N_("hours text too long")
_LONGEST_TEXT = 500
# Words of OSM's syntax that need a calendar, a place, or a person.
_REFUSED_OSM = ("PH", "SH", "easter", "sunrise", "sunset", "dawn", "dusk", '"', "+", "||", "week")
_TIMES = re.compile(r"\d|[一二三四五六七八九十][点时]|全天|全日|天候|无休|不打烊")
_POINTS_ELSEWHERE = re.compile(r"同|依|按|随|参照|参见|详见|配合|为准|为主|门诊时间")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a text says about opening.

    ``osm`` never names holidays. For a phrase that needs work-days it is None: its syntax differs from
    year to year, and ``osm_in`` gives it. 工作日 follows make-up work-days, 周一至周五 does not.
    周一至周五 is taken at its word, on holidays too.
    A phrase that isn't understood wholly isn't used at all: ``reason`` says why, ``unread`` shows where.
    """

    text: str
    osm: str | None
    understood: bool
    needs_workdays: bool
    reason: str = ""
    unread: str = ""
    timetable: Timetable | None = field(default=None, repr=False)

    def osm_in(self, year: int, table: WorkdayTable) -> str | None:
        """The syntax for one year with holidays and make-up days as dates.

        None if the text isn't understood, or if it needs work-days and the table lacks that year.
        """
        if self.osm is not None or self.timetable is None:
            return self.osm
        return osm_in_year(self.timetable, table, year) if table.covers(year) else None


@lru_cache(maxsize=50_000)
def read(text: str) -> Phrase:
    """What a Chinese phrase, or a text in OSM's own syntax, says about opening."""
    stripped = text.strip()
    if not stripped:
        return _not_understood(text, NO_HOURS)
    if len(stripped) > _LONGEST_TEXT:
        return _not_understood(text, TOO_LONG)
    try:
        timetable = read_timetable(stripped)
    except NotUnderstoodError as stop:
        return _as_osm(text, stripped) or _refused(text, stripped, str(stop))
    needed = timetable.needs_workdays
    return Phrase(text, None if needed else base_osm(timetable), True, needed, timetable=timetable)


def _not_understood(text: str, reason: str, unread: str = "") -> Phrase:
    return Phrase(text, None, False, False, reason, unread)


def _refused(text: str, stripped: str, stop: str) -> Phrase:
    """Why a text can't be used: it names no hours at all, or some that are read in no way or in two."""
    plain = normalise(stripped)
    if _TIMES.search(plain):
        word = _refused_osm(stripped)
        return _not_understood(text, OSM_REFUSED if word else NOT_UNDERSTOOD, word or stop)
    return _not_understood(text, ELSEWHERE if _POINTS_ELSEWHERE.search(plain) else NO_TIMES, stop)


def _refused_osm(stripped: str) -> str:
    """The word for which OSM syntax is refused, the whole text if it names no times; empty if it isn't that."""
    from opening_hours import validate

    if not stripped.isascii() or not any(c.isalpha() for c in stripped) or not validate(stripped):
        return ""
    return next((word for word in _REFUSED_OSM if word in stripped), stripped)


def _as_osm(text: str, stripped: str) -> Phrase | None:
    """The text as OSM syntax, if it is that and says times; holidays and sun times are refused."""
    from opening_hours import OpeningHours, validate

    if not stripped.isascii() or any(word in stripped for word in _REFUSED_OSM):
        return None
    if ":" not in stripped or not any(c.isalpha() for c in stripped):
        return None  # bare times are for the reader, which has refused them; days alone say no hours
    if not validate(stripped):
        return None
    warned = OpeningHours(stripped).warnings
    return None if warned else Phrase(text, stripped, True, False)


@dataclass(frozen=True, slots=True)
class Unread:
    """A text that nobody could make sense of, and for how many stations it stands."""

    text: str
    count: int
    reason: str
    unread: str


def unread(texts_with_counts: Iterable[tuple[str, int]]) -> tuple[Unread, ...]:
    """Texts not understood, most frequent first; texts that differ in form only are counted together."""
    counts: dict[str, tuple[str, int]] = {}
    for text, count in texts_with_counts:
        if not text.strip() or read(text).understood:
            continue
        first, so_far = counts.get(normalise(text), (text, 0))
        counts[normalise(text)] = (first, so_far + count)
    listed = [Unread(text, n, read(text).reason, read(text).unread) for text, n in counts.values()]
    return tuple(sorted(listed, key=lambda u: (-u.count, u.text)))
