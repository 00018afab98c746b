"""Gaps on the terminal: the sums, then the heaviest gaps, each with its place, hours and demand."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from core.civil_time import CIVIL_TIME, HOURS_A_WEEK
from core.text_marks import N_
from geo.gaps.week import DAYS_A_WEEK, HOURS_A_DAY, HourSpan, weekly_spans
from yihui.planning.coverage.text import demand_or_area_text
from yihui.planning.street_text import SHARES, SHARES_IN_WORST_HOUR, reach_text, share_lines
from yihui.planning.text import (
    caveat_lines,
    demand_amount_text,
    distance_text,
    format_share,
    sample_mark,
    weekday_name,
)
from yihui.planning.townships import NO_TOWNSHIPS
from yihui.runtime.language import Language
from yihui.services.streets.current import STREETS_ATTRIBUTION

if TYPE_CHECKING:
    from geo.gaps import Gap, Whereabouts
    from yihui.planning.gaps.run import GapsResult

Table = tuple[list[str], list[list[str]]]  # headings, and rows
_HERE_WITHIN_M = 1.0
_AT_TIMES = N_("At some hours only")
_MIN_RUN_DAYS = 3  # days in a row: 周一至周三, but 周六、周日


def gap_name(language: Language, where: "Whereabouts") -> str:
    """Return the name of a gap, such as 济南市历下区，泉城广场驿站以东 2.3 公里."""
    area = language.translate(N_("{outer} {inner}"))
    named = ""
    for part in where.area:
        named = area.format(outer=named, inner=part) if named else part
    seen = _seen_from(language, where)
    return language.render(N_("{area}: {place}"), area=named, place=seen) if named and seen else named or seen


def _seen_from(language: Language, where: "Whereabouts") -> str:
    if where.near is None or not isfinite(where.distance_m):
        return ""
    if where.distance_m < _HERE_WITHIN_M:
        return language.render(N_("at {place}"), place=where.near)
    return language.render(
        N_("{distance} {bearing} of {place}"),
        place=where.near,
        bearing=language.translate(where.bearing),
        distance=distance_text(where.distance_m, language),
    )


def week_hours_text(language: Language, week: ArrayLike) -> str:
    """Format hours of a week: 周一至周四 18:00–次日8:00；周五 18:00–下周一 8:00. *Shape*: (168,), from Monday 0:00."""
    said = (_span_text(language, span) for span in weekly_spans(week))
    return language.join_clauses(said)


def gap_times_text(language: Language, unmet: ArrayLike, instants: Sequence[datetime]) -> str:
    """Format the instants at which a gap is unmet as hours of the week; a single instant as date and time."""
    if len(instants) == 1:
        return f"{instants[0].astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}"
    return week_hours_text(language, instants_to_week_mask(unmet, instants))


def instants_to_week_mask(
    unmet: ArrayLike, instants: Sequence[datetime]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Convert truth values at some instants to hours of their week. *Shape*: (n,) to (168,)."""
    week = np.zeros(HOURS_A_WEEK, dtype=bool)
    civil = [when.astimezone(CIVIL_TIME) for when in instants]
    hours = np.array([when.weekday() * HOURS_A_DAY + when.hour for when in civil], dtype=np.intp)
    week[hours[np.asarray(unmet, dtype=bool)]] = True
    return week


def area_text(language: Language, area_m2: float) -> str:
    """Format an area in square kilometres, with one decimal below 100 km²."""
    km2 = area_m2 / 1e6
    return language.render(N_("{count} km²"), count=f"{km2:,.0f}" if km2 >= 100 else f"{km2:,.1f}")


def select_listed_gaps(gaps: "Sequence[Gap]", limit: int) -> "tuple[Gap, ...]":
    """Return the gaps to list: up to ``limit`` lasting ones, then up to ``limit`` others; 0 means all."""
    lasting = [gap for gap in gaps if gap.is_lasting]
    at_times = [gap for gap in gaps if not gap.is_lasting]
    return (*lasting[: limit or None], *at_times[: limit or None])


def _span_text(language: Language, span: HourSpan) -> str:
    if span.hours == HOURS_A_WEEK:
        return language.translate(N_("at every hour of the week"))
    days = weekdays_text(language, span.days)
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
    return language.render(
        N_("{day} {start} – {last} {end}"),
        day=weekday_name(day, language),
        start=f"{span.start}:00",
        last=until,
        end=f"{span.end}:00",
    )


def weekdays_text(language: Language, days: Sequence[int]) -> str:
    """Format days of the week, 0 being Monday: 周一至周五、周日."""
    return language.format_list(_runs(language, days))


def _runs(language: Language, days: Sequence[int]) -> Iterator[str]:
    breaks = [0, *(i for i, (day, after) in enumerate(pairwise(days), 1) if after != day + 1), len(days)]
    for first, end in pairwise(breaks):
        run = [weekday_name(day, language) for day in days[first:end]]
        if len(run) >= _MIN_RUN_DAYS:
            yield language.render(N_("{first_day} to {last_day}"), first_day=run[0], last_day=run[-1])
        else:
            yield from run


