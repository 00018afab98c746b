"""Tables of coverage by area, by cell and by distance, the overall figures, and counts of an area's stations."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.cells import (
    cell_names,
    cell_outlines,
    cells_at_points,
    cells_from_names,
    neighbouring_cells,
)
from geo.coverage.demand import Demand, assign_areas
from geo.coverage.reach import OPEN_TO_ALL
from geo.coverage.served import ServedDemand
from geo.geodesy import Floats
from geo.hours import STATES_BY_CODE
from geo.nearest.index import StationIndex
from geo.station import Access, Station, Status


@dataclass(frozen=True, slots=True)
class CoverageFigures:
    """One row of a coverage table.

    ``median_m`` and ``p90_m`` are the distances to the nearest open, usable place within which half and nine
    tenths of the demand lie: infinite where it is more than 100 km for them. They and ``share`` are NaN
    without demand. *Units*: metres, shares 0..1, demand in its own unit.
    """

    points: int
    demand: float
    served: float
    share: float
    median_m: float
    p90_m: float


def coverage_overall(demand: Demand, served: ServedDemand) -> CoverageFigures:
    """Compute the figures of all demand, including points outside every area."""
    reached, total = demand.sum_served(served.share), demand.total
    return CoverageFigures(
        points=len(demand),
        demand=total,
        served=reached,
        share=reached / total if total else float("nan"),
        median_m=quantile_by_weight(served.nearest_m, demand.weight, 0.5),
        p90_m=quantile_by_weight(served.nearest_m, demand.weight, 0.9),
    )


def coverage_by_area(demand: Demand, served: ServedDemand, digits: int = 6) -> pd.DataFrame:
    """Compute the figures of each area, indexed by the first digits of its code (`AREA_CODE_DIGITS`).

    ``digits`` is 2, 4, 6, 9 or 12. Points outside every area are left out. *Shape*: one row for each area
    with a point; columns as `CoverageFigures`. *Raises*: ValueError for other digits, or shorter codes.
    """
    area, codes = assign_areas(demand, digits)
    if demand.even_ground is not None and not demand.even_ground.has_level(digits):
        served = replace(served, ground_share=None)
    return figures_by_group(demand, served, area, pd.Index(codes, dtype=object, name="code"))


def coverage_by_cell(
    demand: Demand, served: ServedDemand, resolution: int = 7, access: Floats | None = None
) -> gpd.GeoDataFrame:
    """Compute the figures of each H3 cell with a point, indexed by its name, with its outline.

    ``access`` of the points, if there is any, gets a column with its mean. *Shape*: (n,).

    *CRS*: WGS84. *Raises*: ValueError for a resolution outside 0..15.
    """
    served = replace(served, ground_share=None)
    cells, place = np.unique(cells_at_points(demand.points, resolution), return_inverse=True)
    table = figures_by_group(
        demand, served, place.reshape(-1), pd.Index(cell_names(cells), dtype=object, name="cell")
    )
    if access is not None:
        held, total = (
            np.bincount(place.reshape(-1), weights=weight, minlength=len(cells))
            for weight in (demand.weight * access, demand.weight)
        )
        table["access"] = np.divide(held, total, out=np.full(len(cells), np.nan), where=total > 0)
    return gpd.GeoDataFrame(table, geometry=cell_outlines(cells), crs="EPSG:4326")


_AROUND = 3  # neighbours of a cell that lies between others, at least one more


def fill_holes(cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the cells that lie between others and that no sample point hit, with the mean of those around them."""
    known, rows_around = cells_from_names(cells["cell"].tolist()).tolist(), defaultdict[int, list[int]](list)
    for row, cell in enumerate(known):
        for other in neighbouring_cells(cell):
            rows_around[other].append(row)
    holes = {one: rows for one in rows_around.keys() - set(known) if len(rows := rows_around[one]) > _AROUND}
    means = pd.DataFrame([cells.iloc[rows].mean(numeric_only=True) for rows in holes.values()])
    more = gpd.GeoDataFrame(means, geometry=cell_outlines(holes), crs=cells.crs)
    return gpd.GeoDataFrame(pd.concat([cells, more], ignore_index=True)) if holes else cells


