"""How fine the cells of gaps are."""

from math import sqrt

import numpy as np
from scipy.spatial import cKDTree

from geo.geodesy import Floats, geocentric

FINEST, COARSEST = 12, 5
_CELL_8_M = 920.4  # from one cell's middle to the next, at resolution 8; √7 times as far at the one before
_NEAR_ENOUGH = 0.85  # of the way from one demand point to the next: most cells then hold one
_KILOMETRE = 1_000.0
_ASKED = 20_000


def resolution_for(radius_m: float, spacing_m: float) -> int:
    """The coarsest H3 resolution whose cells lie no farther apart than half the radius.

    So few cells are half within reach. They are no finer than the demand lies, lest each of its points be an
    island (one a kilometre: 8), unless that would make them wider than a kilometre and than the radius.
    *Units*: metres.
    """
    by_reach = next((r for r in range(COARSEST, FINEST) if cell_spacing_m(r) <= radius_m / 2), FINEST)
    by_demand = max(
        (r for r in range(COARSEST, FINEST + 1) if cell_spacing_m(r) >= _NEAR_ENOUGH * spacing_m),
        default=COARSEST,
    )
    widest = next(r for r in range(COARSEST, FINEST) if cell_spacing_m(r) <= max(radius_m, _KILOMETRE))
    return max(min(by_reach, by_demand), widest)


def cell_spacing_m(resolution: int) -> float:
    """How far the middles of touching cells are from each other, on average."""
    return float(_CELL_8_M * sqrt(7) ** (8 - resolution))


def demand_spacing_m(points: Floats) -> float:
    """How far it usually is from one demand point to the next; 0 where there is one only.

    *Shape*: (n, 2), lon, lat. *CRS*: WGS84.
    """
    distinct = np.unique(points, axis=0)
    if len(distinct) < 2:
        return 0.0
    vectors = geocentric(distinct)
    asked = vectors[:: -(-len(vectors) // _ASKED)]
    chord_m = np.asarray(cKDTree(vectors).query(asked, k=2)[0])
    return float(np.median(chord_m[:, 1]))
