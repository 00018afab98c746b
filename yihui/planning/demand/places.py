"""In which county each point of demand lies, a million of them in seconds."""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import Points
from geo.districts import Districts, Flag

Codes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Region:
    """The counties that are studied, and all of China's for what lies along the border.

    *Shape*: ``outlines`` has code, name, city, province, geometry. *CRS*: WGS84. ``area`` is the code of
    the whole, None for all of China.
    """

    outlines: gpd.GeoDataFrame
    everywhere: Callable[[], Districts]
    area: str | None = None

    def codes_of(self, points: Points) -> Codes:
        """The county of each point by the rules of `Districts`; None outside the region.

        *Shape*: (n, 2), finite, to (n,).
        """
        ordered = self.outlines.sort_values("code")
        names = np.array([*ordered["code"].astype(str), None], dtype=object)
        place = np.full(len(points), len(ordered), dtype=np.intp)
        tree = shapely.STRtree(np.asarray(ordered.geometry.values))
        point, outline = tree.query(shapely.points(points), predicate="intersects")
        np.minimum.at(place, point, outline)
        codes = names[place]
        astray = np.flatnonzero(place == len(ordered))
        if len(astray):
            codes[astray] = self._beside(points[astray])
        return codes

    def _beside(self, points: Points) -> Codes:
        """Off the coast, or in a gap between generalised outlines; not what lies in a neighbour."""
        on_earth = (np.abs(points) <= (180.0, 90.0)).all(axis=1)
        codes = np.full(len(points), None, dtype=object)
        found = Districts(self.outlines).assign(points[on_earth])
        codes[on_earth] = found.code
        near = np.flatnonzero(on_earth)[found.flag == Flag.NEAR]
        if len(near) and self.area is not None:
            own = {str(code) for code in self.outlines["code"]}
            elsewhere = [code not in own for code in self.everywhere().assign(points[near]).code]
            codes[near[np.array(elsewhere, dtype=bool)]] = None
        return codes
