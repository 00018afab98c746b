"""The names of gaps, and their hours of the week."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from math import isfinite

from numpy.typing import ArrayLike

from core.civil_time import HOURS_A_WEEK
from core.text_marks import N_
from geo.gaps.locations import Whereabouts
from geo.gaps.week import DAYS_A_WEEK, HOURS_A_DAY, HourSpan, instants_to_week_mask, weekly_spans
from yihui.planning.text import day_text, distance_text, weekday_name
from yihui.runtime.language import Language

_HERE_WITHIN_M = 1.0
_MIN_RUN_DAYS = 3  # days in a row: 周一至周三, but 周六、周日


def gap_name(language: Language, where: Whereabouts) -> str:
    """Return the name of a gap, such as 济南市历下区，泉城广场驿站以东 2.3 公里."""
    area = language.translate(N_("{outer} {inner}"))
    named = ""
    for part in where.area:
        named = area.format(outer=named, inner=part) if named else part
    seen = _seen_from(language, where)
    return language.render(N_("{area}: {place}"), area=named, place=seen) if named and seen else named or seen


def _seen_from(language: Language, where: Whereabouts) -> str:
    if where.near is None or not isfinite(where.distance_m):
        return ""
    if where.distance_m < _HERE_WITHIN_M:
        return language.render(N_("at {place}"), place=where.near)
    bearing, distance = language.translate(where.bearing), distance_text(where.distance_m, language)
    told = N_("{distance} {bearing} of {place}")
    return language.render(told, place=where.near, bearing=bearing, distance=distance)


def week_hours_text(language: Language, week: ArrayLike) -> str:
    """Format hours of a week: 周一至周四 18:00–次日8:00；周五 18:00–下周一 8:00. *Shape*: (168,), from Monday 0:00."""
    said = (_span_text(language, span) for span in weekly_spans(week))
    return language.join_clauses(said)


def gap_times_text(language: Language, unmet: ArrayLike, instants: Sequence[datetime]) -> str:
    """Format the instants at which a gap is unmet as hours of the week; a single instant as date and time."""
    if len(instants) == 1:
        return day_text(instants[0], language)
    return week_hours_text(language, instants_to_week_mask(unmet, instants))


def _span_text(language: Language, span: HourSpan) -> str:
    if span.hours == HOURS_A_WEEK:
        return language.translate(N_("at every hour of the week"))
    days = language.format_list(_runs(language, span.days))
    if (span.start, span.hours) == (0, HOURS_A_DAY):
        return language.render(N_("{days} all day"), days=days)
    start, end = f"{span.start}:00", f"{span.end}:00"
    if span.days_later == 0:
        return language.render(N_("{days} {start}–{end}"), days=days, start=start, end=end)
    if span.days_later == 1 and span.hours <= HOURS_A_DAY:
        return language.render(N_("{days} {start}–{end} the next day"), days=days, start=start, end=end)
    return language.join_clauses(_long_text(language, span, day) for day in span.days)


def _long_text(language: Language, span: HourSpan, day: int) -> str:
    """Format a span that lasts longer than one night: 周五 18:00–下周一 8:00."""
    last = day + span.days_later
    name = weekday_name(last % DAYS_A_WEEK, language)
    until = language.render(N_("next {day}"), day=name) if last >= DAYS_A_WEEK else name
    told, start, end = N_("{day} {start} – {last} {end}"), f"{span.start}:00", f"{span.end}:00"
    return language.render(told, day=weekday_name(day, language), start=start, last=until, end=end)


def _runs(language: Language, days: Sequence[int]) -> Iterator[str]:
    breaks = [0, *(i for i, (day, after) in enumerate(pairwise(days), 1) if after != day + 1), len(days)]
    for first, end in pairwise(breaks):
        run = [weekday_name(day, language) for day in days[first:end]]
        if len(run) >= _MIN_RUN_DAYS:
            yield language.render(N_("{first_day} to {last_day}"), first_day=run[0], last_day=run[-1])
        else:
            yield from run