def gap_period_text(found: "GapsResult", language: Language) -> str:
    """Format the examined period: an instant, a week, or some hours of a week."""
    first, clock = found.instants[0].astimezone(CIVIL_TIME), found.order.clock
    if len(found.instants) == 1:
        return f"{first:%Y-%m-%d %H:%M}"
    monday = found.instants[0].astimezone(CIVIL_TIME).date().isoformat()
    if clock is None:
        return language.render(N_("in the week from {monday} on"), monday=monday)
    text = N_("in the week from {monday} on, daily {start}:00–{end}:00")
    return language.render(text, monday=monday, start=clock[0], end=clock[1])


def gap_tables(found: "GapsResult", language: Language) -> Iterator[tuple[str, Table]]:
    """Yield the title and the table of the gaps that last, then of those at some hours; none for no such gap."""
    for title, is_lasting in ((_lasting_title(found), True), (_AT_TIMES, False)):
        if gaps := [gap for gap in found.gaps if gap.is_lasting is is_lasting]:
            yield language.translate(title), _gap_table(found, language, gaps)


def _gap_table(found: "GapsResult", language: Language, gaps: "Sequence[Gap]") -> Table:
    """Return headings and a row for each gap; the hours come last, so that their long texts widen no row."""
    titles = [N_("id"), N_("where"), N_("demand"), N_("size"), N_("lon, lat")]
    where, unit = found.whereabouts_by_id, found.demand.unit
    rows = [
        [
            gap.id,
            gap_name(language, where[gap.id]),
            demand_or_area_text(gap.demand, unit, language),
            area_text(language, gap.area_m2),
            f"{gap.lon:.4f}, {gap.lat:.4f}",
        ]
        for gap in gaps
    ]
    if not gaps[0].is_lasting:
        if len(found.instants) == HOURS_A_WEEK:
            titles.append(N_("hours a week"))
            rows = [[*row, f"{gap.hours}"] for row, gap in zip(rows, gaps, strict=True)]
        titles.append(N_("without an open place"))
        texts = (gap_times_text(language, gap.unmet, found.instants) for gap in gaps)
        rows = [[*row, text] for row, text in zip(rows, texts, strict=True)]
    return [language.translate(one) for one in titles], rows


def _lasting_title(found: "GapsResult") -> str:
    is_instant = len(found.instants) == 1
    return N_("Without an open place") if is_instant else N_("Without an open place at any of these hours")


def gap_sum_lines(found: "GapsResult", language: Language) -> Iterator[str]:
    """Yield how much demand lies in lasting gaps, and how much in those at some hours."""
    sums = found.sums
    yield _sum_text(found, language, _lasting_title(found), sums.lasting_demand, sums.lasting)
    if len(found.instants) > 1:
        yield _sum_text(found, language, _AT_TIMES, sums.at_times_demand, sums.at_times)


def gap_summary_lines(found: "GapsResult", language: Language) -> Iterator[str]:
    """Yield what was examined, the worst hour and the caveats."""
    unit, total = found.demand.unit, found.demand.total
    sample = sample_mark(found.is_sample, language)
    yield (
        language.render(
            N_("{area}, {when}: where no usable place is open within {radius}"),
            area=found.area_name,
            when=gap_period_text(found, language),
            radius=reach_text(found.order.terms, found.order.radius_m, language),
        )
        + sample
    )
    yield language.render(
        N_("Demand: {demand}, {title}"),
        demand=demand_amount_text(total, unit, language),
        title=found.demand_title,
    )
    if len(found.instants) > 1:
        yield language.render(
            N_("Worst hour: {hour}, {unmet} ({share}) without"),
            hour=_hour(found.instants[found.sums.worst.instant], language),
            unmet=demand_amount_text(found.sums.worst.unmet, unit, language),
            share=format_share(found.sums.worst.unmet_share),
        )
    yield from _straight_lines(found, language)
    yield from caveat_lines(language, found.order.demand, found.unknown)
    if found.order.outlines is None:
        known = found.townships
        yield language.translate(NO_TOWNSHIPS) if known is None else known.format_source(language)
    if found.has_crossings:
        yield language.translate(STREETS_ATTRIBUTION)


def _straight_lines(found: "GapsResult", language: Language) -> Iterator[str]:
    """Yield the figures by the straight line beside those by street."""
    streets, straight = found.order.terms, found.straight
    if streets is None or straight is None:
        return
    shares = (1 - found.sums.worst.unmet_share, 1 - straight.worst.unmet_share)
    template = SHARES if len(found.instants) == 1 else SHARES_IN_WORST_HOUR
    yield from share_lines(streets, *shares, language, template)
    unit = found.demand.unit
    yield language.render(
        N_(
            "By straight line: {lasting} without an open place in {gaps} gaps, {times} at some hours in {more}"
        ),
        lasting=demand_amount_text(straight.lasting_demand, unit, language),
        gaps=f"{straight.lasting:,}",
        times=demand_amount_text(straight.at_times_demand, unit, language),
        more=f"{straight.at_times:,}",
    )


def _hour(when: datetime, language: Language) -> str:
    civil = when.astimezone(CIVIL_TIME)
    return f"{weekday_name(civil.weekday(), language)} {civil.hour}:00"


def _sum_text(found: "GapsResult", language: Language, title: str, demand: float, count: int) -> str:
    return language.render(
        N_("{title}: {demand} ({share}) in {count} gaps"),
        title=language.translate(title),
        demand=demand_amount_text(demand, found.demand.unit, language),
        share=format_share(demand / found.demand.total),
        count=f"{count:,}",
    )
