"""Where, and when, demand has no place within reach."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import fsum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.cells import names_of, union_of
from geo.coverage.demand import Demand
from geo.coverage.ground import area_m2
from geo.coverage.reach import Reach
from geo.gaps.cover import Asked, Cover, cover
from geo.gaps.gap import Gap
from geo.gaps.patches import patches
from geo.gaps.resolution import demand_spacing_m, resolution_for
from geo.geodesy import Floats, geocentric
from geo.nearest.index import StationIndex
from geo.nearest.point_tree import Indices

_ID_BYTES = 5


def gaps(
    demand: Demand,
    index: StationIndex,
    reach: Reach,
    instants: Sequence[datetime],
    *,
    resolution: int | None = None,
) -> tuple[Gap, ...]:
    """The gaps of a demand at some instants, such as the 168 hours of a week, the heaviest first.

    A place counts that passes ``reach.filters`` then. Demand that lacks one at exactly the same instants, in
    one district and in touching H3 cells, makes one gap: what never has a place and what has none at night
    are told apart, and at each instant the gaps' demand sums to the demand without a place. Demand of 0
    makes no gap. Ranked by demand times the number of instants, then by demand, then by id. ``resolution``
    is chosen from the radius and from how densely the demand lies (`resolution_for`) where it isn't given.

    *CRS*: WGS84. *Raises*: ValueError for no instant, a naive one, or a resolution outside 0..15.

    >>> from datetime import date
    >>> from geo.coverage.openness import week_of
    >>> from geo.station import Access, Kind, Station
    >>> rest = Station(
    ...     id="1", name="驿站", kind=Kind.OUTDOOR_STATION, lon=117.01, lat=36.61, hours_text="6:00-22:00",
    ...     access=Access.PUBLIC,
    ... )
    >>> riders = Demand.of([(117.01, 36.61), (117.012, 36.61)], [60, 20], "riders")
    >>> (night,) = gaps(riders, StationIndex.build([rest]), Reach(radius_m=500), week_of(date(2026, 9, 7)))
    >>> night.demand, night.hours, night.is_lasting
    (80.0, 56, False)
    """
    if not instants:
        raise ValueError("gaps are asked for at no instant; give one at least")
    if not len(demand):
        return ()
    fineness = chosen_resolution(demand, reach) if resolution is None else resolution
    found = cover(demand, Asked(index, reach, instants), fineness)
    label = patches(found.cell, _kinds(demand, found), found.touching)
    made = _made(demand, found, label, len(instants))
    return tuple(sorted(made, key=lambda gap: (-gap.demand_hours, -gap.demand, gap.id)))


def chosen_resolution(demand: Demand, reach: Reach) -> int:
    """The resolution that `gaps` takes where none is given."""
    return resolution_for(reach.radius_m, demand_spacing_m(demand.points))


def _kinds(demand: Demand, found: Cover) -> Indices:
    """Rows of one district and with the same instants have the same number."""
    district = pd.factorize(demand.district[found.row])[0]
    hours = pd.factorize(
        np.ascontiguousarray(found.bits).view(f"V{found.bits.shape[1]}").ravel().astype(object)
    )[0]
    return np.asarray(hours * (district.max(initial=0) + 2) + district + 1, dtype=np.intp)


def _made(demand: Demand, found: Cover, label: Indices, instants: int) -> Iterable[Gap]:
    if not len(label):
        return
    order = np.argsort(label, kind="stable")
    begins = np.flatnonzero(np.diff(label[order], prepend=-1))
    lacking = np.unpackbits(found.bits[order[begins]], axis=1, count=instants).astype(bool)
    for part, unmet in zip(np.split(order, begins[1:]), lacking, strict=True):
        rows = found.row[part[found.is_demand[part]]]
        total = fsum(demand.weight[rows])
        if total > 0:
            yield _gap(demand, rows, _cells_of_part(found, part), unmet, total)


def _cells_of_part(found: Cover, part: Indices) -> list[int]:
    """The cells of some rows, ascending."""
    numbers: list[int] = found.cells[np.unique(found.cell[part])].tolist()
    return numbers


def _gap(demand: Demand, rows: Indices, cells: list[int], unmet: NDArray[np.bool_], total: float) -> Gap:
    district = demand.district[rows[0]]
    names, ground = tuple(names_of(cells)), union_of(cells)
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
        demand=total,
        unmet=unmet,
    )


def _middle(points: Floats, weight: Floats, rows: Indices) -> int:
    """The row nearest to the middle of the demand, the first of several."""
    vectors = geocentric(points)
    middle = np.average(vectors, axis=0, weights=weight)
    return int(rows[np.argmin(np.square(vectors - middle).sum(axis=1))])


def _id(district: str | None, cells: Sequence[str], unmet: NDArray[np.bool_]) -> str:
    said = "|".join((district or "", ",".join(cells), np.packbits(unmet).tobytes().hex()))
    return "G" + hashlib.blake2b(said.encode(), digest_size=_ID_BYTES).hexdigest()
