"""Coverage and access at one instant of a study."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.civil_time import CIVIL_TIME, civil_date
from yihui.planning.gaps.streets import GapSums
from yihui.planning.study.streets import StraightFigures
from yihui.planning.study.study import (
    NIGHT_HOUR,
    StudyMoment,
    access_denominator,
)

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.coverage.demand import Demand
    from geo.coverage.reach import Reach
    from geo.coverage.served import ServedDemand
    from geo.geodesy import Floats
    from geo.nearest.index import StationIndex
    from yihui.planning.townships import TownshipOutlines

# The H3 resolution of the maps, by the digits of the area's code.
CELL_RESOLUTION = {2: 7, 4: 8, 6: 9}


def night_instant(at: datetime) -> datetime:
    """Return 23:00 of the civil day of an instant, in UTC."""
    return datetime.combine(civil_date(at), time(NIGHT_HOUR), CIVIL_TIME).astimezone(UTC)


def build_cells_with_access(
    demand: "Demand", served: "ServedDemand", access: "Floats", resolution: int
) -> "gpd.GeoDataFrame":
    """Return the table of `geo.coverage.tables.coverage_by_cell` with the mean ``access`` of each cell's demand."""
    from geo.coverage.cells import cell_names, cells_at_points
    from geo.coverage.tables import coverage_by_cell

    table = coverage_by_cell(demand, served, resolution)
    cells, place = np.unique(cells_at_points(demand.points, resolution), return_inverse=True)
    held = np.bincount(place.reshape(-1), weights=demand.weight * access, minlength=len(cells))
    total = np.bincount(place.reshape(-1), weights=demand.weight, minlength=len(cells))
    mean = np.divide(held, total, out=np.full(len(cells), np.nan), where=total > 0)
    return table.assign(access=pd.Series(mean, index=cell_names(cells)))


def access_at(
    demand: "Demand", index: "StationIndex", at: datetime, reach: "Reach", around: "Demand | None"
) -> "Floats":
    """Return open places per `access_denominator` of the demand at an instant; 0 where none is within reach.

    The method is 2SFCA with the radius, by street if the reach is, as `yihui plan access` measures it; each place
    has capacity 1, shared by all demand within reach, also by that ``around`` the area. *Shape*: (n,).
    """
    from geo.coverage.floating import DistanceDecay
    from yihui.planning.access.catchments import find_catchments

    points, weight = demand.join_points(around)
    places = index.points[np.flatnonzero(index.passing_mask(reach.filters, at))]
    decay = DistanceDecay.binary(reach.radius_m if reach.street_m is None else reach.street_m)
    found = find_catchments(points, places, reach, decay).measure(weight, np.ones(len(places)))
    return np.asarray(np.nan_to_num(found[: len(demand)], nan=0.0) * access_denominator(demand.unit))


def measure_moment(
    demand: "Demand",
    index: "StationIndex",
    at: datetime,
    reach: "Reach",
    resolution: int,
    around: "Demand | None" = None,
) -> StudyMoment:
    """Measure coverage and access at an instant, with cells of an H3 resolution."""
    from geo.coverage.served import coverage_at
    from geo.coverage.tables import coverage_overall
    from yihui.planning.study.figures import compute_distance_bands

    served = coverage_at(demand, index, at, reach)
    access = access_at(demand, index, at, reach, around)
    figures = coverage_overall(demand, served)
    cells = build_cells_with_access(demand, served, access, resolution)
    spread = compute_distance_bands(served.nearest_m, demand.weight, figures.median_m, figures.p90_m)
    return StudyMoment(at, served, figures, spread, access, cells)


def measure_straight_figures(
    demand: "Demand",
    index: "StationIndex",
    reach: "Reach",
    moments: tuple[datetime, datetime],
    gaps: GapSums,
    levels: Sequence[int],
    townships: "TownshipOutlines | None",
    around: "Demand | None",
) -> StraightFigures:
    """Measure a study at its moment and at night, by a reach in a straight line.

    ``gaps`` are the sums of its gaps by that reach, ``levels`` the lengths of the codes of its cities and counties.
    """
    from geo.coverage.equity import compute_equity
    from geo.coverage.served import coverage_at
    from geo.coverage.tables import coverage_by_area, coverage_overall
    from geo.coverage.townships import TOWNSHIP_DIGITS

    by_day, by_night = (demand.at(when) for when in moments)
    served, night_served = (
        coverage_at(then, index, when, reach) for then, when in zip((by_day, by_night), moments, strict=True)
    )
    now, night = coverage_overall(by_day, served), coverage_overall(by_night, night_served)
    tables = [coverage_by_area(by_day, served, digits) for digits in levels]
    if townships is not None:
        tables.append(coverage_by_area(townships.locate_demand(by_day), served, TOWNSHIP_DIGITS))
    return StraightFigures(
        now.served,
        now.share,
        night.served,
        night.share,
        {str(code): float(share) for table in tables for code, share in table["share"].items()},
        gaps,
        compute_equity(access_at(by_day, index, moments[0], reach, around), by_day.weight),
    )
