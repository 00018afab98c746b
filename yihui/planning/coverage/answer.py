"""The answer of ``yihui plan coverage``: who has a place open within reach, by area or cell, and by the hour."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from math import isfinite, nan
from typing import Any

import pandas as pd

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.coverage.cells import cell_centres, cell_outlines, cells_from_names
from geo.coverage.hours import DAY_HOURS, HourTable, find_compared_hour, week_instants
from geo.coverage.reach import OPEN_TO_ALL
from geo.coverage.tables import CoverageFigures
from yihui.frame.cells import Choice
from yihui.planning.answer import (
    Answer,
    AnswerView,
    Column,
    Figure,
    KeyFigure,
    Sentence,
    Table,
    Unit,
    amount,
    build_area_answer,
    sentence,
    share,
    share_of,
    short_amount,
)
from yihui.planning.answer_texts import MOST_ROWS
from yihui.planning.caveats import (
    caveat_sentences,
    public_sentence,
    row_sentences,
    sample_sentences,
    street_sentences,
    township_sentences,
    zone_sentences,
)
from yihui.planning.coverage.request import CELL_LEVEL
from yihui.planning.coverage.run import CoverageResult
from yihui.planning.demand.request import is_spread_evenly
from yihui.planning.text import (
    day_text,
    demand_unit_label,
    night_text,
    week_holiday_text,
    weekday_name,
    weekday_text,
)
from yihui.runtime.language import Language

_CODE_DIGITS = 6
_COVERED = N_(
    "covered: {served} of {demand}, {share}; places of the area that are open then: {places}; and {beside} others in it or within 2 km of it"
)
_MARKED = N_("Hatched: cells of which the most is not covered.")


def build_coverage_answer(found: CoverageResult, language: Language) -> Answer:
    """Build the answer."""
    by_hour = [build_week_table(found.hours, language)] if found.order.hours and found.hours else []
    tables, view = [_table(found, language), *by_hour], partial(_view, found, language)
    return build_area_answer(
        found, _sentences(found, language), tables, view, demand_title=found.demand_title
    )


def _view(found: CoverageResult, language: Language) -> AnswerView:
    from yihui.planning.map.answer import chart_hours, draw_answer, mark_rows, open_map

    order, figures, unit = found.order, found.figures, found.demand.unit
    by_county = found.hours if order.by in ("county", CELL_LEVEL) and found.terms is None else None
    table, (scope, hours) = _table(found, language), open_map(found, language, by_county, by_township=True)
    rows = _list_drawn_cells(table.rows) if order.by == CELL_LEVEL else []
    shown = list_key_figures(figures, unit, found.tolerance, order.at, found.night_share, found.hours)
    outlines = list(cell_outlines(cells_from_names([table.rows[row]["cell"] for row in rows])))
    names = [language.render(N_("cell no. {rank}"), rank=row + 1) for row in rows]
    marks = mark_rows(table, rows, outlines, language, names=names)
    drawn = draw_answer(scope, hours, language, marks=marks, marks_are=language.translate(_MARKED))
    return AnswerView(
        order.at, shown, chart_hours(found.hours), drawn, headline=_tell_worst_night(table, order.at)
    )


def _tell_worst_night(table: Table, at: datetime) -> Sentence | str:
    """Say which area is served least by night, and how much less than then, or than by day; of one area, or of cells, nothing."""
    known = [row for row in table.rows if isfinite(row.get("night_share", nan)) and "name" in row]
    if len(known) < 2:
        return ""
    worst = min(known, key=lambda row: (row["night_share"], -row["demand"]))
    told = N_("Least by night: {name}, {night}; then {then}, {points} percentage points more")
    if find_compared_hour(at) is not None:
        told = N_("Least by night: {name}, {night}; at 10:00 {then}, {points} percentage points more")
    shares = {"night": share(worst["night_share"]), "then": share(worst["day_share"])}
    return sentence("", told, name=worst["name"], points=f"{worst['night_less']:.1f}", **shares)


def list_key_figures(
    found: CoverageFigures, unit: str, tolerance: float, at: datetime, night: float, hours: HourTable | None
) -> list[KeyFigure]:
    """List who has a place open then, and where the night is known, who has one by night and how many fewer.

    Where the asked instant is itself in the night, the night is compared with 10:00 of its day, if that is known.
    """
    told = N_("{part} of {whole}")
    both = sentence("", told, part=short_amount(found.served, unit), whole=short_amount(found.demand, unit))
    now = share_of(found.served, found.demand, tolerance)
    shown = [KeyFigure(N_("have a place open then"), now, both)]
    if not isfinite(night):
        return shown
    day, title = found.share, N_("fewer by night than then")
    if hours is not None and (compared := find_compared_hour(at)) is not None:
        day, title = float(hours.share[compared]), N_("fewer by night than at 10:00")
    points = sentence("", N_("{points} percentage points"), points=f"{100 * (day - night):.1f}")
    week = sentence("", N_("week's mean {week}"), week=share(hours.mean_share(range(24)))) if hours else ""
    less = short_amount((day - night) * found.demand, unit)
    by_night = KeyFigure(N_("in the night after, 22:00–6:00"), share(night), week)
    return [*shown, by_night, KeyFigure(title, less, points)]


def build_week_table(hours: HourTable, language: Language) -> Table:
    """Build a table of the shares of a week: the hours of the day in rows, the days in columns."""
    told = N_("Share covered by the hour in the week from {monday} on")
    title = language.render(told, monday=day_text(hours.monday, language))
    days = [Column(name, weekday_name(day, language), Unit.SHARE) for day, name in enumerate(_DAYS)]
    rows = [(f"{clock:02d}:00", *hours.share[clock::24].tolist()) for clock in range(24)]
    return Table("week", title, [Column("hour", N_("hour")), *days], rows)


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _sentences(found: CoverageResult, language: Language) -> Iterator[Sentence]:
    figures, unit = found.figures, found.demand.unit
    at = found.order.at.astimezone(CIVIL_TIME)
    usable = Choice("all", N_("usable by everybody"))
    places = public_sentence(found.usable.inside, found.access_unknown)
    if found.order.filters != OPEN_TO_ALL:
        usable = Choice("conditions", N_("usable under the conditions given"))
        places = sentence("", N_("{count} usable under the conditions given"), count=found.usable.inside)
    told = N_("{area}, {at} ({weekday}): who has a place open then and {usable} {near}; {demand}")
    moment = {"at": at, "weekday": weekday_text(at, language)}
    who = {"area": found.area_name, "near": _near(found), "demand": found.demand_title, "usable": usable}
    yield sentence("", told, **moment, **who)
    counts = {**found.usable._asdict(), "points": figures.points, "hours_unknown": found.unknown}
    served, demand = amount(figures.served, unit, found.tolerance), amount(figures.demand, unit)
    part = share_of(figures.served, figures.demand, found.tolerance)
    sums = {"served": served, "demand": demand, "share": part}
    yield sentence("covered", _COVERED, places=places, usable=usable, **sums, **counts)
    median, p90 = map(_within, (figures.median_m, figures.p90_m), found.distance_tolerances_m)
    told = N_("to the nearest such place: half {median}, nine tenths {p90}")
    yield sentence("distances", told, median=median, p90=p90)
    if found.terms is not None and figures.demand:
        straight = found.straight_served / figures.demand
        tolerance = found.tolerance / figures.demand
        yield from street_sentences(
            found.terms, figures.share, straight, tolerance=tolerance, served=found.straight_served
        )
    yield from sample_sentences(found.tolerance, max(found.distance_tolerances_m) > 0)
    spread = found.order.demand if found.order.outlines is None else ""
    yield from caveat_sentences(spread, found.unknown)
    codes = found.demand.district.tolist()
    if is_spread_evenly(spread):
        yield from zone_sentences({code[:_CODE_DIGITS] for code in codes if code})
    yield from row_sentences(found.step_m, found.table)
    if nowhere := sum(code is None for code in codes):
        yield sentence("nowhere", N_("{count} points lie in no area and are only in the sum"), count=nowhere)
    yield from township_sentences(found.townships, found.table.index.tolist(), language)
    if found.order.hours and found.hours is not None:
        told = N_(
            "{when}: {night} are covered; the week's mean{holiday} is {week}, by day (8:00–18:00) {day}"
        )
        when, holiday = night_text(found.order.at, language), week_holiday_text(found.hours.monday, language)
        week, day = (share(found.hours.mean_share(hours)) for hours in (range(24), DAY_HOURS))
        night = share(found.night_share)
        yield sentence("night", told, when=when, holiday=holiday, night=night, week=week, day=day)


def _within(far_m: float, tolerance_m: float) -> Sentence:
    """Tell a distance to the nearest place; distances above 100 km are not distinguished."""
    if isfinite(far_m):
        return sentence("", N_("within {metres} m"), metres=Figure(far_m, Unit.COUNT, "", tolerance_m))
    return sentence("", N_("beyond 100 km"), metres=far_m)


def _near(found: CoverageResult) -> Sentence:
    if found.terms is None or found.terms.within_s is None:
        return sentence("", N_("within {radius} m in a straight line"), radius=int(found.order.radius_m))
    return sentence("", N_("within {minutes} min by street"), minutes=found.terms.within_s / 60)


NIGHT_LESS = Column("night_less", N_("fewer by night (percentage points)"), Unit.POINTS)
_SHARE = Column("share", N_("share covered"), Unit.SHARE)
_NIGHT = (Column("night_share", N_("in the night after, 22:00–6:00"), Unit.SHARE), NIGHT_LESS)
_FIGURES = (
    Column("served", N_("covered"), Unit.AMOUNT),
    Column("demand", "", Unit.AMOUNT),
    Column("median_m", N_("half"), Unit.METRES),
    Column("p90_m", N_("nine tenths"), Unit.METRES),
)


def _table(found: CoverageResult, language: Language) -> Table:
    """Build a row for each area; of cells those with the most uncovered demand come first."""
    unit, name = found.demand.unit, demand_unit_label(found.demand.unit, language)
    night = _NIGHT if "night_share" in found.table else ()
    figures = [replace(one, title=one.title or name) for one in (_SHARE, *night, *_FIGURES)]
    shown = ["name", "rank", *(one.name for one in figures)]
    if night:
        shown.remove("p90_m")  # a page has room for seven columns
    if found.order.by != CELL_LEVEL:
        columns = (Column("code", N_("code")), Column("name", N_("area")), *figures)
        rows = [
            {**row, "code": str(code).ljust(_CODE_DIGITS, "0")}
            for code, row in add_night_less(found.table).to_dict("index").items()
        ]
        keys = [f"area {row['code']}" for row in rows]
        worst = "night_share" if night else "share"
        return Table("areas", N_("Coverage"), columns, rows, unit, (), shown, worst, keys)
    cells = [str(cell) for cell in found.table.index]
    centres = cell_centres(cells_from_names(cells)).round(6).tolist() if cells else []
    known = zip(cells, centres, add_night_less(found.table).to_dict("records"), strict=True)
    rows = [{**row, "cell": cell, "lon": lon, "lat": lat} for cell, (lon, lat), row in known]
    rows.sort(key=lambda row: row["served"] - row["demand"])
    for rank, row in enumerate(rows, 1):
        row["rank"] = rank
    head = (Column("cell", N_("H3 cell")), Column("rank", N_("no."), Unit.COUNT))
    columns = (*head, *figures, Column("lon"), Column("lat"))
    drawn = {row: place for place, row in enumerate(_list_drawn_cells(rows))}
    keys = [f"gap {drawn[row]}" if row in drawn else "" for row in range(len(rows))]
    title = N_("Cells, the most uncovered demand first")
    return Table("cells", title, columns, rows, unit, (), shown, "", keys)


def add_night_less(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of areas with the percentage points by which the night's share is less, where it has the night."""
    if "night_share" not in table:
        return table
    day = table["day_share"] if "day_share" in table else table["share"]
    return table.assign(night_less=100 * (day - table["night_share"]))


def _list_drawn_cells(rows: Sequence[Mapping[Any, Any]]) -> list[int]:
    """Return the rows of the cells that a map marks: of those on the page, where most are not covered."""
    return [place for place, row in enumerate(rows[:MOST_ROWS]) if 2 * row["served"] < row["demand"]]


def build_hours_table(found: CoverageResult) -> Table:
    """Build a row for each area and hour of the week."""
    hours = found.hours
    assert hours is not None, "asked for"
    names = dict(zip(found.table.index, found.table["name"], strict=True))
    shares = zip(hours.areas.index, hours.areas.to_numpy().tolist(), strict=True)
    week = [at.astimezone(CIVIL_TIME) for at in week_instants(hours.monday)]
    columns = [Column(name) for name in ("code", "name", "at", "weekday", "hour", "share")]
    rows = [
        (code.ljust(_CODE_DIGITS, "0"), names.get(code, ""), at.isoformat(), at.isoweekday(), at.hour, one)
        for code, row in shares
        for at, one in zip(week, row, strict=True)
    ]
    return Table("hours", "", columns, rows)
