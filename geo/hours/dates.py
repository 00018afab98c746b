"""The plan of a date, the state of its minutes, and why: with holidays and make-up days of a work-day table.

And the days on which a station opens: other hours for them, and what a text says of the days off.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum, auto
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.calendars import Calendar, WorkdayTable, workday_table
from core.text_marks import N_
from geo.hours.day_selector import SATURDAY, Day, DayKind
from geo.hours.phrase import PUBLIC_HOLIDAY, HoursPhrase, parse_hours
from geo.hours.spells import CLOSED, OPEN, UNKNOWN
from geo.hours.timetable import (
    DAY_MINUTES,
    UNKNOWN_PLAN,
    DayPlan,
    Timetable,
    minute_bits,
    plan_on_day_off,
    plan_on_make_up_day,
)
from geo.hours.words import DayClass

if TYPE_CHECKING:
    from opening_hours import OpeningHours


_DAYS_OF_OSM = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
NO_TABLE = N_("no work-day table for {year}")
NO_CALENDAR = N_("the hours name work-days or holidays, and the place names no calendar")
NO_HOLIDAYS = N_("the text names weekdays, the day may be a public holiday, and the place names no calendar")
DAY_OFF = N_("that day is a public holiday; the text names weekdays only and not what holds on holidays")
MAKE_UP_DAY = N_(
    "that day is a make-up work-day; the text names weekdays only and not what holds on such days"
)
NOT_STATED = N_("the text does not say what holds at this time")
USUAL_HOURS_ON_HOLIDAY = N_("by the usual hours, which may differ on the holiday")
_NONE: Mapping[str, str] = {}
_BY_KIND = {DayKind.DAY_OFF: DAY_OFF, DayKind.MAKE_UP: MAKE_UP_DAY}


@lru_cache(maxsize=4096)
def build_day(day: date, table: WorkdayTable | None = None) -> Day:
    """Return the properties of a date that phrases refer to. Without a table no day is a holiday or a make-up day."""
    following = (day + timedelta(days=7)).month != day.month
    weeks_left = next(n for n in range(1, 6) if (day + timedelta(days=7 * n)).month != day.month)
    nth = frozenset({(day.day - 1) // 7 + 1, -1 if following else -weeks_left})
    plain = Day(day.weekday(), (day.month, day.day), nth, on=day)
    return plain if table is None else _in_table(plain, day, table)


def _in_table(plain: Day, day: date, table: WorkdayTable) -> Day:
    kind = DayKind.DAY_OFF if day in table.days_off else DayKind.NORMAL
    tomorrow = day + timedelta(days=1)
    return replace(
        plain,
        kind=DayKind.MAKE_UP if day in table.makeup_days else kind,
        spring=table.is_near_spring_festival(day),
        is_eve=tomorrow in table.days_off or (tomorrow.month, tomorrow.day) == (1, 1),
        near=frozenset(DayClass(f.value) for f in table.festivals_near(day)),
        feasts=frozenset(DayClass(f.value) for f in table.fixed_festivals(day)),
        off_before=table.weekdays_off_before(day),
        unsure=table.is_unsure(day),
    )


def plan_of_date(
    timetable: Timetable, day: date, table: WorkdayTable | None, *, at_word: bool = False
) -> DayPlan:
    """Return the plan of a date within its 24 hours, including the end of the night before.

    ``at_word``: weekdays hold on days off and make-up days too.
    """
    plan_of = timetable.plan_at_word if at_word else timetable.plan
    before = plan_of(build_day(day - timedelta(days=1), table))
    return plan_of(build_day(day, table)).follow_night(before)


def osm_plan_of_date(osm: str, day: date, table: WorkdayTable | None) -> DayPlan:
    """Return the plan of a date by OSM's own syntax; days off and make-up days, of which it does not speak, are in doubt.

    Where it names public holidays (PH), a day off has the plan of a holiday. Without a table the syntax holds at
    its word. So it does on the day after a doubtful one, but for the end of that one's night.
    """
    own, eve = _library_plan(osm, day), day - timedelta(days=1)
    if table is None:
        return own
    plan, night = _doubted_plan(osm, day, table), _library_plan(osm, eve)
    goes_on = bool(plan.open & 1 and night.open >> (DAY_MINUTES - 1))
    if goes_on and _doubted_plan(osm, eve, table) != night:
        _, end = next(bit_runs(plan.open))
        plan = DayPlan(plan.open & ~minute_bits(0, end), plan.unknown | minute_bits(0, end))
    return plan


def _doubted_plan(osm: str, day: date, table: WorkdayTable) -> DayPlan:
    there, own = build_day(day, table), _library_plan(osm, day)
    if not there.unsure and there.kind is DayKind.NORMAL:
        return own
    week = [_library_plan(osm, day + timedelta(days=n - day.weekday())) for n in range(7)]
    off, made_up = plan_on_day_off(own, own, week[6]), plan_on_make_up_day(own, week[:5])
    if PUBLIC_HOLIDAY.search(osm):
        off = _holiday_plan(osm, day)
    if there.unsure:
        plan = own.merge_reading(off)
        return plan.merge_reading(made_up) if day.weekday() >= SATURDAY else plan
    return off if there.kind is DayKind.DAY_OFF else made_up


def _holiday_plan(osm: str, day: date) -> DayPlan:
    """Return the plan of a public holiday; PH outranks what follows it in one reading, and not in another."""
    weekday = _DAYS_OF_OSM[day.weekday()]
    rules = osm.split(";")
    outranking = sorted(rules, key=lambda rule: bool(PUBLIC_HOLIDAY.search(rule)))
    written, outranked = (
        _library_plan(PUBLIC_HOLIDAY.sub(weekday, ";".join(order)), day) for order in (rules, outranking)
    )
    return written.merge_reading(outranked)


@lru_cache(maxsize=20_000)
def _library_plan(osm: str, day: date) -> DayPlan:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the library's wall clock
    following = midnight + timedelta(days=1)
    bits = {"open": 0, "unknown": 0, "closed": 0}
    for start, end, state, _ in _parsed(osm).intervals(midnight, following):
        first, last = (int(((x or following) - midnight) / timedelta(minutes=1)) for x in (start, end))
        bits[str(state)] |= minute_bits(first, min(last, DAY_MINUTES))
    return DayPlan(bits["open"], bits["unknown"])


@lru_cache(maxsize=20_000)
def _parsed(osm: str) -> "OpeningHours":
    from opening_hours import OpeningHours

    return OpeningHours(osm)


def bit_runs(bits: int) -> Iterator[tuple[int, int]]:
    """Yield runs of set bits as (first, one past the last)."""
    at = 0
    while bits:
        gap = (bits & -bits).bit_length() - 1
        bits >>= gap
        length = (~bits & (bits + 1)).bit_length() - 1
        yield at + gap, at + gap + length
        bits >>= length
        at += gap + length


def day_states(phrase: HoursPhrase, calendar: Calendar, day: date, *, at_word: bool = False) -> bytes:
    """Return the states of a day's minutes by the text alone. *Shape*: 1,440 codes.

    ``at_word``: the text is a notice for this very date, so its weekdays hold on days off too.
    """
    table = workday_table(calendar)
    if phrase.needs_workdays and not table.covers(day.year):
        plan = UNKNOWN_PLAN
    else:
        plan = plan_of_phrase(phrase, day, table, at_word=at_word)
    row = bytearray([CLOSED]) * DAY_MINUTES
    for code, bits in ((OPEN, plan.open), (UNKNOWN, plan.unknown)):
        for first, last in bit_runs(bits):
            row[first:last] = bytes([code]) * (last - first)
    return bytes(row)


def plan_of_phrase(
    phrase: HoursPhrase, day: date, table: WorkdayTable | None, *, at_word: bool = False
) -> DayPlan:
    """Return the plan of a date by a phrase; without a table no day is off or made up."""
    if phrase.osm is not None:
        return osm_plan_of_date(phrase.osm, day, None if at_word else table)
    if phrase.timetable is None:
        return UNKNOWN_PLAN
    return plan_of_date(phrase.timetable, day, table, at_word=at_word)


@lru_cache(maxsize=4096)
def is_ordinary(day: date) -> bool:
    """Return whether in every calendar the weekday alone decides on this day and on the night before it."""
    days = [build_day(day - timedelta(days=n), workday_table(c)) for n in (0, 1) for c in Calendar]
    return all(one.kind is DayKind.NORMAL and not one.unsure for one in days)


def is_by_usual_hours(phrase: HoursPhrase, calendar: Calendar, day: date) -> bool:
    """Return whether a day is off for 春节 or 国庆, and the hours that hold then are those that the text gives for every day."""
    table, timetable = workday_table(calendar), phrase.timetable
    if not phrase.omits & table.long_holidays(day):
        return False
    if timetable is None:
        return True
    is_special = any(one.first <= day <= one.last for one in timetable.special)
    return not is_special and not timetable.is_doubted(build_day(day, table))


def reason_for_unknown(phrase: HoursPhrase, calendar: Calendar, day: date) -> tuple[str, Mapping[str, str]]:
    """Return the template and its parameters for a date on which a phrase leaves the state unknown."""
    if not phrase.understood:
        return phrase.reason, _NONE
    if phrase.needs_workdays and not workday_table(calendar).covers(day.year):
        return _no_table(day, calendar, NO_CALENDAR)
    return _doubt(phrase, calendar, day) or (NOT_STATED, _NONE)


def _doubt(phrase: HoursPhrase, calendar: Calendar, day: date) -> tuple[str, Mapping[str, str]] | None:
    """Return the reason if the text is in doubt only because the day, or the one before, is off or made up."""
    timetable = phrase.timetable
    for one in (day, day - timedelta(days=1)):
        there = build_day(one, workday_table(calendar))
        special = there.unsure or there.kind is not DayKind.NORMAL
        if special and (timetable is None or timetable.is_doubted(there)):
            return _no_table(one, calendar, NO_HOLIDAYS) if there.unsure else (_BY_KIND[there.kind], _NONE)
    return None


def _no_table(day: date, calendar: Calendar, without_calendar: str) -> tuple[str, Mapping[str, str]]:
    if calendar is Calendar.NONE:
        return without_calendar, _NONE
    return NO_TABLE, MappingProxyType({"year": str(day.year)})


_EVERY_DAY = "每天"
_SHORT_WORDS = (_EVERY_DAY, "工作日", "周一至周五", "周一至周六", "周二至周日")
_OFF = ("", "，节假日休息", "，法定节假日休息")
_DAYS = [Day(weekday, kind=kind) for weekday, kind in product(range(7), DayKind)
         if weekday >= SATURDAY or kind is not DayKind.MAKE_UP]  # fmt: skip
_OSM_SPANS = re.compile(r"\d{1,2}:\d{2}-\d{1,2}:\d{2}(?:, ?\d{1,2}:\d{2}-\d{1,2}:\d{2})*")


def write_hours_of_open_days(text: str, hours: str) -> str:
    """Return a text with other hours on the days on which one opens: as few words as mean the same, else its weekdays.

    Every day, where the text isn't understood.
    """
    phrase = parse_hours(text)
    if phrase.osm is not None:
        written = _OSM_SPANS.sub(hours, phrase.osm)
        return written if parse_hours(written).understood else f"{_EVERY_DAY}{hours}"
    if phrase.timetable is None:
        return f"{_EVERY_DAY}{hours}"
    meant = _list_open(phrase.timetable)
    for words, off in product(_SHORT_WORDS, _OFF):
        written = f"{words}{hours}{off}"
        said = parse_hours(written).timetable
        if said is not None and _list_open(said) == meant:
            return written
    plans = [phrase.timetable.plan(Day(weekday)) for weekday in range(7)]
    named = [name for name, plan in zip("一二三四五六日", plans, strict=True) if plan.open | plan.unknown]
    days = _EVERY_DAY if len(named) in (0, 7) else "、".join(f"周{name}" for name in named)
    return f"{days}{hours}"


def _list_open(timetable: Timetable) -> list[tuple[bool, bool]]:
    """Return whether it opens surely, and perhaps, on each weekday that is ordinary, off or made up."""
    plans = map(timetable.plan, _DAYS)
    return [(bool(plan.open), bool(plan.unknown)) for plan in plans]


class DaysOff(StrEnum):
    """What a text says of the days off of holidays."""

    USUAL = auto()  # each is as its weekday
    CLOSED = auto()
    OWN = auto()  # hours of their own, or not each alike
    UNCLEAR = auto()


def classify_days_off(text: str, calendar: Calendar) -> DaysOff:
    """Return what a text says of the last known year's days off on which it would open if they were none."""
    found = set(_list_days_off(text, calendar))
    if not found or DaysOff.UNCLEAR in found:
        return DaysOff.UNCLEAR
    return found.pop() if len(found) == 1 else DaysOff.OWN


def _list_days_off(text: str, calendar: Calendar) -> Iterator[DaysOff]:
    phrase, table = parse_hours(text), workday_table(calendar)
    following = {day + timedelta(days=1) for day in table.days_off}  # on the first of a run a night may end
    for day in sorted(one for one in table.days_off & following if one.year == table.last_year):
        usual, plan = plan_of_phrase(phrase, day, None), plan_of_phrase(phrase, day, table)
        if not usual.open:
            continue
        if is_by_usual_hours(phrase, calendar, day):
            yield DaysOff.UNCLEAR
        elif plan.open == usual.open:
            yield DaysOff.USUAL
        elif plan.unknown:
            yield DaysOff.UNCLEAR
        else:
            yield DaysOff.OWN if plan.open else DaysOff.CLOSED
