"""Read a user's file of demand, or report all of its faults at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.demand import Demand
from geo.crs import Points
from geo.datum import Datum
from geo.datum_findings import LocatedRow, check_each_datum, datum_faults
from geo.formats.outlines import load_area_names
from geo.formats.places import DistrictClues, Gazetteer
from geo.geodesy import Floats
from yihui.planning.demand.columns import DemandColumns, LocatedBy, find_demand_columns
from yihui.planning.demand.districts import DemandRegion, find_row_districts, spread_over_districts
from yihui.planning.demand.points import (
    WeightedPoints,
    locate_rows,
    refuse_overlaps,
    shapes_in_wgs84,
    shapes_to_points,
)
from yihui.planning.demand.raster import RasterReading, read_raster_demand
from yihui.planning.demand.raster_file import is_raster_file
from yihui.planning.demand.request import DemandReadingForm, LeaveOut
from yihui.planning.demand.table import (
    DemandTable,
    note_unused_hours,
    read_amounts,
    read_demand_table,
    read_hours,
)

SIZE_LIMIT_MB = 500
READING_STEPS = 5  # steps of reading, for progress
_FEW_OUTSIDE, _FEW_OUTSIDE_SHARE = 10, 0.1  # rows outside of the region that are named one by one
_CHECKED_ROWS = 20_000  # rows checked in a file that states districts; enough to identify its datum
_CHECKED_SHAPES = 2_000  # of a file that names its CRS; enough to find the wrong one

ProgressCallback = Callable[[int], None]

_CHECK_POINT = N_(
    "check its coordinates and {option_demand_datum}; name another {option_area}, or leave such rows out with {option_leave_out__outside} of {command_plan_demand}"
)
DEMAND_FILE_FAULTS = FaultTable(
    "demand",
    {
        "no_rows": (
            N_("no row of the file is left to work with"),
            N_("export it again with its rows, and leave less out"),
        ),
        "point_outside": (N_("the point {value} (lon, lat in WGS84) lies outside {area}"), _CHECK_POINT),
        "outside_china": (N_("the point {value} (lon, lat in WGS84) lies in no district of China"), _CHECK_POINT),
        "many_outside": (
            N_("{outside} of {count} rows lie outside {area}, such as at {value} (lon, lat in WGS84)"),
            N_("check the CRS of the file and {option_demand_datum}, name another {option_area}, or leave such rows out with {option_leave_out__outside} of {command_plan_demand}"),
        ),
        "all_zero": (
            N_("the demand of all rows is 0"),
            N_("name the column that says how much with {option_demand_column}"),
        ),
        "too_large": (
            N_("the file has {value} MB; at most {most} are read"),
            N_("split it by city, or leave out columns that nobody needs"),
        ),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeftOutRows:
    """The rows that a ``--leave-out`` option removed, and their demand."""

    rows: int
    demand: float


@dataclass(frozen=True, slots=True)
class DemandFileReading:
    """A file of demand as it was read: ``rows`` of it, or the cells with people of a ``raster``; ``notes`` are assumptions.

    ``column`` is None where each row counts as 1, ``datum`` where each row names its own or a district. ``spread`` counts
    the polygons that became several points, ``represented`` those that became one. ``hour_faults`` are those of the hours
    of its rows, which count in a mixture only.
    """

    file: str
    rows: int
    by: LocatedBy
    column: str | None
    datum: Datum | None
    crs: str | None
    demand: Demand
    notes: tuple[Fault, ...] = ()
    left_out: Mapping[LeaveOut, LeftOutRows] = field(default_factory=dict)
    spread: int = 0
    represented: int = 0
    headers: tuple[str, ...] = ()
    raster: RasterReading | None = None
    hour_faults: tuple[Fault, ...] = ()


def sum_demand_by_area(demand: Demand, digits: int = 4) -> Mapping[str | None, float]:
    """Sum the demand by the first digits of district codes; None is the key for demand in no district, the last."""
    codes = np.array(["" if code is None else str(code)[:digits] for code in demand.district.tolist()], str)
    names, place = np.unique(codes, return_inverse=True)
    sums = dict(zip(names.tolist(), np.bincount(place, demand.weight).tolist(), strict=True))
    return {code or None: sums[code] for code in sorted(sums, key=lambda code: (not code, code))}


def read_demand_file(
    request: DemandReadingForm, region: DemandRegion, advance: ProgressCallback = lambda _: None
) -> DemandFileReading:
    """Read a whole file of demand. ``advance`` receives how many of `READING_STEPS` are done.

    *Raises*: FaultError with all faults of the file; OSError for a missing file.
    """
    path = request.file
    if is_raster_file(path.name):
        with path.open("rb"):  # its path is reported as that of any other file that can't be opened
            return _by_raster(path, request, region, advance)
    if (size := path.stat().st_size) > SIZE_LIMIT_MB * 1_000_000:
        build = partial(DEMAND_FILE_FAULTS.build, "too_large", file=path.name, most=SIZE_LIMIT_MB)
        raise FaultError(build(value=f"{size / 1e6:,.0f}"))
    return read_demand_content(path.read_bytes(), request, region, advance)


def read_demand_content(
    content: bytes,
    request: DemandReadingForm,
    region: DemandRegion,
    advance: ProgressCallback = lambda _: None,
) -> DemandFileReading:
    """Read the content of a file of demand; the file's name tells its format, as in `read_demand_file`."""
    if is_raster_file(request.file.name):
        return _by_raster(content, request, region, advance)
    sheet = read_demand_table(content, request.file.name, layer=request.layer, headless=request.no_header)
    advance(1)
    if not len(sheet):
        raise FaultError(sheet.faults or [_nothing(sheet.file)])
    where = find_demand_columns(sheet, request)
    advance(2)
    reading = _Reading(request, region, sheet, where)
    return (_by_district if where.by is LocatedBy.DISTRICTS else _by_place)(reading, advance)


