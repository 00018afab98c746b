"""The choice of the H3 resolution for gaps."""

from math import sqrt

import numpy as np
from scipy.spatial import cKDTree

from geo.geodesy import Floats, geocentric_vectors

FINEST_GAP_RESOLUTION, COARSEST_GAP_RESOLUTION = 12, 5
_CELL_8_M = 920.4  # between centres of touching cells at resolution 8; √7 times as far one resolution coarser
_NEAR_ENOUGH = 0.85  # of the distance between demand points; most cells then hold one point
_KILOMETRE = 1_000.0
_ASKED = 20_000


def choose_gap_resolution(radius_m: float, spacing_m: float) -> int:
    """Return the coarsest H3 resolution whose cells lie no farther apart than half the radius.

    With such cells, few are half within reach. Cells are never finer than the spacing of the demand (1 km:
    8), so that single demand points do not become separate gaps, unless cells would then be wider than both
    a kilometre and the radius. *Units*: metres.
    """
    by_reach = next(
        (
            r
            for r in range(COARSEST_GAP_RESOLUTION, FINEST_GAP_RESOLUTION)
            if cell_spacing_m(r) <= radius_m / 2
        ),
        FINEST_GAP_RESOLUTION,
    )
    by_demand = max(
        (
            r
            for r in range(COARSEST_GAP_RESOLUTION, FINEST_GAP_RESOLUTION + 1)
            if cell_spacing_m(r) >= _NEAR_ENOUGH * spacing_m
        ),
        default=COARSEST_GAP_RESOLUTION,
    )
    widest = next(
        r
        for r in range(COARSEST_GAP_RESOLUTION, FINEST_GAP_RESOLUTION)
        if cell_spacing_m(r) <= max(radius_m, _KILOMETRE)
    )
    return max(min(by_reach, by_demand), widest)


def cell_spacing_m(resolution: int) -> float:
    """Return the mean distance between the centres of touching cells."""
    return float(_CELL_8_M * sqrt(7) ** (8 - resolution))


def demand_spacing_m(points: Floats) -> float:
    """Return the median distance from a demand point to the next one; 0 if there is only one point.

    *Shape*: (n, 2), lon, lat. *CRS*: WGS84.
    """
    distinct = np.unique(points, axis=0)
    if len(distinct) < 2:
        return 0.0
    vectors = geocentric_vectors(distinct)
    asked = vectors[:: -(-len(vectors) // _ASKED)]
    chord_m = np.asarray(cKDTree(vectors).query(asked, k=2)[0])
    return float(np.median(chord_m[:, 1]))
