"""The rows of a frame: their points in WGS84, their amounts, and what is wrong with them."""

from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from core.faults import Fault, FaultError
from core.prompts import Placeholders
from geo.geodesy import Floats

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
