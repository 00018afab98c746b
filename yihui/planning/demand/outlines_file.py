"""Read a user's own outlines (townships, communities, zones) from a file, or report all of its faults."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.datum import Datum
from geo.formats.files import read_features

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from yihui.planning.run import StudyArea

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
    path: Path,
    datum: Datum | None = None,
    ground: "StudyArea | None" = None,
    *,
    in_counties: bool = False,
) -> "tuple[gpd.GeoDataFrame, tuple[Fault, ...]]":
    """Read outlines with the columns code, name, city, province, geometry, and people where the file has them.

    Those of ``ground`` alone, where it is given; ``in_counties``: each has the code of one of its counties. Return the notes of the file too, which name repaired outlines.

    The file is GeoJSON, GeoPackage, a zipped Shapefile or GeoParquet, in any CRS on WGS84 or CGCS2000; ``datum`` is the
    true datum where the CRS is only nominal. *CRS*: WGS84 out. *Raises*: FaultError that name every faulty
    area, or say that none lies in ``ground``; OSError.
    """
    from geo.coverage.outlines import checked_outlines

    frame, notes = _read(path, datum or Datum.WGS84)
    columns = {name: _column(frame, known) for name, known in OUTLINE_COLUMNS.items()}
    if columns["code"] is None:
        raise FaultError([_no_code(path, frame)])
    outlines = frame[["geometry"]].assign(code=frame[columns["code"]].str.strip())
    named = columns["name"]
    outlines["name"] = (
        outlines["code"] if named is None else frame[named].where(frame[named] != "", outlines["code"])
    )
    outlines["city"] = outlines["province"] = ""
    people = columns["people"]
    if people is not None:
        outlines["people"] = frame[people]
    faults = [*_strange_codes(path, outlines), *_strange_people(path, outlines)]
    raise_faults(faults)
    if people is not None:
        outlines["people"] = outlines["people"].astype(float).astype("int64")  # 3000, 3000.0 and "3000"
    outlines = checked_outlines(outlines.reset_index(drop=True), path.name)
    return outlines if ground is None else _select_inside(path, outlines, ground, in_counties), notes


def _read(path: Path, datum: Datum) -> "tuple[gpd.GeoDataFrame, tuple[Fault, ...]]":
    import geopandas as gpd
    import shapely

    from geo.crs import to_wgs84
    from geo.formats.features import locate_layer

    features = read_features(path.read_bytes(), path.name)
    if features is None or features.geometry is None:
        raise FaultError(OUTLINE_FAULTS.build("no_outlines", file=path.name, value=path.name))
    if features.faults:
        raise FaultError(list(features.faults))
    if (crs := features.crs) is None:
        raise FaultError(OUTLINE_FAULTS.build("outlines_crs", file=path.name))
    shapes = shapely.transform(features.geometry, lambda xy: locate_layer(xy, crs, path.name)[0])
    raise_faults([*_elsewhere(path, shapes)])
    if datum is not Datum.WGS84:
        shapes = shapely.transform(shapes, lambda points: to_wgs84(points, datum))
    columns = {name: texts for name, texts in features.columns.items() if name != "geometry"}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326"), features.notes


def _elsewhere(path: Path, shapes: "NDArray[np.object_]") -> Iterator[Fault]:
    """Yield a fault for each outline off China, such as one that has its latitude first."""
    import numpy as np
    import shapely

    from geo.formats.features import are_in_china

    bounds = shapely.bounds(shapes)
    inside = are_in_china(bounds[:, :2]) & are_in_china(bounds[:, 2:])
    for at in np.flatnonzero(~(inside | shapely.is_missing(shapes) | shapely.is_empty(shapes))).tolist():
        west, south = bounds[at, :2].tolist()
        value = f"{west:g}, {south:g}"
        yield OUTLINE_FAULTS.build("off_china", file=path.name, row=at + 1, field="geometry", value=value)


def _select_inside(
    path: Path, outlines: "gpd.GeoDataFrame", ground: "StudyArea", in_counties: bool
) -> "gpd.GeoDataFrame":
    """Return the outlines of an area by their codes. *Raises*: FaultError where there are none, or some lie elsewhere."""
    inside = outlines[outlines["code"].str.startswith(ground.prefix)]
    west, south, east, north = ground.outlines.total_bounds.tolist()
    if inside.empty:
        raise FaultError(
            OUTLINE_FAULTS.build("none_in_area", file=path.name, field="--area", value=ground.area)
        )
    if inside.cx[west:east, south:north].empty:
        first = "{:g}, {:g}".format(*inside.total_bounds[:2].tolist())
        raise FaultError(
            OUTLINE_FAULTS.build(
                "outside_area", file=path.name, field="geometry", value=first, area=ground.name
            )
        )
    faults = [*_find_misplaced(path, inside, ground, in_counties)]
    elsewhere = [fault for fault in faults if fault.short_code == "elsewhere"]
    if len(elsewhere) > max(1, len(inside) / 2):
        raise FaultError(
            OUTLINE_FAULTS.build(
                "most_elsewhere",
                file=path.name,
                field="geometry",
                value=elsewhere[0].value,
                count=len(elsewhere),
                total=len(inside),
            )
        )
    raise_faults(faults)
    return inside


def _find_misplaced(
    path: Path, outlines: "gpd.GeoDataFrame", ground: "StudyArea", in_counties: bool
) -> Iterator[Fault]:
    """Yield a fault for each outline of whose land half or less lies in its code's county, or in the area without one.

    Land, because an outline along the coast may lie mostly at sea.
    """
    from geo.coverage.townships import to_equal_area

    counties = to_equal_area(ground.outlines).geometry
    number = {code: at for at, code in enumerate(ground.outlines["code"])}
    shapes = to_equal_area(outlines).geometry
    for row, code, shape in zip(outlines.index + 1, outlines["code"], shapes, strict=True):
        own = number.get(code[:_COUNTY_DIGITS])
        place = {"file": path.name, "row": int(row), "field": "code", "value": code}
        if own is None and in_counties:
            yield OUTLINE_FAULTS.build("no_such_county", **place)
            continue
        near = counties.sindex.query(shape, predicate="intersects").tolist()
        on_land = {at: shape.intersection(counties.iloc[at]).area for at in near}
        inside = sum(on_land.values()) if own is None else on_land.get(own, 0.0)
        if inside <= _INSIDE_SHARE * (sum(on_land.values()) if own is not None else shape.area):
            county = ground.name if own is None else ground.names.get(code[:_COUNTY_DIGITS], code)
            yield OUTLINE_FAULTS.build("elsewhere", **place, county=county)


def _column(frame: "gpd.GeoDataFrame", known: tuple[str, ...]) -> str | None:
    lower = {str(column).strip().lower(): column for column in frame.columns}
    return next((str(lower[name]) for name in known if name in lower), None)


def _strange_codes(path: Path, outlines: "gpd.GeoDataFrame") -> Iterator[Fault]:
    for row, code in enumerate(outlines["code"], 1):
        if not _CODE.fullmatch(code):
            wrong = "no_code" if code else "missing_code"
            yield OUTLINE_FAULTS.build(wrong, file=path.name, row=row, field="code", value=code)


def _strange_people(path: Path, outlines: "gpd.GeoDataFrame") -> Iterator[Fault]:
    import pandas as pd

    if "people" not in outlines:
        return
    numbers = pd.to_numeric(outlines["people"], errors="coerce")
    for row, (number, value) in enumerate(zip(numbers, outlines["people"], strict=True), 1):
        if not (0 <= number < 1e10 and float(number).is_integer()):
            yield OUTLINE_FAULTS.build("wrong_people", file=path.name, row=row, field="people", value=value)


def _no_code(path: Path, frame: "gpd.GeoDataFrame") -> Fault:
    there = "、".join(str(column) for column in frame.columns if column != "geometry")
    return OUTLINE_FAULTS.build("no_code_column", file=path.name, value=there)
