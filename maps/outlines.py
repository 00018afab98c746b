"""Areas as the JSON data that areas.js draws: outlines of all levels, parents, and figures by the hour."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.crs import from_wgs84
from geo.datum import Datum
from maps.classes import NO_DATA_COLOUR
from maps.labels import Labels
from maps.packing import NO_DATA_UINT16, OUTLINE_SCALE, SHARE_SCALE, encode_outline, pack_array, pack_shares
from maps.view import HOURS_PER_WEEK, MapView

Floats = NDArray[np.float64]
_PROVINCE_DIGITS, _COUNTY_DIGITS = 2, 6
_WORDS = ("open", "no_data", "percent", "choose", "everything", "area", "colours_by")

# Column of a level, field of `Labels` that names it, decimal places; columns a level lacks are left out.
AREA_FIGURES = (
    ("population", "population", 0),
    ("stations", "places", 0),
    ("per_10k", "per_10k", 2),
)


def area_data(view: MapView, labels: Labels) -> dict[str, object]:
    """Return the data of all areas of all levels, the widest level first."""
    areas, level = _stacked(view.levels)
    parent = _parents(areas["code"].tolist(), level)
    share, opened = _by_hour(view, areas)
    return {
        "scale": OUTLINE_SCALE,
        "codes": areas["code"].tolist(),
        "names": areas["name"].tolist(),
        "outlines": [encode_outline(shape, view.tiles.datum) for shape in areas.geometry],
        "level": pack_array(level, "uint8"),
        "parent": pack_array(parent, "int32"),
        "single_root": sum(one < 0 for one in parent) == 1,
        "level_names": level_names(view, labels),
        "first_level": first_level(view),
        "hours": share.shape[1],
        "share": pack_shares(share),
        "share_scale": SHARE_SCALE,
        "open": pack_array(
            np.nan_to_num(np.minimum(opened, NO_DATA_UINT16 - 1), nan=NO_DATA_UINT16), "uint16"
        ),
        "figures": [
            {"label": getattr(labels, label), "digits": digits, "values": _known(areas[column])}
            for column, label, digits in AREA_FIGURES
            if column in areas
        ],
        "breaks": view.classes.breaks,
        "colours": view.classes.colours,
        "no_colour": NO_DATA_COLOUR,
        "words": {**{one: getattr(labels, one) for one in _WORDS}, "share": view.share_is or labels.share},
    }


def level_names(view: MapView, labels: Labels) -> list[str]:
    """Return the name of each level (by province, by city, …), derived from the length of its codes."""
    called = (labels.by_province, labels.by_city, labels.by_district, labels.by_township, labels.by_community)
    digits = {2: 0, 4: 1, 6: 2, 9: 3, 12: 4}
    return [called[digits[count or _COUNTY_DIGITS]] for count in _count_digits(view)]


def first_level(view: MapView) -> int:
    """Return the level that is shown at first: the narrowest one, but counties at most where a province is the widest."""
    digits = _count_digits(view)
    if digits and digits[0] <= _PROVINCE_DIGITS:
        return max(at for at, count in enumerate(digits) if count <= _COUNTY_DIGITS)
    return max(len(digits) - 1, 0)


def _count_digits(view: MapView) -> list[int]:
    """Return the digits of each level's codes; 0 where it has no area."""
    return [max((len(_stem(str(code))) for code in frame["code"]), default=0) for frame in view.levels]


def _stacked(levels: Sequence[gpd.GeoDataFrame]) -> tuple[gpd.GeoDataFrame, NDArray[np.intp]]:
    """Return all areas that have an outline in one frame, and the level of each."""
    drawn = [frame[~(frame.geometry.isna() | frame.geometry.is_empty)] for frame in levels]
    level = np.repeat(np.arange(len(drawn)), [len(frame) for frame in drawn])
    areas = gpd.GeoDataFrame(pd.concat(drawn, ignore_index=True), crs=levels[0].crs)
    return areas.assign(code=areas["code"].astype(str), name=areas["name"].astype(str)), level


def _stem(code: str) -> str:
    """Return the significant prefix of a code: 2, 4, 6, 9 or 12 digits (GB/T 2260, GB/T 10114)."""
    for digits in (2, 4, 6, 9):
        if not code[digits:].strip("0"):
            return code[:digits]
    return code


def _parents(codes: Sequence[str], level: NDArray[np.intp]) -> list[int]:
    """Return for each area the index of the narrowest area of a wider level that contains it; -1 for none."""
    place = {(at, _stem(code)): i for i, (code, at) in enumerate(zip(codes, level.tolist(), strict=True))}
    found = []
    for code, at in zip(codes, level.tolist(), strict=True):
        above = (place.get((up, code[:digits])) for up in range(at - 1, -1, -1) for digits in (9, 6, 4, 2))
        found.append(next((one for one in above if one is not None), -1))
    return found


def _by_hour(view: MapView, areas: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Return the share served and the number of open places.

    *Shape*: (areas, 168), or (areas, 1) without the shares of a week.
    """
    if view.week is None or not view.week.codes:
        share, opened = (areas[[name]].to_numpy(dtype=float) for name in ("covered_share", "open"))
        return share, opened
    rows = {code: row for row, code in enumerate(view.week.codes)}
    row = [rows.get(code, len(rows)) for code in areas["code"]]
    missing = np.full((1, HOURS_PER_WEEK), np.nan)
    return np.vstack((view.week.share, missing))[row], np.vstack((view.week.open, missing))[row]


def _known(column: "pd.Series[float]") -> list[float | None]:
    return [None if value != value else round(float(value), 3) for value in column.astype(float)]


def area_name_points(view: MapView) -> dict[str, list[list[object]]]:
    """Return the names of the level above the one shown at first (far), of that one (near), and of those below it (inner).

    Each is a list of [lat, lon, name], at a point inside its area. With a single level, the first two are the same.
    """
    first = first_level(view) + 1
    named = [_names(frame, view.tiles.datum) for frame in view.levels[:first][-2:] if len(frame)]
    inner = [name for frame in view.levels[first:] for name in _names(frame, view.tiles.datum)]
    return {"far": named[0] if named else [], "near": named[-1] if named else [], "inner": inner}


def _names(frame: gpd.GeoDataFrame, datum: Datum) -> list[list[object]]:
    drawn = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    points = drawn.geometry.representative_point()
    lonlat = from_wgs84(np.column_stack((points.x, points.y)), datum)
    return [
        [round(lat, 3), round(lon, 3), str(name)]
        for (lon, lat), name in zip(lonlat.tolist(), drawn["name"], strict=True)
    ]
