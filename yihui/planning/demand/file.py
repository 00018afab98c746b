"""A user's file of demand: what is in it, where, how much of what; or everything that is wrong with it at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.faults import Fault, InputFaults
from geo.coverage import Demand
from geo.crs import Datum, Points
from geo.datum_findings import Claim, checks_of, datum_findings
from geo.formats.places import Gazetteer, Stated
from geo.geodesy import Floats
from yihui.planning.demand.codes import codes_of, spread, tell
from yihui.planning.demand.columnar import Sheet, Texts, read_sheet
from yihui.planning.demand.columns import Amount, By, Located, amount, located
from yihui.planning.demand.numbers import read_amounts, told
from yihui.planning.demand.places import Region
from yihui.planning.demand.points import placed_by_columns
from yihui.planning.demand.polygons import overlaps, parts_of, true_shapes
from yihui.planning.demand.request import DemandRequest, LeaveOut

N_ = str  # marks a text for the message catalogue

SIZE_LIMIT_MB = 500
STEPS = 5  # of reading, for progress
_CHECKED_ROWS = 20_000  # of a file that states districts: enough to tell its datum

Advance = Callable[[int], None]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Left:
    """What was left out because somebody said so."""

    rows: int
    demand: float


@dataclass(frozen=True, slots=True)
class Understood:
    """A file as it was understood. ``rows`` are those of the file; ``notes`` say what was taken for granted.

    ``column`` is None where each row is 1; ``datum`` is None where each row names its own, or rows are by
    district. ``spread`` polygons became several points, ``represented`` ones a single one.
    """

    file: str
    rows: int
    by: By
    column: str | None
    datum: Datum | None
    crs: str | None
    demand: Demand
    notes: tuple[Fault, ...] = ()
    left: Mapping[LeaveOut, Left] = field(default_factory=dict)
    spread: int = 0
    represented: int = 0


def by_area(demand: Demand, digits: int = 4) -> Mapping[str | None, float]:
    """The demand by the first digits of the districts' codes; None for what lies in none."""
    codes = np.array(["" if code is None else str(code)[:digits] for code in demand.district.tolist()], str)
    names, place = np.unique(codes, return_inverse=True)
    sums = dict(zip(names.tolist(), np.bincount(place, demand.weight).tolist(), strict=True))
    nowhere = sums.pop("", None)
    return {**sums, **({None: nowhere} if nowhere is not None else {})}


def read_demand(request: DemandRequest, region: Region, advance: Advance = lambda _: None) -> Understood:
    """Read a file of demand whole. ``advance`` hears how many of `STEPS` are done.

    *Raises*: InputFaults with all of its faults; OSError where it isn't there.
    """
    sheet = read_sheet(
        _content(request.file), request.file.name, layer=request.layer, headless=request.headless
    )
    advance(1)
    if not len(sheet):
        raise InputFaults(sheet.faults or [_nothing(sheet.file)])
    reading = _settled(sheet, request, region)
    advance(2)
    return (_by_district if reading.located.by is By.DISTRICTS else _by_place)(reading, advance)


@dataclass(frozen=True, slots=True)
class _Reading:
    request: DemandRequest
    region: Region
    sheet: Sheet
    located: Located
    amount: Amount

    @property
    def notes(self) -> tuple[Fault, ...]:
        return (*self.sheet.notes, *self.located.notes, *self.amount.notes)

    def amounts(self) -> tuple[Floats, tuple[Fault, ...]]:
        if self.amount.header is None:
            return np.ones(len(self.sheet)), ()
        return read_amounts(self.sheet, self.amount.header)

    def leaves_out(self, what: LeaveOut) -> bool:
        return what in self.request.leave_out