@dataclass(frozen=True, slots=True)
class _Reading:
    request: DemandReadingForm
    region: DemandRegion
    sheet: DemandTable
    where: DemandColumns
    left_out: dict[LeaveOut, LeftOutRows] = field(default_factory=dict)

    def leave_out(self, what: LeaveOut | None, weight: Floats, rows: int) -> bool:
        """Leave rows out if the user said so; return whether that is done."""
        is_asked = what in self.request.leave_out
        if what is not None and is_asked and len(weight):
            self.left_out[what] = LeftOutRows(rows, float(weight.sum()))
        return is_asked

    def refuse(self, weight: Floats, why: Sequence[Fault] = ()) -> None:
        """*Raises*: FaultError where there are faults, or where no demand remains.

        The findings in ``why`` come first, since notes among them may explain the faults. A cell with an error is a
        fault where its column is used.
        """
        sheet, used = self.sheet, {None, self.where.amount, *self.where.headers}
        faults = [*sheet.faults, *(fault for fault in sheet.broken if fault.field in used)]
        if not faults and not len(weight):
            faults = [_nothing(sheet.file)]
        if not faults and not weight.any():
            faults = [DEMAND_FILE_FAULTS.build("all_zero", file=sheet.file)]
        if faults or any(finding.severity == "error" for finding in why):
            raise FaultError([*why, *sorted(faults, key=lambda fault: (fault.row is None, fault.row or 0))])

    def build(self, demand: Demand, datum: Datum | None = None, **more: Any) -> DemandFileReading:
        """Build what was read."""
        sheet, where = self.sheet, self.where
        found = DemandFileReading(
            *(sheet.file, len(sheet), where.by, where.amount, datum, where.crs, demand, tuple(sheet.notes)),
            *(self.left_out, 0, 0, sheet.headers),
        )
        return replace(found, **more)


def _by_raster(
    source: Path | bytes, request: DemandReadingForm, region: DemandRegion, advance: ProgressCallback
) -> DemandFileReading:
    demand, raster, notes = read_raster_demand(source, request, region, advance)
    advance(READING_STEPS)
    return DemandFileReading(
        *(request.file.name, raster.cells, LocatedBy.RASTER, None, None, raster.crs, demand, notes),
        raster=raster,
    )


