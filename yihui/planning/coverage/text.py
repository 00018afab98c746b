"""Render the result of ``yihui plan coverage`` as terminal lines, JSON and CSV."""

from collections.abc import Iterator
from math import isfinite

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT
from geo.coverage.hours import DAY_HOURS, NIGHT_HOURS
from geo.coverage.reach import OPEN_TO_ALL
from yihui.planning.coverage.request import CELL_LEVEL
from yihui.planning.coverage.run import CoverageResult
from yihui.planning.demand.even_spread import is_spread_evenly
from yihui.planning.demand.text import demand_text
from yihui.planning.street_text import share_lines
from yihui.planning.text import SPREAD_EVENLY_CAVEAT, format_share, sample_mark, weekday_name, zone_lines
from yihui.planning.townships import township_lines
from yihui.runtime.language import Language

_CODE_DIGITS = 6
_DIGITS = 6  # decimals of shares and figures
_M2_PER_KM2 = 1e6


def coverage_summary_lines(answer: CoverageResult, language: Language) -> Iterator[str]:
    """Yield the sum and its caveats."""
    yield _heading(answer, language)
    yield _sum(answer, language)
    yield _distances(answer, language)
    yield from _reservations(answer, language)


def coverage_table(answer: CoverageResult, language: Language) -> tuple[list[str], list[list[str]]]:
    """Return headings and a row for each area; of cells the ones with the most uncovered demand first."""
    table, unit = answer.table, answer.demand.unit
    if answer.order.by == CELL_LEVEL:
        missed = (table["demand"] - table["served"]).sort_values(ascending=False, kind="stable")
        table = table.loc[missed.index]
    titles = (N_("area"), N_("share covered"), N_("covered"), N_("demand"), N_("half"), N_("nine tenths"))
    rows = [
        [
            f"{_whole_code(answer, str(code))} {figures.get('name', '')}".rstrip(),
            format_share(figures["share"]),
            demand_or_area_text(figures["served"], unit, language),
            demand_or_area_text(figures["demand"], unit, language),
            nearest_distance_text(figures["median_m"], language),
            nearest_distance_text(figures["p90_m"], language),
        ]
        for code, figures in table.to_dict("index").items()
    ]
    return [language.translate(one) for one in titles], rows


def coverage_week_table(answer: CoverageResult, language: Language) -> tuple[list[str], list[list[str]]]:
    """Return the days of the week, and a row of shares for each hour of the day."""
    hours = answer.hours
    assert hours is not None, "asked for"
    head = [language.translate(N_("hour")), *(weekday_name(day, language) for day in range(7))]
    rows = [
        [f"{clock:02d}:00", *(format_share(hours.share[day * 24 + clock]) for day in range(7))]
        for clock in range(24)
    ]
    return head, rows


def _heading(answer: CoverageResult, language: Language) -> str:
    order = answer.order
    at = order.at.astimezone(CIVIL_TIME)
    weekday = weekday_name(at.weekday(), language)
    near = language.render(N_("within {radius} m in a straight line"), radius=f"{order.radius_m:,.0f}")
    if answer.terms is not None and answer.terms.within_s is not None:
        near = language.render(
            N_("within {minutes} min by street"), minutes=f"{answer.terms.within_s / 60:g}"
        )
    sample = sample_mark(answer.is_sample, language)
    heading = language.render(
        N_("{area}, {at} ({weekday}): who has a place open then and {usable} {near}; {demand}"),
        area=answer.area_name, at=f"{at:%Y-%m-%d %H:%M}", weekday=weekday, near=near, demand=answer.title,
        usable=_usable(answer, language),
    )  # fmt: skip
    return heading + sample


