"""Read a user's file of demand, or report all of its faults at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
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
from yihui.planning.demand.columns import (
    AmountColumn,
    LocatedBy,
    LocationColumns,
    find_amount_column,
    find_location_columns,
)
from yihui.planning.demand.districts import (
    DemandRegion,
    find_row_districts,
    list_row_faults,
    spread_over_districts,
)
from yihui.planning.demand.fields import DemandReadingForm
from yihui.planning.demand.order_hours import note_unused_hours, read_hours
from yihui.planning.demand.points import locate_rows
from yihui.planning.demand.polygons import find_overlaps, shapes_in_wgs84, shapes_to_points
from yihui.planning.demand.raster import RasterReading, read_raster_demand
from yihui.planning.demand.raster_file import is_raster_file
from yihui.planning.demand.request import LeaveOut
from yihui.planning.demand.table import (
    DemandTable,
    TextArray,
    iter_row_faults,
    read_amounts,
    read_demand_table,
)

SIZE_LIMIT_MB = 500
READING_STEPS = 5  # steps of reading, for progress
_CHECKED_ROWS = 20_000  # rows checked in a file that states districts; enough to identify its datum

ProgressCallback = Callable[[int], None]
RowIndices = NDArray[np.intp]


_CHECK_POINT = N_(
    "check its coordinates and {option_demand_datum}; name another {option_area}, or leave such rows out with "
    "{option_leave_out__outside} of {command_plan_demand}"
)
DEMAND_FILE_FAULTS = FaultTable(
    "demand",
    {
        "no_rows": (
            N_("no row of the file is left to work with"),
            N_("export it again with its rows, and leave less out"),
        ),
        "point_outside": (N_("the point {value} (lon, lat in WGS84) lies outside {area}"), _CHECK_POINT),
        "outside_china": (
            N_("the point {value} (lon, lat in WGS84) lies in no district of China"),
            _CHECK_POINT,
        ),
        "all_outside": (
            N_("all {count} rows lie outside {area}, such as at {value} (lon, lat in WGS84)"),
            N_("check the CRS of the file and {option_demand_datum}, or name another {option_area}"),
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
)


@dataclass(frozen=True, slots=True)
class LeftOutRows:
    """The rows that a ``--leave-out`` option removed, and their demand."""

    rows: int
    demand: float


@dataclass(frozen=True, slots=True)
class DemandFileReading:
    """A file of demand as it was read. ``rows`` counts the rows of the file; ``notes`` list the assumptions.

    ``column`` is None where each row counts as 1. ``datum`` is None where each row names its own, or where rows
    are located by district. ``spread`` counts the polygons that became several points, ``represented`` those
    that became one point. ``raster`` describes a raster, of which ``rows`` counts the cells with people.
    ``hour_faults`` are those of the hours of its rows, which count in a mixture only.
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
    """Sum the demand by the first digits of district codes; None is the key for demand in no district."""
    codes = np.array(["" if code is None else str(code)[:digits] for code in demand.district.tolist()], str)
    names, place = np.unique(codes, return_inverse=True)
    sums = dict(zip(names.tolist(), np.bincount(place, demand.weight).tolist(), strict=True))
    nowhere = sums.pop("", None)
    return {**sums, **({None: nowhere} if nowhere is not None else {})}


def read_demand_file(
    request: DemandReadingForm, region: DemandRegion, advance: ProgressCallback = lambda _: None
) -> DemandFileReading:
    """Read a whole file of demand. ``advance`` receives how many of `READING_STEPS` are done.

    *Raises*: FaultError with all faults of the file; OSError for a missing file.
    """
    if is_raster_file(request.file.name):
        with request.file.open("rb"):  # its path is reported as that of any other file that can't be opened
            return _by_raster(request.file, request, region, advance)
    return read_demand_content(_content(request.file), request, region, advance)


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
    reading = _resolve_columns(sheet, request, region)
    advance(2)
    return (_by_district if reading.located.by is LocatedBy.DISTRICTS else _by_place)(reading, advance)


@dataclass(frozen=True, slots=True)
class _Reading:
    request: DemandReadingForm
    region: DemandRegion
    sheet: DemandTable
    located: LocationColumns
    amount: AmountColumn

    @property
    def notes(self) -> tuple[Fault, ...]:
        return (*self.sheet.notes, *self.located.notes, *self.amount.notes)

    def amounts(self) -> tuple[Floats, tuple[Fault, ...]]:
        if self.amount.header is None:
            return np.ones(len(self.sheet)), ()
        return read_amounts(self.sheet, self.amount.header)

    def leaves_out(self, what: LeaveOut) -> bool:
        return what in self.request.leave_out


