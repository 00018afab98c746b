"""Cut wide ground into neighbourhoods, within townships, so that each gap is where somebody could build."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, pi

import numpy as np
from numpy.typing import NDArray

from geo.coverage.demand import PEOPLE_UNIT, WEIGHTED_UNIT
from geo.coverage.townships import COUNTY_DIGITS, TOWNSHIP_DIGITS, rest_code
from geo.geodesy import Floats
from geo.nearest.point_tree import Indices

# Three radii is as far as access counts a place (`geo.coverage.floating`); 50,000 residents is the smallest
# 15-minute living circle of GB 50180-2018, table 3.0.4: what one neighbourhood's facilities are planned for.
REACHES_ACROSS = 3.0
MOST_RESIDENTS = 50_000.0
_STEP = np.log(1.3)  # costs within 30 % count as equal, so that many pairs join in one round
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
# We assume this for a county without data on its townships: few townships of Shandong are larger.
UNKNOWN_TOWNSHIP_M2 = 250e6


@dataclass(frozen=True, slots=True)
class NeighbourhoodSize:
    """The most ground and the most demand of one gap; a single cell may hold more. *Units*: m²."""

    area_m2: float = inf
    demand: float = inf


def choose_neighbourhood_size(radius_m: float, unit: str) -> NeighbourhoodSize:
    """Return the size up to which touching cells form one gap.

    The ground is a circle of three radii, beyond which one place serves nobody. Residents are limited as
    well, alone or weighed beside riders; orders and searches alone are not, because no standard says how many belong together. *Units*: metres.
    *Raises*: ValueError for a radius of 0 or less. *Source*: GB 50180-2018, table 3.0.4.
    """
    if not radius_m > 0:
        raise ValueError(f"radius_m is {radius_m}; give metres above 0")
    return NeighbourhoodSize(
        pi * (REACHES_ACROSS * radius_m) ** 2, MOST_RESIDENTS if unit in (PEOPLE_UNIT, WEIGHTED_UNIT) else inf
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """Cells of one resolution: number, area, demand, place in space, and the pairs that may be joined.

    *Shape*: (n,), but ``vectors`` (n, 3) and ``touching`` (pairs, 2), positions.
    """

    cells: NDArray[np.uint64]
    area_m2: Floats
    demand: Floats
    vectors: Floats
    touching: Indices


def join_cells(ground: Ground, size: NeighbourhoodSize, most_m2: Floats | None = None) -> Indices:
    """Join touching cells to compact neighbourhoods; return each cell's neighbourhood.

    Neighbouring parts are joined, the smallest and nearest first (Ward's criterion), while both sums stay
    within the size. At the end no two that touch could be joined. Only the cells decide: ground elsewhere
    changes nothing. ``most_m2`` is the area's limit where it differs between cells; cells that may be joined have
    one limit. *Shape*: (n,), positions of cells.
    """
    limit_m2 = size.area_m2 if most_m2 is None else most_m2
    load = np.column_stack((ground.area_m2 / limit_m2, ground.demand / size.demand))
    mass, middle = load.sum(axis=1), ground.vectors.copy()
    label, pairs = np.arange(len(load)), ground.touching
    while len(pairs := pairs[(load[pairs[:, 0]] + load[pairs[:, 1]] <= 1).all(axis=1)]):
        one, other = pairs[_mutual_choices(pairs, mass, middle, ground.cells)].T
        share = (mass[other] / (mass[one] + mass[other]))[:, None]
        middle[one] += share * (middle[other] - middle[one])
        load[one] += load[other]
        mass[one] += mass[other]
        joined = np.arange(len(load))
        joined[other] = one
        label = joined[label]
        ends = np.sort(joined[pairs], axis=1)
        met = np.unique((ends[:, 0] * len(load) + ends[:, 1])[ends[:, 0] != ends[:, 1]])
        pairs = np.column_stack(np.divmod(met, len(load)))
    return label


def _mutual_choices(
    pairs: Indices, mass: Floats, middle: Floats, cells: NDArray[np.uint64]
) -> NDArray[np.bool_]:
    """Mark the pairs that are the cheapest of both their parts; equal costs are ordered by the cells' numbers."""
    one, other = pairs.T
    apart = np.square(middle[one] - middle[other]).sum(axis=1)
    cost = np.floor(np.log(mass[one] * mass[other] / (mass[one] + mass[other]) * apart) / _STEP)
    mixed = cells[one] * _MIX[0] ^ cells[other] * _MIX[1]
    turn = np.empty(len(pairs), dtype=np.intp)
    turn[np.lexsort((other, one, mixed * _MIX[0], cost))] = np.arange(len(pairs))
    cheapest = np.full(len(mass), len(pairs), dtype=np.intp)
    np.minimum.at(cheapest, one, turn)
    np.minimum.at(cheapest, other, turn)
    chosen: NDArray[np.bool_] = (cheapest[one] == turn) & (cheapest[other] == turn)
    return chosen


@dataclass(frozen=True, slots=True)
class TownshipLimits:
    """The largest township of each county whose townships are known, by the county's code.

    A gap in another county has at most ``otherwise_m2``. A gap in a known township has no limit of its own: it lies in
    that township, and only its outermost cells reach beyond the border. *Units*: m².
    """

    largest_m2: Mapping[str, float] = field(default_factory=dict)
    otherwise_m2: float = UNKNOWN_TOWNSHIP_M2

    def limit_area_m2(self, district: str | None) -> float:
        """Return the most ground of one gap in a district: a county, a township, or the rest of a county."""
        if district is None:
            return self.otherwise_m2
        if len(district) >= TOWNSHIP_DIGITS and district != rest_code(district):
            return inf
        return self.largest_m2.get(district[:COUNTY_DIGITS], self.otherwise_m2)

    def limit_areas_m2(self, districts: NDArray[np.object_]) -> Floats:
        """Return the most ground of one gap for each district. *Shape*: (n,) to (n,)."""
        known = {code: self.limit_area_m2(code) for code in set(districts.tolist())}
        return np.array([known[code] for code in districts.tolist()], dtype=np.float64)
