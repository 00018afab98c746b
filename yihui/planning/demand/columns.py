"""Find the columns of location and of demand in a file; ask the user where several are possible."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pyarrow.compute as pc

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.sheets.table import quotable_header
from core.text_marks import N_
from geo.datum import UNSHIFTED_DATUMS, Datum, is_same_datum
from geo.formats.columns import ColumnMapping, cut_header, guess_columns, normalize_header
from yihui.planning.demand.request import DemandReadingForm
from yihui.planning.demand.table import DemandTable, is_hour_header, parse_numbers

PEOPLE_UNIT, ORDERS_UNIT, SEARCHES_UNIT, POINTS_UNIT = "people", "orders", "searches", "points"
# Headers of demand columns by unit; both sides are normalised by `geo.formats.columns.normalize_header`.
_DEMAND_HEADERS: dict[str, str] = {
    PEOPLE_UNIT: (
        "people population pop residents riders ghsl_pop "
        "人口 人口数 总人口 常住人口 常住人口数 人口数_合计 户籍人口 人数 骑手数 职工数"
    ),
    ORDERS_UNIT: "orders order_count 订单 订单数 订单量 单量 单数 件数",
    SEARCHES_UNIT: "searches search_count 搜索次数 搜索量",
    "": "demand weight value count 需求 需求量 权重 数量",
}
_SIX_DIGITS = re.compile(r"\d{6}")
_SAMPLED_ROWS = 1_000  # rows read to decide whether a column holds numbers
_NAMED = 12

DEMAND_COLUMN_FAULTS = FaultTable(
    "demand",
    {
        "no_location": (
            N_("nothing says where the demand is: no longitude and latitude, no district; the columns are {value}"),
            N_("name the columns with {option_lon} and {option_lat} of {command_plan_demand}, or with {option_code} the one that holds district codes; rows that refer to places in another file must be joined with it first"),
        ),
        "no_column": (
            N_("{field} names the column {value}, which the file does not have; there are: {there}"),
            N_("write the header as it stands in the file"),
        ),
        "ambiguous_column": (
            N_("which column says how much? {value}"),
            N_("say {option_demand_column} NAME, or {option_demand_each} where every row is one order or one person"),
        ),
        "taken_column": (
            N_("the demand is taken from the column {value}"),
            N_("name another with {option_demand_column}"),
        ),
        "each_row": (
            N_("no column says how much: each row counts as 1"),
            N_("name the column with {option_demand_column} if there is one"),
        ),
        "taken_codes": (
            N_("the column {value} is taken as codes of districts"),
            N_("name another with {option_code} of {command_plan_demand}"),
        ),
        "no_datum": (
            N_("nobody says in which datum the coordinates are; a wrong guess is off by 460 to 1,350 m"),
            N_("say {option_demand_datum} wgs84 (GPS, OpenStreetMap), cgcs2000 (Tianditu), gcj02 (AMap, Tencent, WeChat) or bd09 (Baidu); whoever made the file knows"),
        ),
        "no_crs": (
            N_("the file does not say in which coordinate reference system its geometry is"),
            N_("say it with {option_crs} of {command_plan_demand}, such as {option_crs} EPSG:4490, or with {option_demand_datum} gcj02 or bd09 for a Chinese web map's"),
        ),
        "two_crs": (
            N_("{option_crs} says {value}, but it is said to be {named} as well"),
            N_("say one of the two; GCJ-02 and BD-09 are no CRS, but a shift of WGS84"),
        ),
        "datum_conflict": (
            N_("{option_demand_datum} says {value}, but the file itself says {named}"),
            N_("leave {option_demand_datum} out; if the file is mislabelled, export it as CSV and read that with {option_demand_datum} {value}"),
        ),
        "no_header": (
            N_("the first line holds data, not the names of columns"),
            N_("say {option_no_header} of {command_plan_demand}; the columns are 1, 2, 3, … then, so {option_lon} 2 {option_lat} 3 names two of them"),
        ),
        "unnamed_columns": (
            N_("the columns have no names, so that nothing says which of {value} are coordinates"),
            N_("say {option_lon} N {option_lat} N of {command_plan_demand} with the numbers of their columns, counted from 1"),
        ),
    },
)  # fmt: skip


class LocatedBy(StrEnum):
    """What locates the rows."""

    GEOMETRY = "geometry"
    RASTER = "raster"
    COORDINATES = "coordinates"
    DISTRICTS = "districts"


@dataclass(frozen=True, slots=True)
class DemandColumns:
    """How rows are located, and what says how much.

    ``datum`` is None where each row names its own or a CRS gives it, ``amount`` where each row counts as 1.
    """

    by: LocatedBy
    columns: ColumnMapping
    datum: Datum | None = None
    crs: str | None = None
    amount: str | None = None
    unit: str = ""

    @property
    def headers(self) -> set[str]:
        """The headers by which rows are located."""
        return {header for several in self.columns.fields.values() for header in several}


def find_demand_columns(sheet: DemandTable, request: DemandReadingForm) -> DemandColumns:
    """Return the columns of location and of demand. *Raises*: FaultError with all that are missing or ambiguous."""
    missing = _find_missing(sheet, {"--demand-column": request.demand_column})
    try:
        found = _locate(sheet, request)
    except FaultError as error:
        raise FaultError([*error.faults, *missing]) from error
    raise_faults(missing)
    amount, unit = _find_amount(sheet, found, request)
    return replace(found, amount=amount, unit=request.unit or unit)


def _find_missing(sheet: DemandTable, asked: Mapping[str, str | None]) -> list[Fault]:
    """Return a fault for each option that names a column that isn't there."""
    there = _shown(sheet.headers) or "–"
    return [
        DEMAND_COLUMN_FAULTS.build("no_column", file=sheet.file, field=option, value=header[:80], there=there)
        for option, header in asked.items()
        if header and header not in sheet.headers
    ]