def figures_by_group(
    demand: Demand, served: ServedDemand, place: NDArray[np.intp], names: pd.Index
) -> pd.DataFrame:
    """Compute the figures of each group of points; ``place`` is the position of a point's group in ``names``.

    Points with a position beyond the last are left out. *Shape*: (n,); columns as `CoverageFigures`.
    """
    n = len(names)
    inside = place < n
    group, weight, near = place[inside], demand.weight[inside], served.nearest_m[inside]
    total = np.bincount(group, weights=weight, minlength=n)
    served_weight: Floats = np.bincount(group, weights=weight * served.share[inside], minlength=n).astype(
        np.float64
    )
    reached = demand.round_served(served_weight)
    columns = {
        "points": np.bincount(group, minlength=n),
        "demand": total,
        "served": reached,
        "share": np.where(total > 0, reached / np.where(total > 0, total, 1.0), np.nan),
        "median_m": quantiles_by_group(group, near, weight, n, 0.5),
        "p90_m": quantiles_by_group(group, near, weight, n, 0.9),
    }
    return pd.DataFrame(columns, index=names)


_SLACK = 1e-12  # of the total; tolerance for rounding in a sum of weights


def quantile_by_weight(values: Floats, weights: Floats, share: float) -> float:
    """Return the smallest value up to which the values hold the given share of the weight.

    The result is NaN where all weights are 0. *Shape*: (n,) each; infinite values sort last.
    *Raises*: ValueError for a share outside 0..1.
    """
    return float(quantiles_by_group(np.zeros(len(values), dtype=np.intp), values, weights, 1, share)[0])


def quantiles_by_group(
    group: NDArray[np.intp], values: Floats, weights: Floats, groups: int, share: float
) -> Floats:
    """Return the weighted quantile of each group; NaN for a group without weight.

    *Shape*: (n,) each, ``group`` in 0..groups - 1, to (groups,).
    *Raises*: ValueError for a share outside 0..1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}; give 0 to 1, such as 0.9")
    weighing = weights > 0
    group, values, weights = group[weighing], values[weighing], weights[weighing]
    order = np.lexsort((values, group))
    group, values, weights = group[order], values[order], weights[order]
    first = np.searchsorted(group, np.arange(groups + 1))
    found = np.full(groups, np.nan)
    for one in np.flatnonzero(np.diff(first)).tolist():
        part = slice(first[one], first[one + 1])
        upto = np.cumsum(weights[part])
        at = np.searchsorted(upto, upto[-1] * (share - _SLACK))
        found[one] = values[part][at]
    return found


BAND_EDGES_M = (0.0, 250.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0, 100_000.0)


@dataclass(frozen=True, slots=True)
class DistanceBand:
    """Demand whose nearest place lies ``from_m <= distance < to_m``; the last band has no end."""

    from_m: float
    to_m: float
    demand: float
    share: float


def compute_distance_bands(nearest_m: Floats, weight: Floats) -> tuple[DistanceBand, ...]:
    """Sum the demand by bands of distance. *Shape*: (n,) both."""
    total = float(weight.sum())
    edges = np.array([*BAND_EDGES_M, np.inf])
    band = np.clip(np.searchsorted(edges, nearest_m, side="right") - 1, 0, len(edges) - 2)
    demand = np.bincount(band, weights=weight, minlength=len(edges) - 1)
    return tuple(
        DistanceBand(float(low), float(high), float(amount), float(amount) / total if total else 0.0)
        for low, high, amount in zip(edges, edges[1:], demand, strict=False)
    )


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """Counts of an area's places, without those closed for good.

    ``open``, ``closed`` and ``unknown`` count the placed ones by opening state at the instant. ``usable`` counts
    the open ones that are in service and not reserved for others, ``access_unknown`` those of them whose access
    nobody stated. ``verified_on`` is the date of the latest
    visit by an officer.
    """

    total: int
    unplaced: int
    by_kind: Mapping[str, int]
    open: int
    closed: int
    unknown: int
    usable: int
    access_unknown: int
    verified_on: date | None


def count_places(stations: Sequence[Station], index: StationIndex, at: datetime) -> PlaceCounts:
    """Count the stations of an area; ``index`` must hold its placed stations."""
    alive = [s for s in stations if s.status is not Status.CLOSED_FOR_GOOD]
    states = dict(zip((s.id for s in index.stations), index.states(at).tolist(), strict=True))
    placed = [s for s in alive if s.is_placed]
    held = Counter(STATES_BY_CODE[states[s.id]].value for s in placed)
    usable = [
        s for s in placed if STATES_BY_CODE[states[s.id]].value == "open" and s.access in OPEN_TO_ALL.accesses
    ]
    kinds = Counter(s.kind.value for s in alive)
    return PlaceCounts(
        total=len(alive),
        unplaced=len(alive) - len(placed),
        by_kind=dict(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))),
        open=held["open"],
        closed=held["closed"],
        unknown=held["unknown"],
        usable=len(usable),
        access_unknown=sum(s.access is Access.UNKNOWN for s in usable),
        verified_on=max((s.verified_on for s in alive if s.verified_on), default=None),
    )