def _resolve_columns(sheet: DemandTable, request: DemandReadingForm, region: DemandRegion) -> _Reading:
    """Resolve the columns of location and demand. *Raises*: FaultError where they can't be determined."""
    where = find_location_columns(sheet, request)
    if isinstance(where, list):
        from geo.formats.columns import guess_columns

        much = (
            find_amount_column(sheet, guess_columns(sheet.headers), None, request)
            if request.demand_column
            else None
        )
        raise FaultError([*where, *(much if isinstance(much, list) else ())])
    much = find_amount_column(sheet, where.columns, where.by, request)
    if isinstance(much, list):
        raise FaultError(much)
    return _Reading(request, region, sheet, where, much)


# --- by the cells of a raster


def _by_raster(
    source: Path | bytes, request: DemandReadingForm, region: DemandRegion, advance: ProgressCallback
) -> DemandFileReading:
    found = read_raster_demand(source, request, region, advance)
    advance(READING_STEPS)
    return DemandFileReading(
        *(request.file.name, found.reading.cells, LocatedBy.RASTER, None, None, found.crs),
        demand=found.demand,
        notes=found.notes,
        raster=found.reading,
    )


# --- by place


def _by_place(reading: _Reading, advance: ProgressCallback) -> DemandFileReading:
    sheet, where = reading.sheet, reading.located
    amounts, faults = reading.amounts()
    hours, hour_notes, wrong_hours = read_hours(sheet)
    faults = (*sheet.faults, *_cell_errors(reading), *faults)
    why: tuple[Fault, ...] = ()
    if where.by is LocatedBy.GEOMETRY:
        shapes, datum, more = shapes_in_wgs84(sheet, where.datum, where.crs)
        faults = (*faults, *more, *find_overlaps(sheet, shapes))
        advance(3)
        parts = shapes_to_points(shapes, amounts, reading.request.polygons, reading.request.spacing_m)
        points, weight, row = parts.points, parts.weight, parts.row
        counts = (parts.spread, parts.represented)
    else:
        placed = locate_rows(sheet, where.columns, where.datum, where.crs)
        faults, datum, counts = (*faults, *placed.faults), placed.datum, (0, 0)
        advance(3)
        row = np.flatnonzero(np.isfinite(placed.points).all(axis=1))
        points, weight = placed.points[row], amounts[row]
        why = tuple(_datum_findings(reading, placed.file_degrees, datum))
    codes = reading.region.assign_counties(points)
    advance(4)
    outside = np.array([code is None for code in codes.tolist()], dtype=bool)
    left: dict[LeaveOut, LeftOutRows] = {}
    if outside.any() and reading.leaves_out(LeaveOut.OUTSIDE):
        left[LeaveOut.OUTSIDE] = LeftOutRows(len(np.unique(row[outside])), float(weight[outside].sum()))
        points, weight, codes, row = points[~outside], weight[~outside], codes[~outside], row[~outside]
    elif outside.any():
        faults = (*faults, *_outside(reading, row[outside], points[outside], bool(outside.all())))
    _refuse(faults, sheet.file, weight, why)
    demand = Demand(points, weight, reading.amount.unit, codes, None if hours is None else hours[row])
    advance(READING_STEPS)
    return DemandFileReading(
        sheet.file,
        len(sheet),
        where.by,
        reading.amount.header,
        datum,
        where.crs,
        demand,
        (*reading.notes, *hour_notes, *why),
        left,
        *counts,
        headers=sheet.headers,
        hour_faults=wrong_hours,
    )


def _cell_errors(reading: _Reading) -> tuple[Fault, ...]:
    """Return the faults of workbook cells that hold an error, in used columns only."""
    used = {reading.amount.header, *(h for hs in reading.located.columns.fields.values() for h in hs)}
    return tuple(fault for fault in reading.sheet.broken if fault.field is None or fault.field in used)


def _outside(reading: _Reading, rows: RowIndices, points: Points, every: bool) -> Sequence[Fault]:
    """Return the fault of each row outside of the region; one for the file where that is every row of several."""
    unique, first = np.unique(rows, return_index=True)
    there = {int(row): points[at].tolist() for row, at in zip(unique, first, strict=True)}
    area = reading.region.area
    if every and area and len(unique) > 1:
        return (_off_region(there[int(unique[0])], area, len(unique)).at(file=reading.sheet.file),)
    return tuple(iter_row_faults(reading.sheet, unique, lambda row: _off_region(there[row], area)))


