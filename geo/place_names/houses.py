"""Assign house numbers to the nearest road of their name."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from geo.geodesy import Floats
from geo.place_names.junctions import Integers

HOUSE_WITHIN_DEG = 0.03  # 3 km: a number that lies farther from every road of its name belongs to none
NO_ROAD = -1


def find_nearest_roads(houses: Floats, roads: Sequence[Floats]) -> Integers:
    """Return for each house the position of the nearest road, `NO_ROAD` where none is near.

    *Shape*: (n, 2) and points along each road, (k, 2); lon, lat. *CRS*: WGS84.
    """
    if not roads or not len(houses):
        return np.full(len(houses), NO_ROAD)
    points = np.concatenate(roads)
    owner = np.repeat(np.arange(len(roads)), [len(road) for road in roads])
    flat = np.array([np.cos(np.radians(points[:, 1].mean())), 1.0])  # degrees of a meridian
    distance, at = cKDTree(points * flat).query(houses * flat, distance_upper_bound=HOUSE_WITHIN_DEG)
    return np.where(np.isfinite(distance), owner[np.minimum(at, len(owner) - 1)], NO_ROAD)
