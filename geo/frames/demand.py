"""The rows of a frame: their points in WGS84, what is wrong with them, and the demand that they state."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from core.faults import Fault, FaultError
from core.prompts import Placeholders
from geo.coverage.demand import PEOPLE_UNIT, WEIGHTED_UNIT, Demand
from geo.coverage.reach import Reach
from geo.geodesy import Floats
from geo.nearest.point_tree import Indices

CRS = "EPSG:4326"
_MOST_SHOWN = 50
_EARTH = (180.0, 90.0)


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
        more = len(self.faults) - len(lines)
        rest = [f"and {more} more in the attribute faults"] if more else []
        return "\n".join([f"{len(self.faults)} values of the frame can't be used:", *lines, *rest])


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """*Raises*: ValueError for a value that is none of the choices, with all of them."""
    if value not in (known := [*choices]):
        raise ValueError(f"{name} is {value!r}; give one of {', '.join(known)}")


def build_row_fault(
    frame: pd.DataFrame, row: int, column: str, value: object, message: str, remedy: str
) -> Fault:
    """Build the fault of a value in a row, which counts from 0."""
    return name_row(Fault(message, remedy, field=column, value=str(value)[:80]), frame, row)


def name_row(fault: Fault, frame: pd.DataFrame, row: int, **params: str) -> Fault:
    """Return a fault with its row, and with the row's label as the param ``index``."""
    return replace(fault, row=row, params={**fault.params, **params, "index": str(frame.index[row])})


def raise_row_faults(faults: Iterable[Fault]) -> None:
    """*Raises*: FrameError with all of some faults in the order of rows, if there are any."""
    if found := sorted(faults, key=lambda fault: fault.row or 0):
        raise FrameError(found)


def shapes_in_wgs84(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the geometries of a frame, None for an empty one. *Shape*: (n,). *CRS*: WGS84. *Raises*: ValueError without CRS."""
    if frame.crs is None:
        raise ValueError("the frame has no CRS; set it to what its coordinates are in, such as EPSG:4326")
    shapes = np.array(frame.geometry.to_crs(CRS).values, dtype=np.object_)
    shapes[shapely.is_empty(shapes)] = None
    return shapes


def read_points(frame: gpd.GeoDataFrame) -> Floats:
    """Return the points of a frame as `find_points`. *Raises*: also FrameError for the rows with a fault."""
    points, faults = find_points(frame)
    raise_row_faults(faults)
    return points


def find_points(frame: gpd.GeoDataFrame) -> tuple[Floats, list[Fault]]:
    """Return the points of a frame, NaN for an unplaced row, and faults of rows that are no points or off the Earth.

    *Shape*: (n, 2), lon, lat. *CRS*: WGS84. *Raises*: ValueError for a frame without CRS.
    """
    shapes = shapes_in_wgs84(frame)
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


def find_amounts(frame: pd.DataFrame, column: str | None) -> tuple[Floats, list[Fault]]:
    """Return the amounts of a column, 1 for each row without a column, and faults of what is no number or below 0.

    *Shape*: (n,). *Raises*: ValueError for a column that isn't there.
    """
    if column is None:
        return np.ones(len(frame)), []
    if column not in frame:
        raise ValueError(f"the frame has no column {column!r}; it has {', '.join(map(str, frame.columns))}")
    amounts = pd.to_numeric(frame[column], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    wrong = np.flatnonzero(~(np.isfinite(amounts) & (amounts >= 0))).tolist()
    told = "this is no amount", "give a number, 0 or more"
    return amounts, [build_row_fault(frame, row, column, frame[column].iloc[row], *told) for row in wrong]


_DIGITS = 6  # of a row's number, which stands for the code of its polygon


@dataclass(frozen=True, slots=True, eq=False)
class FrameDemand:
    """The demand of a frame, read once: pass it in place of the frame to read it no more.

    ``row`` is the row of the frame from which each point of the demand comes. ``outlines`` are the polygons,
    None for a frame of points, where every placed row is a point of the demand. *Shape*: ``row`` is (points,).
    """

    frame: gpd.GeoDataFrame
    demand: Demand
    row: Indices
    outlines: gpd.GeoDataFrame | None

    def find_label(self, district: str | None) -> object:
        """Return the label of the row with a district of the demand; None for none."""
        return None if district is None else self.frame.index[int(district)]


def read_demand(
    frame: gpd.GeoDataFrame | FrameDemand, weight: str | None = None, spacing_m: float | None = None
) -> FrameDemand:
    """Read the demand of a frame of points or polygons; ``weight`` names the column that says how much.

    Without it a point counts 1, and a polygon the square metres of its ground. What a polygon has is spread evenly
    over it, as whole persons where all amounts are whole, at points ``spacing_m`` apart, 1,000 m unless given.
    *CRS*: any that the frame names. *Raises*: ValueError for a frame without CRS or without the column, and for an
    argument beside demand that was read before; FrameError for rows that can't be used, and for polygons that overlap.
    """
    if isinstance(frame, FrameDemand):
        if weight is not None or spacing_m is not None:
            raise ValueError(
                "the demand has been read, with its weight and spacing_m; give them to read_demand"
            )
        return frame
    reach = Reach() if spacing_m is None else Reach(spacing_m=spacing_m)
    shapes = shapes_in_wgs84(frame)
    is_area = np.isin(
        shapely.get_type_id(shapes), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    )
    amounts, faults = find_amounts(frame, weight)
    if not is_area.any():
        points, more = find_points(frame)
        raise_row_faults(faults + more)
        row = np.flatnonzero(np.isfinite(points[:, 0]))
        unit = "points" if weight is None else PEOPLE_UNIT
        return FrameDemand(frame, Demand.from_points(points[row], amounts[row], unit), row, None)
    told = "the geometry is no polygon, as others are", "give polygons alone, or points alone"
    odd = [row for row in np.flatnonzero(~is_area).tolist() if not is_unplaced(shapes[row])]
    column = frame.geometry.name
    raise_row_faults(
        faults + [build_row_fault(frame, row, column, shapes[row].geom_type, *told) for row in odd]
    )
    rows = np.flatnonzero(is_area)
    codes = [f"{row:0{_DIGITS}}" for row in rows.tolist()]
    outlines = gpd.GeoDataFrame(
        {"code": codes, "name": "", "city": "", "province": ""}, geometry=shapes[rows], crs=CRS
    )
    try:
        demand = _spread(outlines, None if weight is None else amounts[rows], reach.spacing_m)
    except FaultError as error:
        raise FrameError([_at_row(fault, frame) for fault in error.faults]) from error
    return FrameDemand(frame, demand, demand.district.astype(np.intp), outlines)


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