def _datum_findings(reading: _Reading, written: Points, datum: Datum | None) -> Sequence[Fault]:
    """Return faults where the points contradict the datum, and the rows; only where rows state districts."""
    columns = reading.located.columns
    if (
        datum is None
        or reading.located.crs
        or not (columns.has_field("district") or columns.has_field("district_code"))
    ):
        return ()
    sheet = reading.sheet
    districts = reading.region.all_districts()
    gazetteer = Gazetteer(districts)
    step = max(1, len(sheet) // _CHECKED_ROWS)
    rows = [row for row in range(0, len(sheet), step) if np.isfinite(written[row]).all()]
    texts: dict[str, TextArray] = {
        name: sheet.column(headers[0])
        for name in ("district_code", "district", "city")
        if (headers := columns.headers(name))
    }
    claims = []
    for row in rows:
        said = {name: column[row].as_py().strip() for name, column in texts.items()}
        stated = gazetteer.find_stated(
            DistrictClues(said.get("district_code", ""), said.get("district", ""), said.get("city", ""))
        )
        if stated is not None:
            lon, lat = written[row].tolist()
            claims.append(LocatedRow(int(sheet.numbers[row]), (lon, lat), stated, datum))
    found = datum_faults(
        claims,
        check_each_datum(claims, districts),
        said=columns.datum is not None,
        option="--demand-datum",
    )
    return tuple(fault.at(file=sheet.file) for fault in found)


# --- by district


def _by_district(reading: _Reading, advance: ProgressCallback) -> DemandFileReading:
    sheet = reading.sheet
    amounts, faults = reading.amounts()
    coded = find_row_districts(sheet, reading.located.columns, reading.region)
    advance(3)
    keep = np.ones(len(sheet), dtype=bool)
    left: dict[LeaveOut, LeftOutRows] = {}
    for what, wrong in (
        (LeaveOut.TOTALS, coded.totals),
        (LeaveOut.UNKNOWN, coded.unknown),
        (LeaveOut.OUTSIDE, coded.outside),
    ):
        rows = np.array([row for row in wrong if keep[row]], dtype=np.intp)
        if not reading.leaves_out(what):
            faults = (*faults, *list_row_faults(sheet, {int(row): wrong[int(row)] for row in rows}))
        elif len(rows):
            left[what] = LeftOutRows(len(rows), float(amounts[rows].sum()))
        keep[rows] = False
    faults = (
        *sheet.faults,
        *_cell_errors(reading),
        *faults,
        *list_row_faults(sheet, {row: fault for row, fault in coded.faults.items() if keep[row]}),
    )
    _refuse(faults, sheet.file, amounts[keep])
    advance(4)
    demand = spread_over_districts(
        coded.codes[keep], amounts[keep], reading.region, reading.request.spacing_m, reading.amount.unit
    )
    advance(READING_STEPS)
    header = reading.amount.header
    return DemandFileReading(
        *(sheet.file, len(sheet), LocatedBy.DISTRICTS, header, None, None, demand),
        notes=(*reading.notes, *note_unused_hours(sheet)),
        left_out=left,
        headers=sheet.headers,
    )


# --- faults


def _refuse(faults: Sequence[Fault], file: str, weight: Floats, why: Sequence[Fault] = ()) -> None:
    """Raise FaultError where there are faults, or where no demand remains.

    The findings in ``why`` come first, since notes among them may explain the faults.
    """
    if not faults and not len(weight):
        faults = [_nothing(file)]
    if not faults and not weight.any():
        faults = [DEMAND_FILE_FAULTS.build("all_zero", file=file)]
    if faults or any(finding.severity == "error" for finding in why):
        raise FaultError([*why, *sorted(faults, key=lambda fault: (fault.row is None, fault.row or 0))])


def _content(path: Path) -> bytes:
    size = path.stat().st_size
    if size > SIZE_LIMIT_MB * 1_000_000:
        raise FaultError(
            DEMAND_FILE_FAULTS.build(
                "too_large", file=path.name, value=f"{size / 1e6:,.0f}", most=SIZE_LIMIT_MB
            )
        )
    return path.read_bytes()


def _off_region(point: Sequence[float], area: str | None, rows: int = 1) -> Fault:
    """Return the fault of a point outside of the region, or of all rows of a file; the point is that of the first."""
    value, name = f"{point[0]:.5f}, {point[1]:.5f}", load_area_names().get(area or "", area)
    code = "outside_china" if area is None else "point_outside" if rows == 1 else "all_outside"
    return DEMAND_FILE_FAULTS.build(code, field="point", value=value, area=name, count=f"{rows:,}")


def _nothing(file: str) -> Fault:
    return DEMAND_FILE_FAULTS.build("no_rows", file=file, value="0")