def _sum(answer: CoverageResult, language: Language) -> str:
    figures = answer.figures
    return language.render(
        N_(
            "covered: {served} of {demand}, {share}; places open then and {usable}: {inside} in the area, and {beside} within 2 km of it"
        ),
        served=demand_or_area_text(figures.served, answer.demand.unit, language),
        demand=demand_or_area_text(figures.demand, answer.demand.unit, language),
        share=format_share(figures.share),
        usable=_usable(answer, language),
        inside=f"{answer.usable.inside:,}",
        beside=f"{answer.usable.beside:,}",
    )


def _usable(answer: CoverageResult, language: Language) -> str:
    is_for_all = answer.order.filters == OPEN_TO_ALL
    return language.render(
        N_("usable by everybody") if is_for_all else N_("usable under the conditions given")
    )


def _distances(answer: CoverageResult, language: Language) -> str:
    return language.render(
        N_("to the nearest such place: half {median}, nine tenths {p90}"),
        median=nearest_distance_text(answer.figures.median_m, language),
        p90=nearest_distance_text(answer.figures.p90_m, language),
    )


def _reservations(answer: CoverageResult, language: Language) -> Iterator[str]:
    """Yield the figures by the straight line where the others are by street, and the caveats."""
    terms, total = answer.terms, answer.figures.demand
    if terms is not None and total:
        yield from share_lines(terms, answer.figures.share, answer.straight_served / total, language)
    if has_spread_residents(answer):
        yield language.translate(SPREAD_EVENLY_CAVEAT)
        yield from zone_lines(
            {code[:_CODE_DIGITS] for code in answer.demand.district.tolist() if code}, language
        )
    if answer.step_m is not None:
        told = N_("rows and ways are measured at sample points {metres} m apart")
        yield language.render(told, metres=f"{answer.step_m:,.0f}")
    if answer.unknown:
        told = N_("of {count} more places the hours aren't known; they count as closed")
        yield language.render(told, count=f"{answer.unknown:,}")
    nowhere = sum(code is None for code in answer.demand.district.tolist())
    if nowhere:
        yield language.render(
            N_("{count} points lie in no area and are only in the sum"), count=f"{nowhere:,}"
        )
    yield from township_lines(answer.townships, answer.table.index.tolist(), language)


def has_spread_residents(answer: CoverageResult) -> bool:
    """Return whether residents are known by county only; a user's own outlines bring finer figures."""
    return answer.order.outlines is None and is_spread_evenly(answer.order.demand)


def _whole_code(answer: CoverageResult, code: str) -> str:
    """Return an area code in the six digits of GB/T 2260, such as 370100 for 3701; a cell keeps its name."""
    return code if answer.order.by == CELL_LEVEL else code.ljust(_CODE_DIGITS, "0")


def night_sentence(answer: CoverageResult, language: Language) -> str:
    """Return a sentence on how far coverage falls after 22:00, as means of the week."""
    hours = answer.hours
    assert hours is not None, "asked for"
    day, night = hours.mean_share(DAY_HOURS), hours.mean_share(NIGHT_HOURS)
    told = N_(
        "After 22:00 coverage falls from {day} to {night} (means of the week, 8:00–18:00 and 22:00–6:00)."
    )
    if not night < day:
        told = N_(
            "After 22:00 coverage doesn't fall: {day} by day, {night} by night (means of the week, 8:00–18:00 and 22:00–6:00)."
        )
    return language.render(told, day=format_share(day), night=format_share(night))


def demand_or_area_text(value: float, unit: str, language: Language) -> str:
    """Format a demand with its unit; ground is shown in km²."""
    if unit != GROUND_UNIT:
        return demand_text(language, value, unit)
    shown = value / _M2_PER_KM2
    return language.render(N_("{count} km²"), count=f"{shown:,.0f}" if shown >= 100 else f"{shown:,.1f}")


def nearest_distance_text(value: float, language: Language) -> str:
    """Format a distance to the nearest place; distances above 100 km are not distinguished."""
    if isfinite(value):
        return language.render(N_("within {metres} m"), metres=f"{value:,.0f}")
    return language.translate(N_("beyond 100 km"))
