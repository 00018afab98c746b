"""Find districts by code, by name and by point, with rules for shared borders and for the coast."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

from geo.geodesy import Floats, checked_points

if TYPE_CHECKING:
    import geopandas as gpd  # takes a second to import, which a look-up by code does not need

NEAR_WITHIN_M = 2_000.0
NEAR_BORDER_M = 200.0  # twice the median error of the outlines
_MERCATOR_LAT = 85.0
_SUFFIXES = ("自治县", "自治旗", "林区", "特区", "新区", "区", "县", "市", "旗")


class DistrictLevel(StrEnum):
    """The administrative level of an area."""

    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"


class AssignmentFlag(StrEnum):
    """How certain the assignment of a point to a district is."""

    INSIDE = "inside"
    NEAR_BORDER = "near_border"  # inside, but the outlines are too coarse to be sure
    NEAR = "near"  # outside of all, assigned to the nearest one
    NONE = "none"


@dataclass(frozen=True, slots=True)
class District:
    """One district with the names of its city and province. ``code`` is of GB/T 2260, six digits."""

    code: str
    name: str
    city: str
    province: str


@dataclass(frozen=True, slots=True)
class AreaOutlines:
    """Areas of one level and their outlines, in order of code. *Shape*: (n,) both. *CRS*: WGS84."""

    districts: tuple[District, ...]
    geometries: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class DistrictMatches:
    """The districts of points. *Shape*: (n,) each. *Units*: metres.

    ``code`` is None where ``flag`` is none; ``distance_m`` is 0 inside, infinite for none.
    """

    code: NDArray[np.object_]
    flag: NDArray[np.object_]
    distance_m: Floats


def level_of_code(code: str) -> DistrictLevel:
    """Return the level that a code shows by its zeros: 370000, 370100, 370116."""
    if code.endswith("0000"):
        return DistrictLevel.PROVINCE
    return DistrictLevel.CITY if code.endswith("00") else DistrictLevel.DISTRICT


def area_code_prefix(area: str) -> str:
    """Return the prefix of all codes within an area: 37 for 370000, 3701 for 370100."""
    return area[
        : {DistrictLevel.PROVINCE: 2, DistrictLevel.CITY: 4, DistrictLevel.DISTRICT: 6}[level_of_code(area)]
    ]


def is_code_within(code: str, area: str) -> bool:
    """Return whether a district lies in an area, by their codes."""
    return code.startswith(area_code_prefix(area))


class Districts:
    """District outlines, indexed for look-up.

    A point on a border that several districts share belongs to the one with the lowest code. A point in
    none belongs to the nearest within 2 km (coast, gaps between generalised outlines) and is flagged;
    so is a point inside but within 200 m of the border.
    """

    __slots__ = ("_borders", "_codes", "_mercator", "_outlines", "_places", "districts")

    def __init__(self, areas: AreaOutlines) -> None:
        self.districts = areas.districts
        self._codes = np.array([d.code for d in self.districts] + [None], dtype=object)
        self._outlines = areas.geometries
        self._places = shapely.STRtree(self._outlines)
        flat = shapely.transform(self._outlines, _to_mercator)
        self._mercator = shapely.STRtree(flat)
        self._borders = shapely.boundary(flat)
        shapely.prepare(self._borders)

    @classmethod
    def from_frame(cls, frame: "gpd.GeoDataFrame") -> "Districts":
        """*CRS*: WGS84; columns code, name, city, province, geometry. *Raises*: ValueError otherwise."""
        missing = {"code", "name", "city", "province"} - set(frame.columns)
        if missing:
            raise ValueError(f"outlines lack the columns {', '.join(sorted(missing))}")
        if frame.crs is None or not frame.crs.equals("EPSG:4326", ignore_axis_order=True):
            raise ValueError(f"outlines are in {frame.crs}; give them in WGS84 (EPSG:4326)")
        ordered = frame.sort_values("code")  # so that the lowest position is the lowest code
        names = zip(*(ordered[c].astype(str) for c in ("code", "name", "city", "province")), strict=True)
        return cls(AreaOutlines(tuple(District(*row) for row in names), np.asarray(ordered.geometry.values)))

    def __len__(self) -> int:
        return len(self.districts)

    @property
    def geometries(self) -> NDArray[np.object_]:
        """The outline of each district, in the order of ``districts``. *CRS*: WGS84."""
        return self._outlines

    def assign(self, points: ArrayLike) -> DistrictMatches:
        """Return the district of each point. *Shape*: (n, 2), lon, lat. *CRS*: WGS84.

        *Raises*: ValueError for a point off the Earth.
        """
        lonlat = checked_points(points)
        nobody = len(self)
        place = self._containing(lonlat)
        distance_m = np.where(place < nobody, 0.0, np.inf)
        flag = np.array([AssignmentFlag.NONE, AssignmentFlag.INSIDE], dtype=object)[
            (place < nobody).astype(int)
        ]
        inside = np.flatnonzero(place < nobody)
        flag[inside[self._is_near_border(lonlat[inside], place[inside])]] = AssignmentFlag.NEAR_BORDER
        outside = np.flatnonzero((place == nobody) & (np.abs(lonlat[:, 1]) < _MERCATOR_LAT))
        nearest, metres = self._nearest(lonlat[outside])
        place[outside], distance_m[outside] = nearest, metres
        flag[outside[nearest < nobody]] = AssignmentFlag.NEAR
        return DistrictMatches(self._codes[place], flag, distance_m)

    def signed_distance_m(self, points: ArrayLike, codes: Sequence[str | None]) -> Floats:
        """Return the distance of each point from the border of its stated district; negative inside.

        *Shape*: (n, 2), lon, lat, and (n,) to (n,); NaN where there is no such district. *CRS*: WGS84.
        *Units*: metres, good to a percent within 100 km. *Raises*: ValueError for a point off the
        Earth.
        """
        lonlat = checked_points(points)
        where = {district.code: place for place, district in enumerate(self.districts)}
        place = np.array([where.get(code or "", len(self)) for code in codes], dtype=np.intp)
        metres = np.full(len(lonlat), np.nan)
        known = np.flatnonzero((place < len(self)) & (np.abs(lonlat[:, 1]) < _MERCATOR_LAT))
        flat = np.asarray(shapely.points(_to_mercator(lonlat[known])))
        from_border = shapely.distance(self._borders[place[known]], flat)
        outside = shapely.disjoint(self._mercator.geometries[place[known]], flat)
        metres[known] = np.where(outside, from_border, -from_border) / _mercator_scale(lonlat[known, 1])
        return metres

    def find_by_name(self, name: str, within: str | None = None) -> tuple[District, ...]:
        """Find the districts of a name, optionally in an area given by its code.

        There may be none or several: 市中区 is found in two cities of Shandong. 历下 finds 历下区 too.
        """
        wanted = name.strip()
        near = [d for d in self.districts if within is None or is_code_within(d.code, within)]
        exact = tuple(d for d in near if d.name == wanted)
        return exact or tuple(d for d in near if _bare(d.name) == wanted and wanted)

    def find_by_code(self, code: str) -> District | None:
        """Return the district with this code, or None."""
        at = bisect_left(self.districts, code, key=attrgetter("code"))
        return self.districts[at] if at < len(self) and self.districts[at].code == code else None

    def find_within(self, point: tuple[float, float], distance_m: float) -> tuple[District, ...]:
        """Return the districts that lie at least partly within a distance of a point. *CRS*: WGS84. *Units*: metres.

        Good to a percent within 100 km. *Raises*: ValueError for a point off the Earth.
        """
        lonlat = checked_points(point)
        flat, scale = shapely.points(_to_mercator(lonlat)[0]), _mercator_scale(lonlat[:, 1])[0]
        found = self._mercator.query(flat, predicate="dwithin", distance=distance_m * scale)
        return tuple(self.districts[at] for at in sorted(found.tolist()))

    def _containing(self, lonlat: Floats) -> NDArray[np.intp]:
        place = np.full(len(lonlat), len(self), dtype=np.intp)
        point, outline = self._places.query(shapely.points(lonlat), predicate="intersects")
        np.minimum.at(place, point, outline)
        return place

    def _is_near_border(self, lonlat: Floats, place: NDArray[np.intp]) -> NDArray[np.bool_]:
        near = np.zeros(len(lonlat), dtype=bool)
        reach = NEAR_BORDER_M * _mercator_scale(lonlat[:, 1])
        points, borders = np.asarray(shapely.points(_to_mercator(lonlat))), self._borders[place]
        maybe = np.flatnonzero(shapely.dwithin(borders, points, float(reach.max(initial=0.0))))
        near[maybe] = shapely.distance(borders[maybe], points[maybe]) <= reach[maybe]
        return near

    def _nearest(self, lonlat: Floats) -> tuple[NDArray[np.intp], Floats]:
        """Return the nearest outlines within reach; ties go to the lowest code.

        Mercator is conformal, so the nearest outline on the map is the nearest on the ground.
        """
        place, metres = np.full(len(lonlat), len(self), dtype=np.intp), np.full(len(lonlat), np.inf)
        if not len(lonlat) or not len(self):
            return place, metres
        scale = _mercator_scale(lonlat[:, 1])
        (point, outline), distance = self._mercator.query_nearest(
            shapely.points(_to_mercator(lonlat)),
            max_distance=float(NEAR_WITHIN_M * scale.max()),
            return_distance=True,
        )
        true_m = distance / scale[point]
        near = true_m <= NEAR_WITHIN_M
        np.minimum.at(place, point[near], outline[near])
        metres[point[near]] = true_m[near]
        return place, metres


def _bare(name: str) -> str:
    suffix = next((s for s in _SUFFIXES if name.endswith(s) and len(name) > len(s) + 1), "")
    return name.removesuffix(suffix)


def _to_mercator(lonlat: Floats) -> Floats:
    """*CRS*: WGS84 to EPSG:3395, conformal on the ellipsoid."""
    return np.column_stack(_mercator().transform(lonlat[:, 0], lonlat[:, 1]))


@cache
def _mercator() -> Transformer:
    return Transformer.from_crs("EPSG:4326", "EPSG:3395", always_xy=True)


def _mercator_scale(lat: Floats) -> Floats:
    """Return the scale factor of Mercator at a latitude: drawn length over true length of a short line."""
    radians = np.radians(lat)
    return np.asarray(np.sqrt(1 - 0.00669437999014 * np.sin(radians) ** 2) / np.cos(radians))
