"""Demand in the rows of a frame: points as they are, polygons as a grid of points over their ground."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely

from core.faults import Fault, FaultError
from geo.coverage.demand import PEOPLE_UNIT, WEIGHTED_UNIT, Demand
from geo.coverage.reach import Reach
from geo.frames.rows import (
    CRS,
    FrameError,
    build_row_fault,
    find_amounts,
    find_points,
    is_unplaced,
    name_row,
    raise_row_faults,
    shapes_in_wgs84,
)
from geo.geodesy import Floats
from geo.nearest.vector_tree import Indices

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
