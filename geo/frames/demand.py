"""The rows of a frame: their points in WGS84, what is wrong with them, and the demand that they state."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from math import sqrt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from core.faults import Fault, FaultError
from core.prompts import Placeholders
from geo.coverage.demand import PEOPLE_UNIT, WEIGHTED_UNIT, Demand
from geo.coverage.outlines import area_m2
from geo.frames.arguments import check_frame, check_metres
from geo.geodesy import Floats
from geo.nearest.point_tree import Indices

CRS = "EPSG:4326"
_MOST_SHOWN = 50
_EARTH = (180.0, 90.0)
_MOST_OF_A_ROW = 1e15  # above the persons, yuan and square metres of any country
_NO_AMOUNTS = "mMc"  # the kinds of columns of times and of complex numbers


class FrameError(FaultError, ValueError):
    """Raised for rows of a frame that can't be used; its text names each by index, column and value, with the remedy.

    ``faults`` holds them all; the ``row`` of a fault counts from 0.
    """

    def __str__(self) -> str:
        lines = [
            f"index {fault.params['index']}, column {fault.field}, value {fault.value}: {fault.text}; "
            + fault.remedy.format_map(Placeholders(fault.values))
            for fault in self.faults[:_MOST_SHOWN]
        ]
        count, more = len(self.faults), len(self.faults) - len(lines)
        rest = [f"and {more} more in the attribute faults"] if more else []
        values = f"{count} value{'s' * (count > 1)} of {self.faults[0].params['frame']}"
        return "\n".join([f"{values} can't be used:", *lines, *rest])


def build_row_fault(
    frame: pd.DataFrame, row: int, column: str, value: object, message: str, remedy: str
) -> Fault:
    """Build the fault of a value in a row, which counts from 0."""
    return name_row(Fault(message, remedy, field=column, value=str(value)[:80]), frame, row)


def name_row(fault: Fault, frame: pd.DataFrame, row: int, **params: str) -> Fault:
    """Return a fault with its row, and with the row's label as the param ``index``."""
    return replace(fault, row=row, params={**fault.params, **params, "index": str(frame.index[row])})


def raise_row_faults(faults: Iterable[Fault], name: str) -> None:
    """*Raises*: FrameError with all faults of the frame of a name in the order of rows, if there are any."""
    if found := sorted(faults, key=lambda fault: fault.row or 0):
        raise FrameError([replace(fault, params={**fault.params, "frame": name}) for fault in found])


def shapes_in_wgs84(frame: gpd.GeoDataFrame, name: str) -> NDArray[np.object_]:
    """Return the geometries of a frame, None for an empty one. *Shape*: (n,). *CRS*: WGS84. *Raises*: as `check_frame`."""
    check_frame(frame, name)
    shapes = np.array(frame.geometry.to_crs(CRS).values, dtype=np.object_)
    shapes[shapely.is_empty(shapes)] = None
    return shapes


def read_points(frame: gpd.GeoDataFrame, name: str) -> Floats:
    """Return the points of a frame as `find_points`. *Raises*: also FrameError for the rows with a fault."""
    points, faults = find_points(frame, name)
    raise_row_faults(faults, name)
    return points


def find_points(frame: gpd.GeoDataFrame, name: str) -> tuple[Floats, list[Fault]]:
    """Return the points of a frame, NaN for an unplaced row, and faults of rows that are no points or off the Earth.

    *Shape*: (n, 2), lon, lat. *CRS*: WGS84. *Raises*: as `check_frame`.
    """
    shapes = shapes_in_wgs84(frame, name)
    points = np.column_stack((shapely.get_x(shapes), shapely.get_y(shapes)))
    odd = np.flatnonzero(~(np.abs(points) <= _EARTH).all(axis=1))
    points[odd] = np.nan
    return points, [*_point_faults(frame, odd)] if odd.size else []