def _locate(sheet: DemandTable, request: DemandReadingForm) -> DemandColumns:
    raise_faults(_find_missing(sheet, {"--lon": request.lon, "--lat": request.lat, "--code": request.code}))
    columns = guess_columns(sheet.headers, request.demand_datum)
    named = {"lon": request.lon, "lat": request.lat, "district_code": request.code}
    fields = {**columns.fields, **{name: (header,) for name, header in named.items() if header}}
    if request.lon or request.lat:
        fields.pop("point", None)
    columns = replace(columns, fields=fields)
    if sheet.shapes is not None and not (request.lon or request.code):
        crs = find_geometry_crs(sheet.file, sheet.crs, request)
        return DemandColumns(LocatedBy.GEOMETRY, columns, *crs)
    if (columns.has_field("lon") and columns.has_field("lat")) or columns.has_field("point"):
        return _by_coordinates(sheet, request, columns)
    return _by_districts(sheet, columns)


def find_geometry_crs(
    file: str, crs: str | None, request: DemandReadingForm
) -> tuple[Datum | None, str | None]:
    """Return the datum and the CRS of a file that names ``crs`` or none. *Raises*: FaultError if they are missing or conflict."""
    shifted = request.demand_datum is not None and request.demand_datum not in UNSHIFTED_DATUMS
    if crs is None and request.crs is None and request.demand_datum is None:
        raise _refuse("no_crs", file, "--crs")
    if request.crs is not None and (shifted or (crs and not _same_crs(crs, request.crs))):
        raise _refuse("two_crs", file, "--crs", request.crs, named=(crs or str(request.demand_datum))[:80])
    if crs is not None and shifted:
        raise _refuse("datum_conflict", file, "--demand-datum", request.demand_datum, named=crs[:80])
    return request.demand_datum, request.crs or crs


def _by_coordinates(sheet: DemandTable, request: DemandReadingForm, columns: ColumnMapping) -> DemandColumns:
    asked, named = request.demand_datum, request.demand_datum or columns.datum
    if request.crs is not None:
        if named is not None and named not in UNSHIFTED_DATUMS:
            raise _refuse("two_crs", sheet.file, "--crs", request.crs, named=str(named))
        return DemandColumns(LocatedBy.COORDINATES, columns, None, request.crs)
    if asked and columns.datum and not is_same_datum(asked, columns.datum):
        raise _refuse("datum_conflict", sheet.file, "--demand-datum", asked, named=str(columns.datum))
    if named is None and not columns.has_field("datum"):
        raise _refuse("no_datum", sheet.file, "--demand-datum")
    return DemandColumns(LocatedBy.COORDINATES, columns, named)


