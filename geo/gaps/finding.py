"""Find the gaps: where and when demand has no usable place within reach."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum, sqrt

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.civil_time import HOURS_A_WEEK
from geo.coverage.cells import cell_areas_m2, cell_centres, cell_names, cell_union
from geo.coverage.demand import EVERY_HOUR, Demand
from geo.coverage.outlines import area_m2
from geo.coverage.reach import Reach
from geo.coverage.served import patch_tolerance, sample_tolerance
from geo.gaps.cover import GapQuery, UnmetPoints, find_unmet_points
from geo.gaps.neighbourhoods import (
    Ground,
    NeighbourhoodSize,
    TownshipLimits,
    choose_neighbourhood_size,
    join_cells,
)
from geo.geodesy import Floats, geocentric_vectors
from geo.nearest.index import StationIndex
from geo.nearest.point_tree import Indices


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """Demand that lacks a place within reach at the same instants, in touching cells of one district.

    ``district`` is the code of its demand, or None. ``rows`` are positions in the demand that was searched,
    ``cells`` the names of the H3 cells in which they lie (and of the empty cells between them), ``geometry``
    the union of the cells and ``area_m2`` its geodesic area; every cell counts in full. ``lon`` and ``lat``
    are the demand point nearest to the gap's mean position. ``unmet`` marks the instants without a place,
    and ``unmet_demand`` is the demand that arises then: ``demand`` where it stands at every hour
    (`Demand.hour`). Gaps are ranked by its sum, ``demand_hours``. ``tolerance`` is how far the demand may be off, 19
    times in 20: its sample points know the edge, the holes and the sides towards other gaps only roughly. The same ground and hours give the same ``id``, whatever the demand and the order of the input.
    *CRS*: WGS84. *Units*: ``demand`` in that of the demand.
    """

    id: str
    district: str | None
    rows: Indices
    cells: tuple[str, ...]
    geometry: shapely.MultiPolygon
    area_m2: float
    lon: float
    lat: float
    demand: float
    unmet: NDArray[np.bool_]
    unmet_demand: Floats
    tolerance: float

    @property
    def hours(self) -> int:
        """The number of instants without a place."""
        return int(self.unmet.sum())

    @property
    def demand_hours(self) -> float:
        return fsum(self.unmet_demand)

    @property
    def is_lasting(self) -> bool:
        """Whether there is no place at any of the instants."""
        return bool(self.unmet.all())


def label_patches(cell: Indices, kind: Indices, touching: Indices) -> Indices:
    """Return the patch number of each row.

    Two rows are in one patch if they are of one kind and a chain of touching cells, all with rows of that
    kind, connects them. *Shape*: (n,) twice, positions from 0; (k, 2) pairs of cells; to (n,).
    """
    if not len(cell):
        return np.empty(0, dtype=np.intp)
    kinds = int(kind.max()) + 1
    nodes, node = np.unique(cell * kinds + kind, return_inverse=True)
    one, other = _edges(nodes, kinds, touching)
    joined = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(nodes), len(nodes)))
    label: NDArray[np.int32] = connected_components(joined, directed=False)[1]
    return label[node].astype(np.intp)


def _edges(nodes: Indices, kinds: int, touching: Indices) -> tuple[Indices, Indices]:
    """Return the pairs of nodes (cell and kind) that have the same kind and touching cells."""
    first = np.searchsorted(nodes, touching[:, 0] * kinds)
    count = np.searchsorted(nodes, (touching[:, 0] + 1) * kinds) - first
    pair = np.repeat(np.arange(len(touching)), count)
    one = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[pair]
    wanted = nodes[one] % kinds + touching[pair, 1] * kinds
    other = np.minimum(np.searchsorted(nodes, wanted), len(nodes) - 1)
    met = nodes[other] == wanted
    return one[met], other[met]


_ID_BYTES = 5


def compute_gaps(
    demand: Demand,
    index: StationIndex,
    reach: Reach,
    instants: Sequence[datetime],
    *,
    resolution: int | None = None,
    size: NeighbourhoodSize | None = None,
    limits: TownshipLimits | None = None,
) -> tuple[Gap, ...]:
    """Return the gaps of a demand at some instants, such as the 168 hours of a week, the heaviest first.

    A place counts if it passes ``reach.filters`` at the instant. Demand that lacks a place at exactly the
    same instants, in one district and in touching H3 cells, forms one gap, up to a ``size``: wider ground is
    cut into neighbourhoods (`choose_neighbourhood_size` where it is None), and so is ground wider than a
    township by ``limits`` (none where it is None). So ground that never has a place
    and ground that has none at night are separate gaps, and at each instant the gaps' demand sums to the
    demand without a place then. Demand of 0 forms no gap, and so does demand that arises only in hours in which
    it has a place (`Demand.hour`). Gaps are ranked by their demand summed over the instants, then by demand,
    then by id. If ``resolution`` is None, it is chosen from the radius and from how densely
    the demand lies (`choose_gap_resolution`).

    *CRS*: WGS84. *Raises*: ValueError for no instant, a naive one, or a resolution outside 0..15.

    >>> from datetime import date
    >>> from geo.coverage.hours import week_instants
    >>> from geo.station import Access, Kind, Station
    >>> rest = Station(
    ...     id="1", name="驿站", kind=Kind.OUTDOOR_STATION, lon=117.01, lat=36.61, hours_text="6:00-22:00",
    ...     access=Access.PUBLIC,
    ... )
    >>> riders = Demand.from_points([(117.01, 36.61), (117.012, 36.61)], [60, 20], "riders")
    >>> (night,) = compute_gaps(riders, StationIndex.build([rest]), Reach(radius_m=500), week_instants(date(2026, 9, 7)))
    >>> night.demand, night.hours, night.is_lasting
    (80.0, 56, False)
    """
    if not instants:
        raise ValueError("gaps are asked for at no instant; give one at least")
    if not len(demand):
        return ()
    fineness = default_gap_resolution(demand, reach) if resolution is None else resolution
    asked = GapQuery(index, reach, instants)
    found = find_unmet_points(demand, asked, fineness)
    label = label_patches(found.cell, _kinds(demand, found), found.touching)
    most = size or choose_neighbourhood_size(reach.radius_m, demand.unit)
    label = _cut_patches(demand, found, label, most, limits)
    made = _build_gaps(demand, found, label, asked.hours)
    return tuple(sorted(made, key=lambda gap: (-gap.demand_hours, -gap.demand, gap.id)))


def default_gap_resolution(demand: Demand, reach: Reach) -> int:
    """Return the resolution that `compute_gaps` uses if none is given."""
    return choose_gap_resolution(reach.radius_m, demand.spacing_m)


def _kinds(demand: Demand, found: UnmetPoints) -> Indices:
    """Number the rows so that those of one district with the same instants share a number."""
    district = pd.factorize(demand.district[found.row])[0]
    hours = pd.factorize(
        np.ascontiguousarray(found.bits).view(f"V{found.bits.shape[1]}").ravel().astype(object)
    )[0]
    return np.asarray(hours * (district.max(initial=0) + 2) + district + 1, dtype=np.intp)


def _cut_patches(
    demand: Demand, found: UnmetPoints, label: Indices, size: NeighbourhoodSize, limits: TownshipLimits | None
) -> Indices:
    """Cut the patches that are larger than the size or a township; return each row's part. *Shape*: (n,) to (n,)."""
    if not len(label):
        return label
    patches = int(label.max()) + 1
    nodes, node = np.unique(found.cell * patches + label, return_inverse=True)
    cell, patch = np.divmod(nodes, patches)
    area = cell_areas_m2(found.cells.tolist())[cell]
    weight = np.where(found.is_demand, demand.weight[found.row], 0.0)
    people: Floats = np.bincount(node, weight, len(nodes)).astype(np.float64).round(6)
    most_m2 = np.full(len(nodes), size.area_m2)
    if limits is not None:  # a patch lies in one district, so that its nodes have one limit
        most_m2[node] = np.minimum(size.area_m2, limits.limit_areas_m2(demand.district[found.row]))
    wide = np.bincount(patch, area / most_m2) > 1
    wide |= np.bincount(patch, people) > size.demand
    kept = np.flatnonzero(wide[patch])  # nodes to cut
    if not len(kept):
        return label
    ground = Ground(
        cells=found.cells[cell[kept]],
        area_m2=area[kept],
        demand=people[kept],
        vectors=geocentric_vectors(cell_centres(found.cells[cell[kept]].tolist())),
        touching=np.column_stack(_edges(nodes[kept], patches, found.touching)),
    )
    part = patch.copy()
    part[kept] = patches + join_cells(ground, size, most_m2[kept])
    return np.asarray(np.unique(part[node], return_inverse=True)[1], dtype=np.intp)