def _by_place(reading: _Reading, advance: ProgressCallback) -> DemandFileReading:
    sheet, where, request = reading.sheet, reading.where, reading.request
    hours, hour_faults = read_hours(sheet)
    if where.by is LocatedBy.GEOMETRY:
        shapes, datum = shapes_in_wgs84(sheet, where.datum, where.crs)
        refuse_overlaps(sheet, shapes)
        advance(3)
        amounts = read_amounts(sheet, where.amount)
        parts = shapes_to_points(shapes, amounts, request.polygons, request.spacing_m)
        rows = np.unique(parts.row)[:: max(1, len(sheet) // _CHECKED_SHAPES)]
        claimed = shapely.get_coordinates(shapely.point_on_surface(shapes[rows]))
        why = _check_districts(reading, rows, claimed, Datum.WGS84)
    else:
        placed = locate_rows(sheet, where)
        advance(3)
        row, datum = np.flatnonzero(np.isfinite(placed.points).all(axis=1)), placed.datum
        parts = WeightedPoints(placed.points[row], read_amounts(sheet, where.amount)[row], row)
        rows = np.flatnonzero(np.isfinite(placed.file_degrees).all(axis=1))
        rows = rows[:: max(1, len(sheet) // _CHECKED_ROWS)]
        why = _check_districts(reading, rows, placed.file_degrees[rows], datum)
    codes = reading.region.assign_counties(parts.points)
    advance(4)
    inside = np.array([code is not None for code in codes.tolist()], dtype=bool)
    out = parts.row[~inside]
    is_left_out = reading.leave_out(LeaveOut.OUTSIDE, parts.weight[~inside], len(np.unique(out)))
    if len(out) and not is_left_out:
        _refuse_outside(reading, parts, out, parts.points[~inside])
        inside[:] = True
    weight, row = parts.weight[inside], parts.row[inside]
    reading.refuse(weight, why)
    at = None if hours is None else hours[row]
    demand = Demand(parts.points[inside], weight, reading.where.unit, codes[inside], at)
    advance(READING_STEPS)
    counts = {"spread": parts.spread, "represented": parts.represented}
    notes = (*sheet.notes, *why)
    return reading.build(demand, datum, notes=notes, hour_faults=hour_faults, **counts)


def _refuse_outside(reading: _Reading, parts: WeightedPoints, rows: NDArray[np.intp], points: Points) -> None:
    """Add the fault of each row outside of the region; one for the file where these are all rows, or many of them."""
    unique, first = np.unique(rows, return_index=True)
    there = dict(zip(unique.tolist(), points[first].tolist(), strict=True))
    area, count, total = reading.region.area, len(unique), len(np.unique(parts.row))
    name = load_area_names().get(area or "", area)

    def build(code: str, row: int, **params: Any) -> Fault:
        value = "{:.5f}, {:.5f}".format(*there[row])
        return DEMAND_FILE_FAULTS.build(code, field="point", value=value, area=name, **params)

    is_many = count > max(_FEW_OUTSIDE, total * _FEW_OUTSIDE_SHARE) or 1 < count == total
    if area and is_many:
        fault = build("many_outside", int(unique[0]), outside=f"{count:,}", count=f"{total:,}")
        reading.sheet.faults.append(fault.at(file=reading.sheet.file))
        return
    code = "point_outside" if area else "outside_china"
    reading.sheet.add_faults(unique, lambda row: build(code, row))


def _check_districts(
    reading: _Reading, rows: NDArray[np.intp], points: Points, datum: Datum | None
) -> Sequence[Fault]:
    """Return faults where points in a datum contradict the districts that their rows state; none where they state none."""
    sheet, columns = reading.sheet, reading.where.columns
    if datum is None or not (columns.has_field("district") or columns.has_field("district_code")):
        return ()
    districts = reading.region.all_districts()
    gazetteer = Gazetteer(districts)
    several = (columns.headers(name) for name in ("district_code", "district", "city"))
    texts = [sheet.column(headers[0]) if headers else None for headers in several]
    claims = []
    for row, (lon, lat) in zip(rows.tolist(), points.tolist(), strict=True):
        clues = DistrictClues(*("" if one is None else one[row].as_py().strip() for one in texts))
        if (stated := gazetteer.find_stated(clues)) is not None:
            claims.append(LocatedRow(int(sheet.numbers[row]), (lon, lat), stated, datum))
    names_datum = columns.datum is not None or reading.where.crs is not None
    checks = check_each_datum(claims, districts)
    found = datum_faults(claims, checks, said=names_datum, option="--demand-datum")
    return [fault.at(file=sheet.file) for fault in found]


def _by_district(reading: _Reading, advance: ProgressCallback) -> DemandFileReading:
    sheet = reading.sheet
    amounts = read_amounts(sheet, reading.where.amount)
    codes, wrong = find_row_districts(sheet, reading.where.columns, reading.region)
    advance(3)
    keep = np.ones(len(sheet), dtype=bool)
    for what in (LeaveOut.TOTALS, LeaveOut.UNKNOWN, LeaveOut.OUTSIDE, None):
        rows = np.array([row for row in sorted(wrong[what]) if keep[row]], dtype=np.intp)
        if not reading.leave_out(what, amounts[rows], len(rows)):
            sheet.add_faults(rows, wrong[what].__getitem__)
        keep[rows] = False
    reading.refuse(amounts[keep])
    advance(4)
    spacing_m, unit = reading.request.spacing_m, reading.where.unit
    demand = spread_over_districts(codes[keep], amounts[keep], reading.region, spacing_m, unit)
    advance(READING_STEPS)
    note_unused_hours(sheet)
    return reading.build(demand)


def _nothing(file: str) -> Fault:
    return DEMAND_FILE_FAULTS.build("no_rows", file=file, value="0")
