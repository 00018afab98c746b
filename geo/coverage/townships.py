"""Divide counties into townships and the ground that no township outline covers.

The parts of a county cover it once, and each point of demand keeps its county, so that the sums of the parts are
the sums of the counties.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.coverage.outlines import EQUAL_AREA
from geo.districts import NEAR_BORDER_M, Districts
from geo.formats.features import repair_polygons
from geo.geodesy import checked_points

TOWNSHIP_DIGITS, COUNTY_DIGITS = 9, 6
REST_SUFFIX = "REM"  # in place of the three digits of GB/T 10114: the remainder of a county
_OWN_LETTERS, _OWN_CODES = "TUVWXYZ", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SLIVER_M = NEAR_BORDER_M / 2  # on either side: thinner ground lies between two drawings of one border
_PART_COLUMNS = ("code", "name", "city", "province", "county", "is_rest", "geometry")

Codes = NDArray[np.object_]
Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class CountyDivision:
    """Counties as townships and rests.

    ``parts`` are ordered by code, with the columns code (nine characters), name (of a rest: its county's), city
    (the county's name), province (the city's name), county (the county's code), is_rest and geometry. The rest of a
    county is the ground that no township covers; a county without townships is one rest. ``covered_share`` is the
    share of each county's ground that townships cover, ``largest_m2`` the ground of its largest township; counties
    without townships are not in it. *CRS*: WGS84. *Units*: m², shares 0..1.
    """

    parts: gpd.GeoDataFrame
    covered_share: Mapping[str, float]
    largest_m2: Mapping[str, float]

    @property
    def township_count(self) -> int:
        """The number of townships, without the rests."""
        return int((~self.parts["is_rest"]).sum())

    @property
    def counties_with_townships(self) -> tuple[str, ...]:
        """The codes of the counties of which at least one township is known."""
        return tuple(sorted(self.largest_m2))

    def assign(self, points: ArrayLike, counties: Sequence[str | None]) -> Codes:
        """Return the part of each point in the county that it belongs to; None where it belongs to none.

        A point in no part of its county belongs to the nearest within 2 km, or else to the county's rest.
        *Shape*: (n, 2), lon, lat, and (n,), to (n,). *CRS*: WGS84. *Raises*: ValueError for a point off the Earth.
        """
        lonlat = checked_points(points)
        own = np.array([*counties, None], dtype=object)[:-1]  # without the None, codes could become a table
        codes = np.array([*(code and rest_code(code) for code in counties), None], dtype=object)[:-1]
        for county in self.counties_with_townships:
            rows = np.flatnonzero(own == county)
            if len(rows):
                parts = self.parts[self.parts["county"] == county]
                found = Districts.from_frame(parts).assign(lonlat[rows]).code
                is_near = np.array([code is not None for code in found], dtype=bool)
                codes[rows[is_near]] = found[is_near]
        return codes


def rest_code(county: str) -> str:
    """Return the code of the ground of a county that no township covers.

    >>> rest_code("370102")
    '370102REM'
    """
    return county[:COUNTY_DIGITS] + REST_SUFFIX


def divide_counties(counties: gpd.GeoDataFrame, townships: gpd.GeoDataFrame) -> CountyDivision:
    """Divide counties into townships and rests.

    ``counties`` has the columns code, name, city, province, geometry; ``townships`` code, name, county, geometry. An
    empty code is replaced by one of letters that `number_townships` makes. Townships are cut at their county's border;
    where two overlap, the lower code has the ground. Townships of other counties are left out. *CRS*: WGS84.
    """
    numbered = number_townships(townships[townships["county"].isin(set(counties["code"]))])
    flat = dict(zip(counties["code"], to_equal_area(counties).geometry, strict=True))
    rows: list[dict[str, object]] = []
    covered: dict[str, float] = {}
    largest: dict[str, float] = {}
    groups = dict(list(to_equal_area(numbered).groupby("county", sort=False)))
    for county in counties.itertuples(index=False):
        inside = groups.get(county.code)
        shapes = [] if inside is None else _cut_outlines(list(inside.geometry), flat[county.code])
        taken = shapely.union_all([shape for shape in shapes if not shape.is_empty])
        rest = flat[county.code] if taken.is_empty else _open_ground(flat[county.code].difference(taken))
        covered[county.code] = float(taken.area / flat[county.code].area)
        above = {"city": county.name, "province": county.city, "county": county.code}
        named = () if inside is None else zip(inside["code"], inside["name"], shapes, strict=True)
        for code, name, shape in named:
            if not shape.is_empty:
                rows.append({"code": code, "name": name, **above, "is_rest": False, "geometry": shape})
                largest[county.code] = max(largest.get(county.code, 0.0), float(shape.area))
        if not rest.is_empty:
            rows.append(
                {
                    "code": rest_code(county.code),
                    "name": county.name,
                    **above,
                    "is_rest": True,
                    "geometry": rest,
                }
            )
    table = pd.DataFrame(rows, columns=_PART_COLUMNS)
    parts = _move_whole(gpd.GeoDataFrame(table, geometry="geometry", crs=EQUAL_AREA), "EPSG:4326")
    ordered = parts.assign(is_rest=parts["is_rest"].astype(bool)).sort_values("code", ignore_index=True)
    return CountyDivision(ordered, covered, largest)


def number_townships(townships: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the townships with a code each, ordered by code.

    A township without a code, or with one that another has, gets T and two characters after its county's code: by
    name, then by the westernmost point; after 1,296 of a county follow U to Z. Such codes are ours and change with
    the outlines. *Raises*: ValueError for more than 9,071 of one county.
    """
    west = townships.geometry.bounds["minx"] if len(townships) else []
    ordered = townships.assign(_west=west).sort_values(["county", "name", "_west"], ignore_index=True)
    codes: list[str] = []
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    for code, county in zip(ordered["code"], ordered["county"], strict=True):
        if not code or code in taken:
            numbers[county] = numbers.get(county, 0) + 1
            code = f"{county}{_own_code(numbers[county])}"
        taken.add(code)
        codes.append(code)
    numbered = ordered.assign(code=codes).drop(columns="_west")
    return numbered.sort_values("code", ignore_index=True)


def _own_code(number: int) -> str:
    tens, ones = divmod(number, len(_OWN_CODES))
    letter, tens = divmod(tens, len(_OWN_CODES))
    if letter >= len(_OWN_LETTERS):
        raise ValueError(
            f"there are {number} townships without a code in one county, more than can be numbered"
        )
    return _OWN_LETTERS[letter] + _OWN_CODES[tens] + _OWN_CODES[ones]


def _cut_outlines(shapes: Sequence[BaseGeometry], county: BaseGeometry) -> list[BaseGeometry]:
    """Return the shapes inside of the county, without what an earlier one covers."""
    cut: list[BaseGeometry] = []
    for shape in shapes:
        cut.append(_subtract(extract_polygons(shape.intersection(county)), cut))
    return cut


def _subtract(shape: BaseGeometry, others: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return the polygons of a shape without the ground of others."""
    for other in others:
        if shape.intersects(other):
            shape = extract_polygons(shape.difference(other))
    return shape


def _open_ground(ground: BaseGeometry) -> BaseGeometry:
    """Return ground without what is thinner than `NEAR_BORDER_M`."""
    wide = ground.buffer(-_SLIVER_M)
    return extract_polygons(ground.intersection(wide.buffer(_SLIVER_M))) if not wide.is_empty else wide


def to_equal_area(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return outlines in the equal-area plane."""
    return _move_whole(frame, EQUAL_AREA)


def _move_whole(frame: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    """Return outlines in a CRS, each valid there: moving may cross two sides of a shape."""
    moved = frame.to_crs(crs)
    shapes, _ = repair_polygons(np.asarray(moved.geometry.values))
    return moved.set_geometry(shapes, crs=crs)


def extract_polygons(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a valid shape, without the lines and points that it may hold as well."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    areas = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 0)]
    return shapely.union_all(areas) if len(areas) else shapely.Polygon()


_OWN_LAND_SHARE = 0.01  # an outline along the coast may lie mostly at sea
_INSIDE = 0.5
_TILES = 2


@dataclass(frozen=True, slots=True, eq=False)
class SelectedTownships:
    """Townships with the county of each, and how many candidates are none: without a county, or inside of another.

    ``townships`` has the columns of the candidates, and county.
    """

    townships: gpd.GeoDataFrame
    outside: int
    nested: int


def select_townships(candidates: gpd.GeoDataFrame, counties: gpd.GeoDataFrame) -> SelectedTownships:
    """Select the outlines that are townships of the counties, so that no ground belongs to two.

    An outline belongs to the county in which more than half of its land lies. Outlines of two levels may lie one
    inside of the other, because villages are drawn with the level of townships in some places: the larger is the
    township, and those that lie in it by more than half are left out. Where several of the *same* level fill most of a
    larger one, that one is no township but a zone above them, and is left out. Of what overlaps less, the larger has
    the ground. ``candidates`` has the columns name, level, geometry; ``counties`` code, geometry. *CRS*: WGS84.
    """
    flat = to_equal_area(candidates)
    county = _find_counties(flat, counties)
    placed = county.notna().to_numpy()
    found = flat[placed].assign(county=county[placed].to_numpy())
    chosen = [_without_nested(group) for _, group in found.groupby("county", sort=True)]
    if not chosen:
        return SelectedTownships(_move_whole(found, "EPSG:4326"), int((~placed).sum()), 0)
    every = gpd.GeoDataFrame(pd.concat(chosen, ignore_index=True), crs=EQUAL_AREA)
    townships = _move_whole(every, "EPSG:4326")
    return SelectedTownships(townships, int((~placed).sum()), len(found) - len(townships))


def _find_counties(shapes: gpd.GeoDataFrame, counties: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Return the county in which most of each shape's land lies, missing for none. *Shape*: (n,), in the order of rows."""
    rows = gpd.GeoDataFrame({"row": range(len(shapes))}, geometry=shapes.geometry.to_numpy(), crs=EQUAL_AREA)
    land = gpd.overlay(rows, to_equal_area(counties)[["code", "geometry"]], keep_geom_type=True)
    land = land.assign(m2=land.area).sort_values(["row", "code"], ignore_index=True)
    most = land.loc[land.groupby("row")["m2"].idxmax()].set_index("row")
    is_here = most["m2"] > _INSIDE * land.groupby("row")["m2"].sum()
    is_here &= most["m2"] >= _OWN_LAND_SHARE * rows.area[most.index]
    county: pd.Series[str] = most["code"][is_here].reindex(range(len(shapes)))
    return county


def _without_nested(group: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the townships of one county, the largest first, each without the ground of the larger ones."""
    ordered = group.assign(_area=-group.geometry.area).sort_values(["_area", "level", "name"], kind="stable")
    shapes, levels = list(ordered.geometry), ordered["level"].tolist()
    rows: list[int] = []
    kept: list[BaseGeometry] = []
    for row, shape in enumerate(shapes):
        smaller = zip(shapes[row + 1 :], levels[row + 1 :], strict=True)
        if _is_tiled(shape, [other for other, level in smaller if level == levels[row]]):
            continue
        mine = _subtract(shape, kept)
        if mine.area > (1 - _INSIDE) * shape.area:
            rows.append(row)
            kept.append(mine)
    return (
        ordered.iloc[rows]
        .drop(columns="_area")
        .set_geometry(gpd.GeoSeries(kept, index=ordered.index[rows], crs=group.crs))
    )


def _is_tiled(shape: BaseGeometry, smaller: Sequence[BaseGeometry]) -> bool:
    """Return whether two or more smaller shapes that lie in a shape fill more than half of it."""
    inside = [one for one in smaller if one.area < (1 - _OWN_LAND_SHARE) * shape.area]
    inside = [one for one in inside if one.intersection(shape).area > _INSIDE * one.area]
    filled = shapely.union_all(inside).intersection(shape).area if inside else 0.0
    return len(inside) >= _TILES and filled > _INSIDE * shape.area
