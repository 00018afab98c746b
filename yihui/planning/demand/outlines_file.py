"""Read a user's own outlines (townships, communities, zones) from a file, or report all of its faults."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.coverage.outlines import checked_outlines
from geo.coverage.townships import to_equal_area
from geo.crs import to_wgs84
from geo.datum import Datum
from geo.formats.features import are_in_china, locate_layer
from geo.formats.files import read_features
from yihui.planning.run import StudyArea

_Refuse = Callable[..., Fault]
OUTLINE_COLUMNS = {
    "code": ("code", "adcode", "代码", "区划代码", "行政区划代码", "编码", "统计用区划代码"),
    "name": ("name", "名称", "区划名称", "行政区名称", "区县", "乡镇", "街道", "社区"),
    "people": ("people", "population", "人口", "常住人口", "人口数"),
}
_COUNTY_DIGITS, _INSIDE_SHARE = 6, 0.5
_CODE = re.compile(r"[0-9]{6}([0-9]{3}){0,2}")
OUTLINE_FAULTS = FaultTable(
    "demand",
    {
        "no_outlines": (
            N_("{value} holds no outlines"),
            N_("give a GeoJSON, a GeoPackage, a zipped Shapefile or a GeoParquet file with polygons"),
        ),
        "outlines_crs": (
            N_("the file doesn't say in which CRS its outlines are"),
            N_("save it with its CRS, such as EPSG:4326 or EPSG:4490"),
        ),
        "off_china": (
            N_("an outline lies off China, at {value} (longitude, latitude)"),
            N_("longitude comes first; metres need their CRS in the file: save it anew as a GeoPackage"),
        ),
        "none_in_area": (
            N_("no outline of the file lies in the area {value}, by their codes"),
            N_("choose the area with {option_area}, or check the column with the codes"),
        ),
        "outside_area": (
            N_("all outlines lie outside {area}, such as at {value} (longitude, latitude)"),
            N_("check the CRS and the datum of the file, or name another {option_area}"),
        ),
        "no_such_county": (
            N_("the code {value} begins with no county of the area"),
            N_("check the first six digits: they are the county's code"),
        ),
        "elsewhere": (
            N_("the outline {value} lies outside of {county}, the county of its code"),
            N_("check the code, or the datum and the CRS of the file"),
        ),
        "most_elsewhere": (
            N_("{count} of {total} outlines lie outside of the county of their code, such as {value}"),
            N_("check the CRS and the datum of the file"),
        ),
        "no_code": (
            N_("{value} is no code of an area"),
            N_("give 6 digits (county), 9 (township, street) or 12 (community, village)"),
        ),
        "missing_code": (
            N_("the area has no code"),
            N_("give 6 digits (county), 9 (township, street) or 12 (community, village)"),
        ),
        "wrong_people": (N_("{value} is no number of people"), N_("write a whole number, 0 or more")),
        "no_code_column": (
            N_("there is no column with the codes of the areas; there are: {value}"),
            N_("name it code or 区划代码"),
        ),
    },
)


def read_outlines(
    path: Path, datum: Datum | None = None, ground: StudyArea | None = None, *, in_counties: bool = False
) -> tuple[gpd.GeoDataFrame, tuple[Fault, ...]]:
    """Read outlines (code, name, city, province, geometry, people if the file has them), and the notes, such as on repairs.

    Those of ``ground`` alone, where it is given; ``in_counties``: each has the code of one of its counties. ``datum`` is
    the true datum where the CRS is only nominal. *CRS*: any on WGS84 or CGCS2000 in, WGS84 out.
    *Raises*: FaultError that name every faulty area, or say that none lies in ``ground``; OSError.
    """
    refuse = partial(OUTLINE_FAULTS.build, file=path.name)
    frame, notes = _read(path, refuse, datum or Datum.WGS84)
    there = {column.strip().lower(): column for column in frame.columns if column != "geometry"}
    code, name, people = (
        next((there[one] for one in known if one in there), None) for known in OUTLINE_COLUMNS.values()
    )
    if code is None:
        raise FaultError(refuse("no_code_column", value="、".join(there.values())))
    outlines = frame[["geometry"]].assign(code=frame[code].str.strip(), city="", province="")
    named = outlines["code"] if name is None else frame[name]
    outlines["name"] = named.where(named != "", outlines["code"])
    faults = [
        refuse("no_code" if one else "missing_code", row=row, field="code", value=one)
        for row, one in enumerate(outlines["code"], 1)
        if not _CODE.fullmatch(one)
    ]
    if people is not None:
        outlines["people"], strange = _read_people(refuse, frame[people])
        faults += strange
    raise_faults(faults)
    outlines = checked_outlines(outlines.reset_index(drop=True), path.name)
    return outlines if ground is None else _select_inside(refuse, outlines, ground, in_counties), notes


def _read(path: Path, refuse: _Refuse, datum: Datum) -> tuple[gpd.GeoDataFrame, tuple[Fault, ...]]:
    features = read_features(path.read_bytes(), path.name)
    if features is None or features.geometry is None:
        raise FaultError(refuse("no_outlines", value=path.name))
    raise_faults(features.faults)
    if (crs := features.crs) is None:
        raise FaultError(refuse("outlines_crs"))
    shapes = shapely.transform(features.geometry, lambda xy: locate_layer(xy, crs, path.name)[0])
    bounds = shapely.bounds(shapes)  # NaN where there is no ground, which is told of the outlines
    inside = are_in_china(bounds[:, :2]) & are_in_china(bounds[:, 2:])
    raise_faults(
        refuse("off_china", row=row + 1, field="geometry", value="{:g}, {:g}".format(*bounds[row, :2]))
        for row in np.flatnonzero(~inside & ~np.isnan(bounds[:, 0])).tolist()
    )
    if datum is not Datum.WGS84:
        shapes = shapely.transform(shapes, lambda points: to_wgs84(points, datum))
    columns = {name: texts for name, texts in features.columns.items() if name != "geometry"}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326"), features.notes


def _select_inside(
    refuse: _Refuse, outlines: gpd.GeoDataFrame, ground: StudyArea, in_counties: bool
) -> gpd.GeoDataFrame:
    """Return the outlines of an area by their codes. *Raises*: FaultError where there are none, or some lie elsewhere."""
    inside = outlines[outlines["code"].str.startswith(ground.prefix)]
    west, south, east, north = ground.outlines.total_bounds.tolist()
    if inside.empty:
        raise FaultError(refuse("none_in_area", field="--area", value=ground.area))
    if inside.cx[west:east, south:north].empty:
        first = "{:g}, {:g}".format(*inside.total_bounds[:2].tolist())
        raise FaultError(refuse("outside_area", field="geometry", value=first, area=ground.name))
    faults = [*_find_misplaced(refuse, inside, ground, in_counties)]
    elsewhere = [fault for fault in faults if fault.short_code == "elsewhere"]
    if len(elsewhere) > max(1, len(inside) / 2):
        counts = {"count": len(elsewhere), "total": len(inside)}
        raise FaultError(refuse("most_elsewhere", field="geometry", value=elsewhere[0].value, **counts))
    raise_faults(faults)
    return inside


def _find_misplaced(
    refuse: _Refuse, outlines: gpd.GeoDataFrame, ground: StudyArea, in_counties: bool
) -> Iterator[Fault]:
    """Yield a fault for each outline of whose land half or less lies in its code's county, or in the area without one.

    Land, because an outline along the coast may lie mostly at sea.
    """
    counties = to_equal_area(ground.outlines).geometry
    number = {code: at for at, code in enumerate(ground.outlines["code"])}
    shapes = to_equal_area(outlines).geometry
    for row, code, shape in zip(outlines.index + 1, outlines["code"], shapes, strict=True):
        own = number.get(code[:_COUNTY_DIGITS])
        place = {"row": int(row), "field": "code", "value": code}
        if own is None and in_counties:
            yield refuse("no_such_county", **place)
            continue
        near = counties.sindex.query(shape, predicate="intersects").tolist()
        on_land = {at: shape.intersection(counties.iloc[at]).area for at in near}
        inside = sum(on_land.values()) if own is None else on_land.get(own, 0.0)
        if inside <= _INSIDE_SHARE * (sum(on_land.values()) if own is not None else shape.area):
            county = ground.name if own is None else ground.names.get(code[:_COUNTY_DIGITS], code)
            yield refuse("elsewhere", **place, county=county)


def _read_people(refuse: _Refuse, texts: "pd.Series[str]") -> "tuple[pd.Series[int], list[Fault]]":
    """Return whole numbers of people, 0 for each fault: 3000, 3000.0 and "3000" are the same."""
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    wrong = ~(numbers.between(0, 1e10, inclusive="left") & (numbers % 1 == 0))
    faults = [
        refuse("wrong_people", row=row, field="people", value=value)
        for row, (value, is_wrong) in enumerate(zip(texts, wrong, strict=True), 1)
        if is_wrong
    ]
    return numbers.mask(wrong, 0).astype("int64"), faults
