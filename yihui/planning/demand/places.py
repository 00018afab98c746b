"""Find the county of each demand point; a million points take seconds."""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import Points
from geo.districts import AssignmentFlag, Districts

DistrictCodeArray = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class DemandRegion:
    """The counties of the studied area, and all districts of China for points along the border.

    *Shape*: ``outlines`` has code, name, city, province, geometry. *CRS*: WGS84. ``area`` is the code of the
    whole area, None for all of China.
    """

    outlines: gpd.GeoDataFrame
    all_districts: Callable[[], Districts]
    area: str | None = None

    def assign_counties(self, points: Points) -> DistrictCodeArray:
        """Return the county of each point by the rules of `Districts`; None outside the region.

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
            codes[astray] = self._assign_outliers(points[astray])
        return codes

    def _assign_outliers(self, points: Points) -> DistrictCodeArray:
        """Return the county of points off the coast or in gaps between generalised outlines.

        Points in a neighbouring area get None.
        """
        on_earth = (np.abs(points) <= (180.0, 90.0)).all(axis=1)
        codes = np.full(len(points), None, dtype=object)
        found = Districts(self.outlines).assign(points[on_earth])
        codes[on_earth] = found.code
        near = np.flatnonzero(on_earth)[found.flag == AssignmentFlag.NEAR]
        if len(near) and self.area is not None:
            own = {str(code) for code in self.outlines["code"]}
            elsewhere = [code not in own for code in self.all_districts().assign(points[near]).code]
            codes[near[np.array(elsewhere, dtype=bool)]] = None
        return codes