def _settled(sheet: Sheet, request: DemandRequest, region: Region) -> _Reading:
    """Which columns mean what. *Raises*: InputFaults where that can't be told."""
    where = located(sheet, request)
    if isinstance(where, list):
        from geo.formats.columns import guess_columns

        much = amount(sheet, guess_columns(sheet.headers), None, request) if request.column else None
        raise InputFaults([*where, *(much if isinstance(much, list) else ())])
    much = amount(sheet, where.columns, where.by, request)
    if isinstance(much, list):
        raise InputFaults(much)
    return _Reading(request, region, sheet, where, much)


# --- by place


def _by_place(reading: _Reading, advance: Advance) -> Understood:
    sheet, where = reading.sheet, reading.located
    amounts, faults = reading.amounts()
    faults = (*sheet.faults, *_broken(reading), *faults)
    why: tuple[Fault, ...] = ()
    if where.by is By.GEOMETRY:
        shapes, datum, more = true_shapes(sheet, where.datum, where.crs)
        faults = (*faults, *more, *overlaps(sheet, shapes))
        advance(3)
        parts = parts_of(shapes, amounts, reading.request.polygons, reading.request.spacing_m)
        points, weight, row = parts.points, parts.weight, parts.row
        counts = (parts.spread, parts.represented)
    else:
        placed = placed_by_columns(sheet, where.columns, where.datum, where.crs)
        faults, datum, counts = (*faults, *placed.faults), placed.datum, (0, 0)
        advance(3)
        row = np.flatnonzero(np.isfinite(placed.points).all(axis=1))
        points, weight = placed.points[row], amounts[row]
        why = tuple(_datum_notes(reading, placed.written, datum))
    codes = reading.region.codes_of(points)
    advance(4)
    outside = np.array([code is None for code in codes.tolist()], dtype=bool)
    left: dict[LeaveOut, Left] = {}
    if outside.any() and reading.leaves_out(LeaveOut.OUTSIDE):
        left[LeaveOut.OUTSIDE] = Left(len(np.unique(row[outside])), float(weight[outside].sum()))
        points, weight, codes = points[~outside], weight[~outside], codes[~outside]
    elif outside.any():
        faults = (*faults, *_outside(reading, row[outside], points[outside]))
    _refuse(faults, sheet.file, weight, why)
    demand = Demand(points, weight, reading.amount.unit, codes)
    advance(STEPS)
    return Understood(
        sheet.file,
        len(sheet),
        where.by,
        reading.amount.header,
        datum,
        where.crs,
        demand,
        (*reading.notes, *why),
        left,
        *counts,
    )


def _broken(reading: _Reading) -> tuple[Fault, ...]:
    """Cells of a workbook that hold an error, where they matter."""
    used = {reading.amount.header, *(h for hs in reading.located.columns.fields.values() for h in hs)}
    return tuple(fault for fault in reading.sheet.broken if fault.field is None or fault.field in used)


def _outside(reading: _Reading, rows: Rows, points: Points) -> Sequence[Fault]:
    unique, first = np.unique(rows, return_index=True)
    there = {int(row): points[at].tolist() for row, at in zip(unique, first, strict=True)}
    area = reading.region.area
    return tuple(told(reading.sheet, unique, lambda row: _off_region(there[row], area)))


