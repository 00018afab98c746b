"""Demand from district totals: people or ground, spread evenly over each outline and sampled on a grid."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.coverage.demand import GROUND_UNIT, PEOPLE_UNIT, Demand
from geo.coverage.even_ground import EvenGround
from geo.coverage.outlines import area_m2, checked_outlines, sample_grid_points


def population_demand(
    outlines: gpd.GeoDataFrame, people: Mapping[str, int], spacing_m: float = 1_000.0
) -> Demand:
    """Spread the people of each outline evenly over its grid points, as whole persons.

    The points of each outline sum to its population exactly; codes without an outline are ignored.
    *Units*: people. *CRS*: WGS84. *Raises*: FaultError for invalid outlines, ValueError for outlines
    without a population or with a negative one.
    """
    checked = checked_outlines(outlines)
    codes = checked["code"].tolist()
    if lacking := [code for code in codes if code not in people]:
        raise ValueError(
            f"no population is known of {', '.join(lacking)}; give it, or leave their outlines out"
        )
    if below := [f"{code}: {people[code]}" for code in codes if not 0 <= people[code] < np.inf]:
        raise ValueError(f"the population of {', '.join(below)} is no number of people; give 0 or more")
    totals = np.array([int(people[code]) for code in codes], dtype=np.int64)
    row, points = sample_grid_points(checked, spacing_m)
    weight = _whole_shares(row, totals)
    return Demand(points, weight, PEOPLE_UNIT, _codes(checked)[row], even_ground=_even_ground(checked))


def area_demand(outlines: gpd.GeoDataFrame, spacing_m: float = 1_000.0) -> Demand:
    """Spread the ground of each outline evenly over its grid points; they sum to its geodesic area.

    *Units*: square metres. *CRS*: WGS84. *Raises*: FaultError for invalid outlines.
    """
    checked = checked_outlines(outlines)
    row, points = sample_grid_points(checked, spacing_m)
    count = np.bincount(row, minlength=len(checked))
    weight = (area_m2(checked.geometry) / count)[row]
    return Demand(points, weight, GROUND_UNIT, _codes(checked)[row], even_ground=_even_ground(checked))


def _even_ground(outlines: gpd.GeoDataFrame) -> EvenGround:
    return EvenGround(np.asarray(outlines.geometry), tuple(outlines["code"]))


def _codes(outlines: gpd.GeoDataFrame) -> NDArray[np.object_]:
    return np.array([*outlines["code"], None], dtype=object)[:-1]


def _whole_shares(row: NDArray[np.intp], totals: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return whole numbers for the samples of each row, which sum to the row's total.

    Within a row they differ by at most 1. Sums of whole numbers don't depend on their order, so every caller
    gets the same sum. *Shape*: (n,) ascending, (rows,) to (n,).
    """
    count = np.bincount(row, minlength=len(totals))
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    whole, n = totals[row], count[row]
    return ((within + 1) * whole // n - within * whole // n).astype(np.float64)