def _by_districts(sheet: DemandTable, columns: ColumnMapping) -> DemandColumns:
    if not columns.has_field("district_code") and columns.has_field("id"):
        (header,) = columns.headers("id")
        if all(_SIX_DIGITS.fullmatch(text.strip()) for text in sheet.column(header).to_pylist()):
            columns = replace(columns, fields={**columns.fields, "district_code": (header,)})
            sheet.note_column(DEMAND_COLUMN_FAULTS, "taken_codes", header)
    if not columns.has_field("district_code") and not columns.has_field("district"):
        _refuse_data(sheet)
        there = _shown(sheet.headers) or "–"
        row = 1 if sheet.counted != "records" else None
        raise FaultError(DEMAND_COLUMN_FAULTS.build("no_location", file=sheet.file, row=row, value=there))
    return DemandColumns(LocatedBy.DISTRICTS, columns)


def _find_amount(
    sheet: DemandTable, found: DemandColumns, request: DemandReadingForm
) -> tuple[str | None, str]:
    """Return the column of demand with its unit: the named one, else the only one with a known header.

    A file of coordinates may have none; each row then counts as 1. *Raises*: FaultError where several are possible.
    """
    if request.demand_column is not None:
        return request.demand_column, unit_of_column(request.demand_column)
    if request.demand_each:
        return None, POINTS_UNIT
    known = [header for header in sheet.headers if _unit_of_header(header) is not None]
    if len(known) == 1:
        sheet.note_column(DEMAND_COLUMN_FAULTS, "taken_column", known[0])
        return known[0], unit_of_column(known[0])
    free = (one for one in sheet.headers if one and one not in found.headers and not is_hour_header(one))
    others = known or [header for header in free if _holds_numbers(sheet, header)]
    if others or found.by is not LocatedBy.COORDINATES:
        raise _refuse("ambiguous_column", sheet.file, "--demand-column", _shown(others) or "–")
    sheet.notes.append(DEMAND_COLUMN_FAULTS.build("each_row", file=sheet.file, severity="warning"))
    return None, POINTS_UNIT


def unit_of_column(header: str) -> str:
    """Return the unit that a header implies, or else the header itself."""
    return _unit_of_header(header) or quotable_header(header)


def _unit_of_header(header: str) -> str | None:
    text = normalize_header(header)
    for unit, names in _DEMAND_HEADERS.items():
        if any(text == normalize_header(name) or text in cut_header(name) for name in names.split()):
            return unit
    return None


def _holds_numbers(sheet: DemandTable, header: str) -> bool:
    texts = sheet.column(header).slice(0, _SAMPLED_ROWS)
    told = pc.sum(pc.not_equal(pc.utf8_trim_whitespace(texts), "")).as_py() or 0
    return bool(told) and int(np.isfinite(parse_numbers(texts)).sum()) * 2 > told


def _same_crs(one: str, other: str) -> bool:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(one).equals(CRS.from_user_input(other), ignore_axis_order=True)
    except CRSError:
        return one == other


def _shown(headers: Sequence[str]) -> str:
    names = [quotable_header(header) for header in headers if header]
    return "、".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "")


def _refuse_data(sheet: DemandTable) -> None:
    """*Raises*: FaultError where a cell of the first line is a number, so that the line holds no column names."""
    if sheet.counted != "lines" or not any(re.fullmatch(r"-?\d+\.?\d*", h.strip()) for h in sheet.headers):
        return
    if sheet.headers == tuple(str(n) for n in range(1, len(sheet.headers) + 1)):  # --no-header
        raise _refuse("unnamed_columns", sheet.file, "--lon", _shown(sheet.headers))
    value = _shown(sheet.headers)
    raise FaultError(DEMAND_COLUMN_FAULTS.build("no_header", file=sheet.file, row=1, value=value))


def _refuse(code: str, file: str, option: str, value: object = "", named: str = "") -> FaultError:
    return FaultError(DEMAND_COLUMN_FAULTS.build(code, file=file, field=option, value=value, named=named))