def _build_gaps(
    demand: Demand, found: UnmetPoints, label: Indices, hours: NDArray[np.int16]
) -> Iterable[Gap]:
    if not len(label):
        return
    order = np.argsort(label, kind="stable")
    begins = np.flatnonzero(np.diff(label[order], prepend=-1))
    lacking = np.unpackbits(found.bits[order[begins]], axis=1, count=len(hours)).astype(bool)
    part_of, unmet_rows = np.full(len(demand), -1, dtype=np.intp), found.row[found.is_demand]
    part_of[unmet_rows] = label[found.is_demand]
    is_cut = np.zeros(len(demand), dtype=np.bool_)
    around = part_of[demand.beside[unmet_rows]]
    is_cut[unmet_rows] = (around != part_of[unmet_rows, np.newaxis]).any(axis=1)
    for part, unmet in zip(np.split(order, begins[1:]), lacking, strict=True):
        rows = found.row[part[found.is_demand[part]]]
        total = fsum(demand.weight[rows])
        if total > 0:
            arising = np.where(unmet, _demand_in_hours(demand.select(rows), total)[hours], 0.0)
            tolerance = max(
                total * patch_tolerance(len(rows)), sample_tolerance(demand.weight[rows], is_cut[rows])
            )
            yield _gap(demand, rows, _cells_of_part(found, part), (unmet, arising), tolerance)


