"""The map of any answer: its stations, what they reach and the shares of its areas over the week, its gaps and sites."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.civil_time import monday_of
from core.text_marks import N_
from geo.coverage.hours import HourTable, coverage_by_hour
from yihui.frame.cells import cell_text
from yihui.planning.answer import Chart, Table
from yihui.planning.map.answer import build_map_view
from yihui.planning.map.areas import (
    MapScope,
    build_map_ground,
    build_map_levels,
    build_map_scope,
    build_map_week,
    locate_stations,
)
from yihui.planning.map.run import CoverageMap, MapGaps
from yihui.planning.results import AreaResult
from yihui.planning.tables import list_shown_columns
from yihui.runtime.language import Language

if TYPE_CHECKING:
    import numpy as np
    import shapely
    from numpy.typing import NDArray

    from geo.coverage.served import ServedDemand
    from maps import AreaMark, MapView, Pin

MOST_STATIONS = 12_000  # a result of more would be too large; its areas have their colours


def open_map(
    found: AreaResult[Any],
    language: Language,
    hours: "HourTable | None" = None,
    *,
    at: datetime | None = None,
    by_township: bool = False,
) -> "tuple[MapScope, HourTable | None]":
    """Return what the map of a result shows, and the coverage of its week by county: ``hours``, or measured if it can be."""
    townships = found.townships if by_township else None
    basis = (found.index, found.demand_of_week, found.reach, language, townships)
    scope = build_map_scope(found.order, at or found.order.at, *basis)
    return scope, hours or measure_hours(scope)


def measure_hours(scope: MapScope) -> "HourTable | None":
    """Return the coverage of the week by county; None by street, where it would ask for many ways."""
    if scope.reach.network is not None:
        return None
    return coverage_by_hour(scope.demand, scope.index, monday_of(scope.at), scope.reach)


def chart_hours(hours: "HourTable | None") -> Chart | None:
    """Return the chart of a week's coverage; None where it isn't known."""
    if hours is None:
        return None
    return Chart("heat", N_("Share covered by the hour of the week"), hours.share.round(4).tolist())


def mark_rows(
    table: Table,
    rows: Sequence[int],
    outlines: "Sequence[shapely.Geometry]",
    language: Language,
    hours: "Sequence[NDArray[np.bool_] | None]" = (),
    names: Sequence[str] = (),
) -> "list[AreaMark]":
    """Mark some rows of a table where they lie, each by its name, or first text, with what else a page shows of it."""
    from maps import AreaMark

    columns = [one for _, one in list_shown_columns(table, language, is_page=True)]
    heads = [language.translate(one.title) for one in columns]
    marks = []
    for number, (place, outline) in enumerate(zip(rows, outlines, strict=True)):
        first, *facts = (cell_text(one.value(table.rows[place]), language) for one in columns)
        when, name = hours[number] if hours else None, names[number] if names else first
        marks.append(AreaMark(name, outline, tuple(zip(heads[1:], facts, strict=True)), when))
    return marks


def draw_answer(
    scope: MapScope,
    hours: "HourTable | None",
    language: Language,
    gaps: MapGaps | None = None,
    pins: "Sequence[Pin]" = (),
    marks: "Sequence[AreaMark]" = (),
    marks_are: str = "",
    served: "ServedDemand | None" = None,
) -> "MapView":
    """Draw what an answer says; by street, where nothing is known of the hours, without shares and ground.

    ``marks`` stand in place of ``gaps``, ``marks_are`` says in the legend what they are; ``served`` is the coverage at that instant, if already computed.
    """
    located = zip(scope.index.stations, locate_stations(scope), strict=True)
    inside = [station for station, code in located if code]
    levels = [] if hours is None else build_map_levels(scope, served)
    is_small = len(inside) <= MOST_STATIONS
    found = CoverageMap(
        scope=scope,
        stations=inside if is_small else (),
        levels=levels,
        week=None if hours is None else build_map_week(scope, hours, levels),
        gaps=gaps or MapGaps(),
        ground=build_map_ground(scope, inside, hours) if is_small and hours is not None else None,
    )
    view = replace(build_map_view(found, language), proposals=pins)
    return replace(view, gaps=marks, gaps_found=len(marks), gaps_are=marks_are) if marks else view
