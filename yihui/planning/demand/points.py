"""Locate the rows of a table: by columns of degrees in a datum, by x and y of a projection, or by shapes, as weighted points."""

from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.outlines import MAX_SAMPLES, find_shared_ground, project_outlines, sample_grid_points
from geo.crs import Points, to_wgs84
from geo.datum import UNSHIFTED_DATUMS, Datum
from geo.formats.columns import find_datum_in_text
from geo.formats.coordinates import CoordinateText, find_swapped_columns, parse_lonlat, split_coordinate_cell
from geo.formats.features import are_in_china, locate_layer
from geo.geodesy import Floats
from yihui.planning.demand.columns import DemandColumns
from yihui.planning.demand.request import PolygonSpread
from yihui.planning.demand.table import MAX_ROWS_PER_FAULT, DemandTable, TextArray, parse_numbers

POINT_FAULTS = FaultTable(
    "demand",
    {
        "no_coordinates": (
            N_("the row has demand but no coordinates"),
            N_("give its longitude and latitude, or take the row out"),
        ),
        "no_number": (
            N_("the coordinate {value} is not a number"),
            N_("write x and y as numbers, in metres of the CRS that {option_crs} of {command_plan_demand} names"),
        ),
        "outside_crs": (
            N_("the point {value} has no place in {crs}"),
            N_("check whether {option_crs} of {command_plan_demand} is the CRS of this file, and whether x and y are swapped"),
        ),
        "unknown_datum": (N_("the datum “{value}” is not known"), N_("write one of {known}")),
        "no_degrees": (
            N_("the coordinates are no degrees, such as {value}: x and y of a projection"),
            N_("say which with {option_crs} of {command_plan_demand}, such as {option_crs} EPSG:4547 (whoever made the file knows)"),
        ),
        "too_many_points": (
            N_("a grid of {value} m would have {points} points; at most {most} can be worked with"),
            N_("choose a wider grid, or a smaller area"),
        ),
        "wrong_geometry_type": (
            N_("the feature is a {value}; demand is read from points and polygons"),
            N_("turn it into points or polygons, or take it out"),
        ),
        "no_shape": (N_("the feature has demand but no geometry"), N_("draw it, or take it out")),
        "no_ground": (N_("the polygon has no ground: its area is 0"), N_("draw it again, or give a point")),
        "not_finite": (N_("a coordinate of the geometry is no number"), N_("draw it again, or take it out")),
        "outside_crs_shape": (
            N_("the geometry has no place in the file's CRS {value}"),
            N_("check the layer's CRS; was it assigned rather than transformed?"),
        ),
        "overlap": (
            N_("the polygons of rows {value} and {other} share {km2} km²: what lies there would count twice"),
            N_("correct their borders, or give one level of areas only"),
        ),
        "more_overlaps": (
            N_("{value} pairs of polygons more share ground"),
            N_("correct their borders, or give one level of areas only"),
        ),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlacedRows:
    """Points in WGS84, NaN where a row has no point or a fault; ``file_degrees`` are the degrees of the file.

    *Shape*: (n, 2) each. ``datum`` is None where each row names its own.
    """

    points: Points
    file_degrees: Points
    datum: Datum | None


def locate_rows(sheet: DemandTable, where: DemandColumns) -> PlacedRows:
    """Locate the rows by their coordinate columns.

    *Raises*: FaultError for a CRS that can't be converted to WGS84 or isn't theirs, or for metres without a CRS.
    """
    if where.crs is not None:
        return _read_metres(sheet, where, where.crs)
    written = _read_degrees(sheet, where)
    if where.datum is None:
        return PlacedRows(_by_row(sheet, written, where.columns.headers("datum")[0]), written, None)
    return PlacedRows(to_wgs84(written, where.datum), written, where.datum)


def _read_degrees(sheet: DemandTable, where: DemandColumns) -> Points:
    """Return the degrees of each row, NaN for a faulty one. What isn't plainly in China is parsed cell by cell."""
    if where.columns.has_field("point"):
        header = where.columns.headers("point")[0]
        texts = sheet.column(header)
        xy = _plain_pairs(texts, header)

        def split(row: int) -> CoordinateText | Fault | None:
            return split_coordinate_cell(texts[row].as_py().strip(), header)
    else:
        header, lat_header = (where.columns.headers(name)[0] for name in ("lon", "lat"))
        lon_texts, lat_texts = sheet.column(header), sheet.column(lat_header)
        xy = np.column_stack((parse_numbers(lon_texts), parse_numbers(lat_texts)))
        _refuse_metres(sheet, xy, header)

        def split(row: int) -> CoordinateText | Fault | None:
            lon, lat = (texts[row].as_py().strip() for texts in (lon_texts, lat_texts))
            return CoordinateText(lon, lat, header, lat_header)

    faults_of: dict[int, list[Fault]] = {}
    for row in np.flatnonzero(~are_in_china(xy)).tolist():
        cells = split(row)
        point = [cells] if isinstance(cells, Fault) else None if cells is None else parse_lonlat(cells)
        xy[row] = point if isinstance(point, tuple) else np.nan
        if not isinstance(point, tuple):
            faults_of[row] = point or [POINT_FAULTS.build("no_coordinates", field=header, value="")]
    if np.isnan(xy).all() and (swapped := find_swapped_columns(chain.from_iterable(faults_of.values()))):
        raise FaultError(swapped.at(file=sheet.file))
    sheet.add_faults(faults_of, lambda row: faults_of[row][0])
    sheet.add_faults([row for row in faults_of if len(faults_of[row]) > 1], lambda row: faults_of[row][1])
    return xy


def _plain_pairs(texts: TextArray, header: str) -> Points:
    """Parse “longitude,latitude” texts all at once; any other notation gives NaN."""
    import pandas as pd

    if any(word in header.casefold() for word in ("lat", "纬", "緯")):  # latitude may come first
        return np.full((len(texts), 2), np.nan)
    pairs = pd.Series(texts.to_pylist(), dtype=object).str.split(",", n=1, expand=True)
    numbers = pairs.reindex(columns=[0, 1]).apply(pd.to_numeric, errors="coerce")
    return np.asarray(numbers.to_numpy(dtype=np.float64, copy=True))


def _refuse_metres(sheet: DemandTable, xy: Points, header: str) -> None:
    """Raise one fault for a file in projected metres instead of the same fault for every row."""
    known = xy[np.isfinite(xy).all(axis=1)]
    if len(known) and float(np.median(np.abs(known).max(axis=1))) > 1_000:
        first = "{:.10g}, {:.10g}".format(*known[0].tolist())
        raise FaultError(POINT_FAULTS.build("no_degrees", file=sheet.file, field=header, value=first))


def _read_metres(sheet: DemandTable, where: DemandColumns, crs: str) -> PlacedRows:
    """Return the rows whose x and y lie in a CRS."""
    if where.columns.has_field("point"):
        xy = _read_degrees(sheet, where)
    else:
        header, other = (where.columns.headers(name)[0] for name in ("lon", "lat"))
        texts = sheet.column(header)
        xy = np.column_stack((parse_numbers(texts), parse_numbers(sheet.column(other))))
        build = partial(POINT_FAULTS.build, "no_number", field=header)
        lost = np.flatnonzero(~np.isfinite(xy).all(axis=1))
        sheet.add_faults(lost, lambda row: build(value=texts[row].as_py()[:80]))
    there = np.flatnonzero(np.isfinite(xy).all(axis=1))
    points = np.full(xy.shape, np.nan)
    moved, datum = locate_layer(xy[there], crs, sheet.file)
    found = np.isfinite(moved).all(axis=1)
    points[there[found]] = moved[found]
    build = partial(POINT_FAULTS.build, "outside_crs", field="crs", crs=crs[:80])
    sheet.add_faults(there[~found], lambda row: build(value="{:.10g}, {:.10g}".format(*xy[row].tolist())))
    return PlacedRows(points, points, datum)


def _by_row(sheet: DemandTable, written: Points, header: str) -> Points:
    """Convert points to WGS84 where each row names its own datum."""
    texts = np.array(sheet.column(header).to_pylist(), dtype=object)
    points, unknown = np.full(written.shape, np.nan), list[int]()
    for text in set(texts.tolist()):
        rows = np.flatnonzero(texts == text)
        if (named := find_datum_in_text(text)) is None:
            unknown += rows.tolist()
        else:
            points[rows] = to_wgs84(written[rows], named)
    build = partial(POINT_FAULTS.build, "unknown_datum", field=header, known=", ".join(Datum))
    sheet.add_faults(sorted(unknown), lambda row: build(value=texts[row][:80]))
    return points


_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
GeometryArray = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class WeightedPoints:
    """Weighted points and the row of the table that each comes from.

    ``spread`` counts the polygons that became several points, ``represented`` those that became one point.
    """

    points: Points
    weight: Floats
    row: NDArray[np.intp]
    spread: int = 0
    represented: int = 0


def shapes_in_wgs84(
    sheet: DemandTable, datum: Datum | None, crs: str | None
) -> tuple[GeometryArray, Datum | None]:
    """Return the table's geometries in WGS84, None where a row has no geometry or a fault.

    *Raises*: FaultError for a CRS that can't be converted to WGS84, or that isn't that of the coordinates.
    """
    shapes = _select_shapes(sheet)
    if crs is not None:
        moved, said = locate_layer(shapely.get_coordinates(shapes), crs, sheet.file)
        datum = datum or said
        lost = _rows_without(shapes, moved)
        shapes = shapely.set_coordinates(shapes, np.where(np.isfinite(moved), moved, 0.0))
        _take_out(sheet, shapes, lost, "outside_crs_shape", crs[:80])
    if datum is not None and datum not in UNSHIFTED_DATUMS:
        shapes = shapely.set_coordinates(shapes, to_wgs84(shapely.get_coordinates(shapes), datum))
    flat = np.flatnonzero(_are_areas(shapes) & np.equal(shapely.area(shapes), 0))
    _take_out(sheet, shapes, flat, "no_ground", value="0")
    return shapes, datum


def _select_shapes(sheet: DemandTable) -> GeometryArray:
    """Return the points and polygons of a table, None for each row that has neither, which is a fault."""
    assert sheet.shapes is not None
    shapes = np.asarray(shapely.force_2d(sheet.shapes))
    single = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT
    single &= shapely.get_num_geometries(shapes) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    already = np.isin(sheet.numbers, [fault.row for fault in sheet.faults if fault.row])
    none = (shapely.is_missing(shapes) & ~already) | shapely.is_empty(shapes)
    _take_out(sheet, shapes, np.flatnonzero(none), "no_shape")
    known = _are_areas(shapes) | (shapely.get_type_id(shapes) == shapely.GeometryType.POINT)
    for kind in set(shapely.get_type_id(shapes[~known & ~shapely.is_missing(shapes)]).tolist()):
        rows = np.flatnonzero(shapely.get_type_id(shapes) == kind)
        _take_out(sheet, shapes, rows, "wrong_geometry_type", value=str(shapes[rows[0]].geom_type))
    lost = _rows_without(shapes, shapely.get_coordinates(shapes))
    _take_out(sheet, shapes, lost, "not_finite", value="NaN")
    return shapes


def _are_areas(shapes: GeometryArray) -> NDArray[np.bool_]:
    return np.isin(shapely.get_type_id(shapes), _AREAS)


def _rows_without(shapes: GeometryArray, xy: Points) -> NDArray[np.intp]:
    """Return the rows of which a coordinate is no number. *Shape*: (n, 2), all coordinates of the shapes."""
    index = np.repeat(np.arange(len(shapes)), shapely.get_num_coordinates(shapes))
    return np.unique(index[~np.isfinite(xy).all(axis=1)])


def _take_out(
    sheet: DemandTable, shapes: GeometryArray, rows: NDArray[np.intp], code: str, value: str = ""
) -> None:
    """Take the shapes of faulty rows out."""
    field = "crs" if code == "outside_crs_shape" else "geometry"
    sheet.add_faults(rows, lambda _: POINT_FAULTS.build(code, field=field, value=value))
    shapes[rows] = None


def shapes_to_points(
    shapes: GeometryArray, weight: Floats, spread: PolygonSpread, spacing_m: float
) -> WeightedPoints:
    """Return the weighted points of shapes in WGS84; the points of each shape sum to its weight."""
    areas = np.flatnonzero(_are_areas(shapes))
    large = areas[:0]
    if spread is PolygonSpread.GRID and len(areas):
        ground_m2 = shapely.area(project_outlines(shapes[areas]))
        large = areas[ground_m2 > spacing_m**2]
        check_grid_size(float(ground_m2.sum()), spacing_m)
    single = np.setdiff1d(np.flatnonzero(~shapely.is_missing(shapes)), large)
    points = shapely.get_coordinates(shapely.point_on_surface(shapes[single]))
    frame = gpd.GeoDataFrame(geometry=list(shapes[large]), crs="EPSG:4326")
    place, more = sample_grid_points(frame, spacing_m)
    share = weight[large] / np.maximum(np.bincount(place, minlength=len(large)), 1)
    return WeightedPoints(
        np.concatenate((points, more)),
        np.concatenate((weight[single], share[place])),
        np.concatenate((single, large[place])),
        len(large),
        len(areas) - len(large),
    )


def check_grid_size(ground_m2: float, spacing_m: float) -> None:
    """Raise FaultError where a grid would have too many points."""
    if (points := ground_m2 / spacing_m**2) > MAX_SAMPLES:
        build = partial(POINT_FAULTS.build, "too_many_points", field="--spacing-m", value=f"{spacing_m:g}")
        raise FaultError(build(points=f"{points:,.0f}", most=f"{MAX_SAMPLES:,}"))


def refuse_overlaps(sheet: DemandTable, shapes: GeometryArray) -> None:
    """Add a fault for each pair of polygons that share too much of the smaller one's ground."""
    rows = np.flatnonzero(_are_areas(shapes))
    pairs = find_shared_ground(shapes[rows])
    build = partial(POINT_FAULTS.build, file=sheet.file, field="geometry")
    for one, other, shared_m2 in islice(pairs, MAX_ROWS_PER_FAULT):
        first, second = int(sheet.numbers[rows[one]]), int(sheet.numbers[rows[other]])
        km2 = f"{shared_m2 / 1e6:.3f}"
        sheet.faults.append(build("overlap", row=first, value=first, other=second, km2=km2))
    if more := sum(1 for _ in pairs):
        sheet.faults.append(build("more_overlaps", value=f"{more:,}"))