def _demand_in_hours(demand: Demand, total: float) -> Floats:
    """Return the demand in each hour of the week; ``total`` is its mean. *Shape*: (168,)."""
    if demand.hour is None:
        return np.full(HOURS_A_WEEK, total)
    always = demand.hour == EVERY_HOUR
    arising = np.bincount(demand.hour[~always], demand.weight_in_hour[~always], HOURS_A_WEEK)
    return np.asarray(fsum(demand.weight[always]) + arising)


def _cells_of_part(found: UnmetPoints, part: Indices) -> list[int]:
    """Return the cells of some rows, ascending."""
    numbers: list[int] = found.cells[np.unique(found.cell[part])].tolist()
    return numbers


def _gap(
    demand: Demand,
    rows: Indices,
    cells: list[int],
    lacking: tuple[NDArray[np.bool_], Floats],
    tolerance: float,
) -> Gap:
    unmet, unmet_demand = lacking
    district = demand.district[rows[0]]
    names, ground = tuple(cell_names(cells)), cell_union(cells)
    lon, lat = demand.points[_middle(demand.points[rows], demand.weight[rows], rows)].tolist()
    return Gap(
        id=_id(district, names, unmet),
        district=district,
        rows=rows,
        cells=names,
        geometry=ground,
        area_m2=float(area_m2([ground])[0]),
        lon=lon,
        lat=lat,
        demand=fsum(demand.weight[rows]),
        unmet=unmet,
        unmet_demand=unmet_demand,
        tolerance=tolerance,
    )


def _middle(points: Floats, weight: Floats, rows: Indices) -> int:
    """Return the row nearest to the mean position of the demand, the first of several."""
    vectors = geocentric_vectors(points)
    middle = np.average(vectors, axis=0, weights=weight)
    return int(rows[np.argmin(np.square(vectors - middle).sum(axis=1))])


def _id(district: str | None, cells: Sequence[str], unmet: NDArray[np.bool_]) -> str:
    said = "|".join((district or "", ",".join(cells), np.packbits(unmet).tobytes().hex()))
    return "G" + hashlib.blake2b(said.encode(), digest_size=_ID_BYTES).hexdigest()


FINEST_GAP_RESOLUTION, COARSEST_GAP_RESOLUTION = 12, 5
_CELL_8_M = 920.4  # between centres of touching cells at resolution 8; √7 times as far one resolution coarser
_NEAR_ENOUGH = 0.85  # of the distance between demand points; most cells then hold one point
_KILOMETRE = 1_000.0


def choose_gap_resolution(radius_m: float, spacing_m: float) -> int:
    """Return the coarsest H3 resolution whose cells lie no farther apart than half the radius.

    With such cells, few are half within reach. Cells are never finer than the spacing of the demand (1 km:
    8), so that single demand points do not become separate gaps, unless cells would then be wider than both
    a kilometre and the radius. *Units*: metres.
    """
    levels = {r: cell_spacing_m(r) for r in range(COARSEST_GAP_RESOLUTION, FINEST_GAP_RESOLUTION + 1)}
    apart_m = _NEAR_ENOUGH * spacing_m
    by_reach = next((r for r, metres in levels.items() if metres <= radius_m / 2), FINEST_GAP_RESOLUTION)
    by_demand = max((r for r, metres in levels.items() if metres >= apart_m), default=COARSEST_GAP_RESOLUTION)
    widest = next(r for r, metres in levels.items() if metres <= max(radius_m, _KILOMETRE))
    return max(min(by_reach, by_demand), widest)


def cell_spacing_m(resolution: int) -> float:
    """Return the mean distance between the centres of touching cells."""
    return float(_CELL_8_M * sqrt(7) ** (8 - resolution))
