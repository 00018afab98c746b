"""A scenario's comparison as data: what is stored of it, and what pages, workbooks and maps show."""

from collections.abc import Sequence
from math import fsum, isfinite, sqrt
from typing import TYPE_CHECKING, NotRequired

import numpy as np
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from core.civil_time import CIVIL_TIME
from geo.coverage.cells import cell_areas_m2, cell_centres, cells_at_points
from yihui.planning.demand.even_spread import is_spread_evenly
from yihui.planning.report.data import finest_area_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.gaps import Gap
    from yihui.planning.scenario.run import ScenarioComparison
    from yihui.planning.study.study import Study

# The H3 resolution of the map's cells, by the digits of the area's code: coarse enough for a page's budget.
_MAP_RESOLUTION = {2: 6, 4: 7, 6: 8}
_MOST_MAP_CELLS = 3_000
_MOST_GAPS = 20
# Open places per 10,000 people (or km² of ground): the ends of the classes; the first one has none.
ACCESS_ENDS = (0.0, 0.5, 1.0, 2.0)


class SideFigures(TypedDict):
    """The figures of one side. *Units*: demand in its own unit, metres, shares 0..1; None means no value."""

    places: int
    usable: int
    served: float
    share: float | None
    night_served: float
    night_share: float | None
    median_m: float | None
    p90_m: float | None
    lasting_gaps: int
    lasting_demand: float
    night_gaps: int
    access: float | None
    gini: float | None
    by_hour: list[float | None]  # mean of the week
    day_shares: list[float | None]  # of the day that was asked about
    access_classes: list[float]


class AreaFigures(TypedDict):
    """A county's figures on both sides."""

    code: str
    name: str
    demand: float
    today: float | None
    scenario: float | None
    night_today: float | None
    night_scenario: float | None


class GapFigures(TypedDict):
    """A gap without any place at any hour. *CRS*: WGS84."""

    district: str
    near: str
    lon: float
    lat: float
    demand: float


class CellFigures(TypedDict):
    """Cells of the map: centres, and the share served by hour of the day in tenths, one digit an hour."""

    radius_m: float  # of a circle that the cell's hexagon encloses
    points: list[tuple[float, float]]
    today: list[str]
    scenario: list[str]


class ScenarioFigures(TypedDict):
    """All that is stored of a comparison."""

    area: str
    area_name: str
    at: str
    radius_m: float
    outline: list[tuple[float, float]]  # of the drawn area; empty for the whole one
    demand_title: str
    spread_evenly: NotRequired[bool]  # the residents over each county; figures of earlier versions don't say
    unit: str
    total: float
    version: int
    is_sample: bool
    today: SideFigures
    scenario: SideFigures
    gained: float
    lost: float
    areas: list[AreaFigures]
    gaps_today: list[GapFigures]
    gaps_scenario: list[GapFigures]
    cells: CellFigures
    has_crossings: NotRequired[bool]  # crossings of the built streets name gaps; missing in older comparisons


FIGURES_ADAPTER: TypeAdapter[ScenarioFigures] = TypeAdapter(ScenarioFigures)


def scenario_figures(found: "ScenarioComparison", version: int) -> ScenarioFigures:
    """Return the figures of a comparison of the scenario's ``version``."""
    today, scenario = found.today, found.scenario
    before, after = today.now.served.mask, scenario.now.served.mask
    demand = today.demand.at(today.now.at)
    weight = demand.weight
    return {
        "area": found.order.area,
        "area_name": today.area_name,
        "at": found.order.at.astimezone(CIVIL_TIME).isoformat(timespec="minutes"),
        "radius_m": found.order.radius_m,
        "outline": list(found.order.outline),
        "demand_title": today.demand_title,
        "spread_evenly": is_spread_evenly(today.order.demand),
        "unit": today.demand.unit,
        "total": demand.total,
        "version": version,
        "is_sample": today.is_sample,
        "today": _side(today),
        "scenario": _side(scenario),
        "gained": float(weight[after & ~before].sum()),
        "lost": float(weight[before & ~after].sum()),
        "areas": _areas(today, scenario),
        "gaps_today": _gaps(today),
        "gaps_scenario": _gaps(scenario),
        "cells": _cells(today, scenario),
        "has_crossings": today.has_crossings or scenario.has_crossings,
    }


