"""Areas as areas.js draws them: outlines of all levels, who lies in whom, and figures by the hour."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.crs import Datum, from_wgs84
from maps.classes import NO_DATA
from maps.labels import Labels
from maps.packing import NOTHING_16, OUTLINE_SCALE, outline, packed, packed_shares
from maps.view import HOURS, MapView

Floats = NDArray[np.float64]

# Column of a level, its label, digits behind the point; those of the first five are always there.
FIGURES = (
    ("population", "population", 0),
    ("demand", "demand", 0),
    ("stations", "places", 0),
    ("per_10k", "per_10k", 2),
    ("median_m", "median_m", 0),
    ("p90_m", "p90_m", 0),
)


def area_data(view: MapView, labels: Labels) -> dict[str, object]:
    """All areas of all levels, the widest first."""
    areas, level = _stacked(view.levels)
    parent = _parents(areas["code"].tolist(), level)
    share, opened = _by_hour(view, areas)
    return {
        "scale": OUTLINE_SCALE,
        "names": areas["name"].tolist(),
        "outlines": [outline(shape, view.tiles.datum) for shape in areas.geometry],
        "level": packed(level, "uint8"),
        "parent": packed(parent, "int32"),
        "single_root": sum(one < 0 for one in parent) == 1,
        "level_names": level_names(view, labels),
        "hours": share.shape[1],
        "share": packed_shares(share),
        "open": packed(np.where(np.isnan(opened), NOTHING_16, np.minimum(opened, NOTHING_16 - 1)), "uint16"),
        "figures": [
            {"label": getattr(labels, label), "digits": digits, "values": _known(areas[column])}
            for column, label, digits in FIGURES
            if column in areas
        ],
        "breaks": view.classes.breaks,
        "colours": view.classes.colours,
        "no_colour": NO_DATA,
        "words": {
            "open": labels.open,
            "share": labels.share,
            "no_data": labels.no_data,
            "percent": labels.percent,
            "choose": labels.choose,
            "everything": labels.everything,
        },
    }


def level_names(view: MapView, labels: Labels) -> list[str]:
    """What the levels are called: the last is of districts, those above of cities and provinces."""
    called = (labels.by_province, labels.by_city, labels.by_district, labels.by_township, labels.by_community)
    digits = {2: 0, 4: 1, 6: 2, 9: 3, 12: 4}
    return [
        called[digits[max((len(_stem(code)) for code in frame["code"].astype(str)), default=6)]]
        for frame in view.levels
    ]


def _stacked(levels: Sequence[gpd.GeoDataFrame]) -> tuple[gpd.GeoDataFrame, NDArray[np.intp]]:
    """Those with an outline, and the level of each."""
    drawn = [frame[~(frame.geometry.isna() | frame.geometry.is_empty)] for frame in levels]
    level = np.repeat(np.arange(len(drawn)), [len(frame) for frame in drawn])
    areas = gpd.GeoDataFrame(pd.concat(drawn, ignore_index=True), crs=levels[0].crs)
    return areas.assign(code=areas["code"].astype(str), name=areas["name"].astype(str)), level


def _stem(code: str) -> str:
    """What the codes within an area begin with: of 2, 4, 6, 9 or 12 digits (GB/T 2260, GB/T 10114)."""
    for digits in (2, 4, 6, 9):
        if not code[digits:].strip("0"):
            return code[:digits]
    return code


def _parents(codes: Sequence[str], level: NDArray[np.intp]) -> list[int]:
    """The place of the narrowest area of a wider level that holds each; -1 for none."""
    place = {(at, _stem(code)): i for i, (code, at) in enumerate(zip(codes, level.tolist(), strict=True))}
    found = []
    for code, at in zip(codes, level.tolist(), strict=True):
        above = (place.get((up, code[:digits])) for up in range(at - 1, -1, -1) for digits in (9, 6, 4, 2))
        found.append(next((one for one in above if one is not None), -1))
    return found


def _by_hour(view: MapView, areas: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Share served and number open. *Shape*: (areas, 168), or (areas, 1) without a week."""
    if view.week is None:
        share, opened = (areas[[name]].to_numpy(dtype=float) for name in ("covered_share", "open"))
        return share, opened
    rows = {code: row for row, code in enumerate(view.week.codes)}
    row = [rows.get(code, len(rows)) for code in areas["code"]]
    missing = np.full((1, HOURS), np.nan)
    return np.vstack((view.week.share, missing))[row], np.vstack((view.week.open, missing))[row]


def _known(column: "pd.Series[float]") -> list[float | None]:
    return [None if value != value else round(float(value), 3) for value in column.astype(float)]


def names_of(view: MapView) -> tuple[list[list[object]], list[list[object]]]:
    """Names of the last level but one, then of the last, each as [lat, lon, name] at a point inside of it."""
    named = [_names(frame, view.tiles.datum) for frame in view.levels[-2:] if len(frame)]
    if not named:
        return [], []
    return (named[0], named[-1]) if len(named) > 1 else (named[0], named[0])


def _names(frame: gpd.GeoDataFrame, datum: Datum) -> list[list[object]]:
    drawn = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    points = drawn.geometry.representative_point()
    lonlat = from_wgs84(np.column_stack((points.x, points.y)), datum)
    return [
        [round(lat, 3), round(lon, 3), str(name)]
        for (lon, lat), name in zip(lonlat.tolist(), drawn["name"], strict=True)
    ]