def _datum_notes(reading: _Reading, written: Points, datum: Datum | None) -> Sequence[Fault]:
    """Where rows state their district: does another datum fit better?"""
    columns = reading.located.columns
    if (
        datum is None
        or reading.located.crs
        or not (columns.says("district") or columns.says("district_code"))
    ):
        return ()
    sheet = reading.sheet
    districts = reading.region.everywhere()
    gazetteer = Gazetteer(districts)
    step = max(1, len(sheet) // _CHECKED_ROWS)
    rows = [row for row in range(0, len(sheet), step) if np.isfinite(written[row]).all()]
    texts: dict[str, Texts] = {
        name: sheet.column(headers[0])
        for name in ("district_code", "district", "city")
        if (headers := columns.headers(name))
    }
    claims = []
    for row in rows:
        said = {name: column[row].as_py().strip() for name, column in texts.items()}
        stated = gazetteer.stated(
            Stated(said.get("district_code", ""), said.get("district", ""), said.get("city", ""))
        )
        if stated is not None:
            lon, lat = written[row].tolist()
            claims.append(Claim(int(sheet.numbers[row]), (lon, lat), stated, datum))
    found = datum_findings(claims, checks_of(claims, districts), said=columns.datum is not None)
    return tuple(fault.at(file=sheet.file) for fault in found)


# --- by district


def _by_district(reading: _Reading, advance: Advance) -> Understood:
    sheet = reading.sheet
    amounts, faults = reading.amounts()
    coded = codes_of(sheet, reading.located.columns, reading.region)
    advance(3)
    keep = np.ones(len(sheet), dtype=bool)
    left: dict[LeaveOut, Left] = {}
    for what, wrong in (
        (LeaveOut.TOTALS, coded.totals),
        (LeaveOut.UNKNOWN, coded.unknown),
        (LeaveOut.OUTSIDE, coded.outside),
    ):
        rows = np.array([row for row in wrong if keep[row]], dtype=np.intp)
        if not reading.leaves_out(what):
            faults = (*faults, *tell(sheet, {int(row): wrong[int(row)] for row in rows}))
        elif len(rows):
            left[what] = Left(len(rows), float(amounts[rows].sum()))
        keep[rows] = False
    faults = (
        *sheet.faults,
        *_broken(reading),
        *faults,
        *tell(sheet, {row: fault for row, fault in coded.faults.items() if keep[row]}),
    )
    _refuse(faults, sheet.file, amounts[keep])
    advance(4)
    demand = spread(
        coded.codes[keep], amounts[keep], reading.region, reading.request.spacing_m, reading.amount.unit
    )
    advance(STEPS)
    header = reading.amount.header
    return Understood(sheet.file, len(sheet), By.DISTRICTS, header, None, None, demand, reading.notes, left)


# --- faults


def _refuse(faults: Sequence[Fault], file: str, weight: Floats, why: Sequence[Fault] = ()) -> None:
    """*Raises*: InputFaults where there are faults, with what may explain them in front; or where nothing is left."""
    if not faults and not len(weight):
        faults = [_nothing(file)]
    if not faults and not weight.any():
        faults = [_all_zero(file)]
    if faults:
        raise InputFaults([*why, *sorted(faults, key=lambda fault: (fault.row is None, fault.row or 0))])


def _content(path: Path) -> bytes:
    size = path.stat().st_size
    if size > SIZE_LIMIT_MB * 1_000_000:
        raise InputFaults([_large(path.name, size)])
    return path.read_bytes()


def _off_region(point: Sequence[float], area: str | None) -> Fault:
    return Fault(
        N_("the point {value} (lon, lat in WGS84) lies outside {area}")
        if area
        else N_("the point {value} (lon, lat in WGS84) lies in no district of China"),
        N_(
            "check its coordinates and --demand-datum; name another --area, or leave such rows out with "
            "--leave-out outside"
        ),
        field="point",
        value=f"{point[0]:.5f}, {point[1]:.5f}",
        params={"area": area or ""},
    )


def _nothing(file: str) -> Fault:
    return Fault(
        N_("no row of the file is left to work with"),
        N_("export it again with its rows, and leave less out"),
        file=file,
        value="0",
    )


def _all_zero(file: str) -> Fault:
    return Fault(
        N_("the demand of all rows is 0"),
        N_("name the column that says how much with --demand-column"),
        file=file,
    )


def _large(file: str, size: int) -> Fault:
    return Fault(
        N_("the file has {value} MB; at most {most} are read"),
        N_("split it by city, or leave out columns that nobody needs"),
        file=file,
        value=f"{size / 1e6:,.0f}",
        params={"most": str(SIZE_LIMIT_MB)},
    )