def _side(study: "Study") -> SideFigures:
    lasting = [gap for gap in study.gaps if gap.is_lasting]
    now, night = study.now.figures, study.night.figures
    return {
        "places": study.counts.total,
        "usable": study.counts.usable,
        "served": now.served,
        "share": _finite(now.share),
        "night_served": night.served,
        "night_share": _finite(night.share),
        "median_m": _finite(now.median_m),
        "p90_m": _finite(now.p90_m),
        "lasting_gaps": len(lasting),
        "lasting_demand": fsum(gap.demand for gap in lasting),
        "night_gaps": sum(not gap.is_lasting for gap in study.gaps),
        "access": _finite(study.equity.mean),
        "gini": _finite(study.equity.gini),
        "by_hour": [_finite(share) for share in study.profile.by_hour],
        "day_shares": [_finite(study.hours.share[hour]) for hour in _hours_of_the_day(study)],
        "access_classes": _access_classes(study),
    }


def _access_classes(study: "Study") -> list[float]:
    """Sum the demand by class of access: none, then up to each end, then above the last one."""
    row = np.searchsorted(np.array(ACCESS_ENDS), study.now.access, side="left")
    sums = np.bincount(row, weights=study.demand.at(study.now.at).weight, minlength=len(ACCESS_ENDS) + 1)
    return [float(one) for one in sums]


def _areas(today: "Study", scenario: "Study") -> list[AreaFigures]:
    before, after = finest_area_table(today), finest_area_table(scenario)
    return [
        {
            "code": str(code).ljust(6, "0"),
            "name": str(row["name"]),
            "demand": float(row["demand"]),
            "today": _finite(row["share"]),
            "scenario": _finite(later["share"]),
            "night_today": _finite(row["night_share"]),
            "night_scenario": _finite(later["night_share"]),
        }
        for (code, row), (_, later) in zip(before.iterrows(), after.iterrows(), strict=True)
    ]


def _gaps(study: "Study") -> list[GapFigures]:
    lasting: Sequence[Gap] = [gap for gap in study.gaps if gap.is_lasting][:_MOST_GAPS]
    return [
        {
            "district": " ".join(study.gap_places[gap.id].area),
            "near": study.gap_places[gap.id].near or "",
            "lon": round(gap.lon, 5),
            "lat": round(gap.lat, 5),
            "demand": gap.demand,
        }
        for gap in lasting
    ]


def _cells(today: "Study", scenario: "Study") -> CellFigures:
    demand = today.demand
    resolution = _MAP_RESOLUTION[min(today.areas)]
    cells, row = np.unique(cells_at_points(demand.points, resolution), return_inverse=True)
    while len(cells) > _MOST_MAP_CELLS:
        resolution -= 1
        cells, row = np.unique(cells_at_points(demand.points, resolution), return_inverse=True)
    row = row.reshape(-1)
    return {
        "radius_m": round(sqrt(float(np.median(cell_areas_m2(cells))) / sqrt(12.0))),
        "points": [(round(lon, 4), round(lat, 4)) for lon, lat in cell_centres(cells).tolist()],
        "today": _tenths_by_hour(today, row, len(cells)),
        "scenario": _tenths_by_hour(scenario, row, len(cells)),
    }


def _tenths_by_hour(study: "Study", row: "NDArray[np.intp]", cells: int) -> list[str]:
    """Return 24 digits for each cell: the tenths of its demand that are served at each hour, 9 for nine and more."""
    digits = np.zeros((24, cells), dtype=np.int64)
    for hour, hour_of_week in enumerate(_hours_of_the_day(study)):
        weight = study.demand.weight_at(hour_of_week)
        total = np.bincount(row, weights=weight, minlength=cells)
        sums = np.bincount(row, weights=weight * study.hours.served_at(hour_of_week), minlength=cells)
        share = np.divide(sums, total, out=np.zeros(cells), where=total > 0)
        # A share above 0 is never shown as 0: that digit means a gap.
        digits[hour] = np.where(share > 0, np.clip((share * 10).astype(np.int64), 1, 9), 0)
    return ["".join(map(str, column)) for column in digits.T.tolist()]


def _hours_of_the_day(study: "Study") -> range:
    """Return the hours of the week that are those of the study's day."""
    first = 24 * study.now.at.astimezone(CIVIL_TIME).weekday()
    return range(first, first + 24)


def _finite(value: float) -> float | None:
    return float(value) if isfinite(value) else None