def _point_faults(frame: gpd.GeoDataFrame, rows: NDArray[np.intp]) -> Iterable[Fault]:
    column = frame.geometry.name
    for row, shape in zip(rows.tolist(), np.asarray(frame.geometry.values)[rows], strict=True):
        if is_unplaced(shape):
            continue
        if isinstance(shape, shapely.Point):
            yield build_row_fault(
                frame, row, column, f"{shape.x:.10g} {shape.y:.10g}",
                "the point is not on the Earth", f"longitude (x) comes first; is {frame.crs.name} its CRS?",
            )  # fmt: skip
        else:
            yield build_row_fault(
                frame, row, column, shape.geom_type,
                "the geometry is no point", "give a point, such as its representative_point()",
            )  # fmt: skip


def is_unplaced(shape: BaseGeometry | None) -> bool:
    """Return whether a geometry is missing, empty, or a point without numbers."""
    if shape is None or shape.is_empty:
        return True
    return isinstance(shape, shapely.Point) and not np.isfinite((shape.x, shape.y)).all()


def find_amounts(frame: pd.DataFrame, column: str | None, name: str) -> tuple[Floats, list[Fault]]:
    """Return the amounts of a column, 1 for each row without a column, and faults of what is no number or below 0.

    *Shape*: (n,). *Raises*: ValueError for a column that isn't there.
    """
    if column is None:
        return np.ones(len(frame)), []
    if not isinstance(column, Hashable) or column not in frame:
        raise ValueError(f"{name} has no column {column!r}; it has {', '.join(map(str, frame.columns))}")
    amounts = np.full(len(frame), np.nan)
    if getattr(frame[column].dtype, "kind", "O") not in _NO_AMOUNTS:
        amounts = pd.to_numeric(frame[column], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    wrong = np.flatnonzero(~((amounts >= 0) & (amounts <= _MOST_OF_A_ROW))).tolist()
    told = "this is no amount", f"give a number from 0 to {_MOST_OF_A_ROW:g}"
    return amounts, [build_row_fault(frame, row, column, frame[column].iloc[row], *told) for row in wrong]


_SPACING_M, _MOST_SAMPLES = 1_000.0, 100_000
_DIGITS = 6  # of a row's number, which stands for the code of its polygon


@dataclass(frozen=True, slots=True, eq=False)
class FrameDemand:
    """The demand of a frame, read once: pass it in place of the frame to read it no more.

    ``row`` is the row of the frame from which each point of the demand comes. ``outlines`` are the polygons,
    and ``spacing_m`` how far apart their samples lie; both None for a frame of points, where every placed row is a point
    of the demand. *Shape*: ``row`` is (points,).
    """

    frame: gpd.GeoDataFrame
    demand: Demand
    row: Indices
    outlines: gpd.GeoDataFrame | None
    spacing_m: float | None = None

    def find_label(self, district: str | None) -> object:
        """Return the label of the row with a district of the demand; None for none."""
        return None if district is None else self.frame.index[int(district)]


def read_demand(
    frame: gpd.GeoDataFrame | FrameDemand,
    weight: str | None = None,
    spacing_m: float | None = None,
    *,
    radius_m: float | None = None,
    name: str = "demand",
) -> FrameDemand:
    """Read the demand of a frame of points or polygons; ``weight`` names the column that says how much.

    Without it a point counts 1, and a polygon the square metres of its ground. What a polygon has is spread evenly
    over it, as whole persons where all amounts are whole, at points ``spacing_m`` apart: unless given 1,000 m, or a
    quarter of a ``radius_m`` below that, but no finer than 100,000 points are. ``name`` is that of the frame in errors.
    *CRS*: any that the frame names. *Raises*: ValueError for a frame without CRS or without the column, and for an
    argument beside demand that was read before; FrameError for rows that can't be used, and for polygons that overlap.
    """
    if isinstance(frame, FrameDemand):
        if weight is not None or spacing_m is not None:
            raise ValueError(
                "the demand has been read, with its weight and spacing_m; give them to read_demand"
            )
        return frame
    check_metres(radius_m or _SPACING_M, spacing_m)
    shapes = shapes_in_wgs84(frame, name)
    is_area = np.isin(
        shapely.get_type_id(shapes), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    )
    amounts, faults = find_amounts(frame, weight, name)
    if not is_area.any():
        points, more = find_points(frame, name)
        raise_row_faults(faults + more, name)
        row = np.flatnonzero(np.isfinite(points[:, 0]))
        unit = "points" if weight is None else PEOPLE_UNIT
        return FrameDemand(frame, Demand.from_points(points[row], amounts[row], unit), row, None)
    raise_row_faults([*faults, *_outline_faults(frame, shapes, is_area)], name)
    rows = np.flatnonzero(is_area)
    codes = [f"{row:0{_DIGITS}}" for row in rows.tolist()]
    outlines = gpd.GeoDataFrame(
        {"code": codes, "name": "", "city": "", "province": ""}, geometry=shapes[rows], crs=CRS
    )
    apart_m = spacing_m or _choose_spacing(outlines, radius_m)
    try:
        demand = _spread(outlines, None if weight is None else amounts[rows], apart_m)
    except FaultError as error:
        raise_row_faults([_at_row(fault, frame) for fault in error.faults], name)
        raise
    return FrameDemand(frame, demand, demand.district.astype(np.intp), outlines, apart_m)


def _outline_faults(
    frame: gpd.GeoDataFrame, shapes: NDArray[np.object_], is_area: NDArray[np.bool_]
) -> Iterable[Fault]:
    """Yield faults of the fewer kind of geometry where a frame has two, and of outlines with a vertex without numbers."""
    areas = np.flatnonzero(is_area)
    others = [row for row in np.flatnonzero(~is_area).tolist() if not is_unplaced(shapes[row])]
    told = "the geometry is no polygon, as others are", "give polygons alone, or points alone"
    odd = others
    if len(others) > len(areas):
        odd, told = areas.tolist(), ("the geometry is a polygon, as most others are not", told[1])
    for row in odd:
        yield build_row_fault(frame, row, frame.geometry.name, shapes[row].geom_type, *told)
    bounds = shapely.bounds(shapes[areas])
    for row in areas[(np.abs(bounds) > (*_EARTH, *_EARTH)).any(axis=1)].tolist():
        yield build_row_fault(
            frame, row, frame.geometry.name, " ".join(f"{one:.10g}" for one in shapes[row].bounds),
            "the outline is not on the Earth", f"longitude (x) comes first; is {frame.crs.name} its CRS?",
        )  # fmt: skip
    vertices, of = shapely.get_coordinates(shapes[areas], return_index=True)
    for row in areas[np.unique(of[~np.isfinite(vertices).all(axis=1)])].tolist():
        yield build_row_fault(
            frame, row, frame.geometry.name, shapes[row].geom_type,
            "a vertex of the outline has no number", "mend the outline, or give the row no geometry",
        )  # fmt: skip


def _choose_spacing(outlines: gpd.GeoDataFrame, radius_m: float | None) -> float:
    if radius_m is None:
        return _SPACING_M
    finest_m = sqrt(area_m2(outlines.geometry).sum() / _MOST_SAMPLES)
    return min(_SPACING_M, max(radius_m / 4, finest_m))


def _spread(outlines: gpd.GeoDataFrame, amounts: Floats | None, spacing_m: float) -> Demand:
    from geo.coverage.population import area_demand, population_demand

    codes = outlines["code"].tolist()
    if amounts is not None and (amounts == np.floor(amounts)).all():
        return population_demand(
            outlines, dict(zip(codes, amounts.astype(int).tolist(), strict=True)), spacing_m
        )
    ground = area_demand(outlines, spacing_m)
    if amounts is None:
        return ground
    row = np.searchsorted(codes, ground.district.astype(str))
    return replace(ground, weight=(amounts / np.bincount(row, minlength=len(codes)))[row], unit=WEIGHTED_UNIT)


def _at_row(fault: Fault, frame: gpd.GeoDataFrame) -> Fault:
    """Return a fault of an outline, which names rows by their codes, with the labels of the rows."""
    row, other = int(fault.value or 0), fault.params.get("other")
    labels = {} if other is None else {"other": str(frame.index[int(other)])}
    named = replace(fault, field=frame.geometry.name, value=str(frame.index[row]))
    return name_row(named, frame, row, **labels)
