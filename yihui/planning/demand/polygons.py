"""Convert shapes with demand to weighted points.

Polygons that overlap are faults, because they would count demand twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.outlines import EQUAL_AREA, MAX_SAMPLES, sample_grid_points
from geo.crs import Points, to_wgs84
from geo.datum import UNSHIFTED_DATUMS, Datum
from geo.formats.features import locate_layer
from geo.geodesy import Floats
from yihui.planning.demand.request import PolygonSpread
from yihui.planning.demand.table import MAX_ROWS_PER_FAULT, DemandTable, iter_row_faults

MAX_OVERLAP_SHARE = 0.01  # share of the smaller polygon; generalised borders of neighbours overlap by less
_PAIRS_AT_ONCE = 100_000
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)

GeometryArray = NDArray[np.object_]
RowIndices = NDArray[np.intp]


POLYGON_FAULTS = FaultTable(
    "demand",
    {
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
)


@dataclass(frozen=True, slots=True)
class WeightedPoints:
    """Weighted points and the row of the table that each comes from.

    ``spread`` counts the polygons that became several points, ``represented`` those that became one point.
    """

    points: Points
    weight: Floats
    row: RowIndices
    spread: int = 0
    represented: int = 0


def shapes_in_wgs84(
    sheet: DemandTable, datum: Datum | None, crs: str | None
) -> tuple[GeometryArray, Datum | None, tuple[Fault, ...]]:
    """Return the table's geometries in WGS84, None where a row has no geometry or a fault.

    *Raises*: FaultError for a CRS that can't be converted to WGS84, or that isn't that of the coordinates.
    """
    assert sheet.shapes is not None
    shapes = np.array([*(_simplify_shape(shape) for shape in sheet.shapes.tolist()), None], dtype=object)[:-1]
    faults_of = _faults_of(sheet, shapes)
    wrong = np.array(sorted(faults_of), dtype=np.intp)
    shapes[wrong] = None
    flat = shapely.get_coordinates(shapes)
    if crs is not None:
        moved, said = locate_layer(flat, crs, sheet.file)
        datum = datum or said
        shapes, lost = _with_coordinates(shapes, moved)
        for row in lost.tolist():
            faults_of[row] = POLYGON_FAULTS.build("outside_crs_shape", field="crs", value=crs[:80])
    if datum is not None and datum not in UNSHIFTED_DATUMS:
        shapes, _ = _with_coordinates(shapes, to_wgs84(shapely.get_coordinates(shapes), datum))
    is_area = np.isin(shapely.get_type_id(shapes), _AREAS)
    for row in np.flatnonzero(is_area & np.equal(shapely.area(shapes), 0)).tolist():
        faults_of[row], shapes[row] = POLYGON_FAULTS.build("no_ground", field="geometry", value="0"), None
    rows = np.array(sorted(faults_of), dtype=np.intp)
    return shapes, datum, tuple(iter_row_faults(sheet, rows, faults_of.__getitem__))


def _with_coordinates(shapes: GeometryArray, xy: Points) -> tuple[GeometryArray, RowIndices]:
    """Return shapes with other coordinates, and the rows that had an infinite one; these have no shape."""
    fine = np.asarray(np.isfinite(xy).all(axis=1))
    index = np.repeat(np.arange(len(shapes)), shapely.get_num_coordinates(shapes))
    lost = np.unique(index[~fine])
    moved = shapely.set_coordinates(shapes.copy(), np.where(fine[:, None], xy, 0.0))
    moved[lost] = None
    return moved, lost


def _simplify_shape(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    if isinstance(shape, shapely.MultiPoint) and len(shape.geoms) == 1:
        return shape.geoms[0]
    return None if shape is None else shapely.force_2d(shape)


def _faults_of(sheet: DemandTable, shapes: GeometryArray) -> dict[int, Fault]:
    already = {fault.row for fault in sheet.faults}
    kind = shapely.get_type_id(shapes)
    faults: dict[int, Fault] = {}
    for row in np.flatnonzero(~np.isin(kind, (shapely.GeometryType.POINT, *_AREAS))).tolist():
        if shapes[row] is not None:
            faults[row] = POLYGON_FAULTS.build(
                "wrong_geometry_type", field="geometry", value=str(shapes[row].geom_type)
            )
        elif int(sheet.numbers[row]) not in already:
            faults[row] = _no_shape()
    for row in np.flatnonzero(shapely.is_empty(shapes)).tolist():
        faults[row] = _no_shape()
    finite = np.isfinite(shapely.get_coordinates(shapes)).all(axis=1)
    index = np.repeat(np.arange(len(shapes)), shapely.get_num_coordinates(shapes))
    for row in np.unique(index[~finite]).tolist():
        faults[row] = POLYGON_FAULTS.build("not_finite", field="geometry", value="NaN")
    return faults


def shapes_to_points(
    shapes: GeometryArray, weight: Floats, spread: PolygonSpread, spacing_m: float
) -> WeightedPoints:
    """Return the weighted points of shapes in WGS84; the points of each shape sum to its weight."""
    is_area = np.isin(shapely.get_type_id(shapes), _AREAS)
    areas = np.flatnonzero(is_area)
    large = areas[:0]
    if spread is PolygonSpread.GRID and len(areas):
        ground_m2 = shapely.area(_flat(shapes[areas]))
        large = areas[ground_m2 > spacing_m**2]
        check_grid_size(float(ground_m2.sum()), spacing_m)
    single = np.setdiff1d(np.flatnonzero(~shapely.is_missing(shapes)), large)
    points = shapely.get_coordinates(shapely.point_on_surface(shapes[single]))
    if not len(large):
        return WeightedPoints(points, weight[single], single, 0, len(areas))
    frame = gpd.GeoDataFrame(geometry=list(shapes[large]), crs="EPSG:4326")
    place, more = sample_grid_points(frame, spacing_m)
    share = (weight[large] / np.bincount(place, minlength=len(large)))[place]
    row = np.concatenate((single, large[place]))
    return WeightedPoints(
        np.concatenate((points, more)),
        np.concatenate((weight[single], share)),
        row,
        len(large),
        len(areas) - len(large),
    )


def check_grid_size(ground_m2: float, spacing_m: float) -> None:
    """Raise FaultError where a grid would have too many points."""
    points = ground_m2 / spacing_m**2
    if points > MAX_SAMPLES:
        raise FaultError(
            POLYGON_FAULTS.build(
                "too_many_points",
                field="--spacing-m",
                value=f"{spacing_m:g}",
                points=f"{points:,.0f}",
                most=f"{MAX_SAMPLES:,}",
            )
        )


def find_overlaps(sheet: DemandTable, shapes: GeometryArray) -> Iterator[Fault]:
    """Yield a fault for each pair of polygons that share more than `MAX_OVERLAP_SHARE` of the smaller one's
    ground.
    """
    rows = np.flatnonzero(np.isin(shapely.get_type_id(shapes), _AREAS))
    if len(rows) < 2:
        return
    flat = _flat(shapes[rows])
    area, bounds, tree = shapely.area(flat), shapely.bounds(flat), shapely.STRtree(flat)
    count = 0
    for start in range(0, len(flat), _PAIRS_AT_ONCE):
        one, other = tree.query(flat[start : start + _PAIRS_AT_ONCE])
        one = one + start
        apart = one < other
        one, other = one[apart], other[apart]
        least = MAX_OVERLAP_SHARE * np.minimum(area[one], area[other])
        near = _shared_box(bounds[one], bounds[other]) > least
        one, other, least = one[near], other[near], least[near]
        shared = shapely.area(shapely.intersection(flat[one], flat[other]))
        for i in np.flatnonzero(shared > least).tolist():
            count += 1
            if count <= MAX_ROWS_PER_FAULT:
                yield _overlap(sheet, int(rows[one[i]]), int(rows[other[i]]), float(shared[i]))
    if count > MAX_ROWS_PER_FAULT:
        yield POLYGON_FAULTS.build(
            "more_overlaps", file=sheet.file, field="geometry", value=f"{count - MAX_ROWS_PER_FAULT:,}"
        )


def _shared_box(one: Floats, other: Floats) -> Floats:
    """Return the shared area of two bounding boxes, which is never less than the shared area of the shapes."""
    size = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    return np.asarray(np.maximum(size, 0).prod(axis=1))


def _flat(shapes: GeometryArray) -> GeometryArray:
    to = Transformer.from_crs("EPSG:4326", EQUAL_AREA, always_xy=True)
    return np.asarray(shapely.transform(shapes, lambda xy: np.column_stack(to.transform(xy[:, 0], xy[:, 1]))))


def _no_shape() -> Fault:
    return POLYGON_FAULTS.build("no_shape", field="geometry", value="")


def _overlap(sheet: DemandTable, one: int, other: int, shared_m2: float) -> Fault:
    return POLYGON_FAULTS.build(
        "overlap",
        file=sheet.file,
        row=int(sheet.numbers[one]),
        field="geometry",
        value=sheet.numbers[one],
        other=sheet.numbers[other],
        km2=f"{shared_m2 / 1e6:.3f}",
    )
