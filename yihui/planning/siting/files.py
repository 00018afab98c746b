"""Read a planner's lists: candidate sites with their costs, and limits by district."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from core.faults import Fault, FaultError, FaultTable, raise_faults_by_row
from core.money import AmountUnit, parse_amount
from core.sheets.listed_rows import ListedThings, select_listed_rows
from core.sheets.table import Row, Table, quotable_headers
from core.text_marks import N_
from geo.districts import Districts, is_code_within
from geo.formats.columns import find_known_header
from geo.siting.situation import CandidateSites
from yihui.files.tables import read_table_file
from yihui.planning.siting.request import SitingOrder
from yihui.services.stations.station_import import RegisterRequest, read_register

COST_HEADERS = (
    *("cost", "cost_yuan", "price", "费用", "造价", "投资", "成本", "建设费用", "建设成本", "建站费用"),
    *("改造费用", "预算", "投资额", "总造价"),
)
_TEN_THOUSAND = "万元"
_MOST_FEN = 2**50
_ROWS_NAMED = 8
_ANY_KIND = {"kind": "outdoor_station"}  # what will be built; the list needs no kind
_HOURS = "the opening hours can't be understood: {value}"  # the candidate's own hours don't matter
_HOW_LIMITS = N_(
    "a line with the column names 区县, 至少, 至多, then one line for each district: 历下区, 1, 3"
)
_FULL_NAME = N_("write its full name or its six-digit code")
SITING_FILE_FAULTS = FaultTable(
    "siting",
    {
        "bad_rows": (
            N_("{value} of {rows} rows can't be used"),
            N_("mend them, or go on without them: {option_partial}"),
        ),
        "negative_cost": (N_("the cost is below 0: {value}"), N_("write what the site costs, 0 or more")),
        "no_cost": (
            N_("the cost is empty"),
            N_("write what the site costs, or say {option_cost} YUAN for all rows that don't tell"),
        ),
        "no_candidate": (
            N_("there is no candidate in the file"),
            N_("a line with the column names, then one line for each site: name, lon, lat"),
        ),
        "left_out": (
            N_("{value} of {rows} rows can't be used and are left out: rows {named}"),
            N_("without {option_partial} it is told what is wrong with each"),
        ),
        "no_coordinates": (
            N_("the candidate “{value}” has no coordinates"),
            N_("fill them in, or delete the row: one can't reckon with a site that lies nowhere"),
        ),
        "no_amount": (N_("“{value}” is no amount of money"), N_("write yuan, such as 50000 or 50000.50")),
        "unknown": (N_("no district of {area} is called “{value}”"), _FULL_NAME),
        "elsewhere": (
            N_("“{value}” is not in {area}, or several districts are called so: {codes}"),
            _FULL_NAME,
        ),
        "crossed": (
            N_("at least {least}, but at most {value}"),
            N_("write a maximum that is no smaller than the minimum"),
        ),
        "twice": (N_("district {value} stands there twice"), N_("keep one row for each")),
        "no_columns": (
            N_("there is no column for the district, or none for least and most; there are: {value}"),
            _HOW_LIMITS,
        ),
        "no_district": (N_("there is no district in the file"), _HOW_LIMITS),
        "no_number": (
            N_("“{value}” is no number of sites"),
            N_("write a whole number, 0 or more, or leave the cell empty"),
        ),
    },
)
_DISTRICT = ("district", "name", "区县", "县区", "县市区", "区", "名称", "行政区", "区县名称")
_CODE = ("code", "district_code", "adcode", "区划代码", "代码", "区县代码", "行政区划代码")
_LEAST = ("min", "minimum", "least", "at_least", "至少", "最少", "下限", "最少新建")
_MOST = ("max", "maximum", "most", "at_most", "至多", "最多", "上限", "最多新建")
_MOST_SITES = 100_000


def read_candidates(
    order: SitingOrder, districts: Callable[[], Districts]
) -> tuple[CandidateSites, tuple[Fault, ...]]:
    """Read an order's list of sites as a register is read; return the candidates and the notes about them.

    Costs come from a column such as 费用（元） or 造价（万元） if there is one, else they are those of the order.
    *Raises*: FaultError with all faults of the file; OSError if it can't be read.
    """
    assert order.candidates is not None
    request = RegisterRequest(
        order.candidates, order.datum, mapping=order.mapping, constants=_ANY_KIND,
        areas_as_points=True,  # a plot of land
    )  # fmt: skip
    intake = read_register(request, districts)
    table, stations, numbers = intake.table, intake.reading.stations, intake.reading.row_numbers
    told = [fault for fault in (*intake.findings, *intake.reading.faults) if fault.message != _HOURS]
    faults = [fault for fault in told if fault.severity == "error"]
    row_of = {s.id: row for s, row in zip(stations, numbers, strict=True)}
    build = partial(SITING_FILE_FAULTS.build, file=table.file)
    faults += [
        build("no_coordinates", row=row_of[one.id], field="lon, lat", value=one.name)
        for one in intake.reading.unplaced_stations
    ]
    costs = _read_costs(table, order.cost_fen, faults)
    bad = {fault.row for fault in faults if fault.row}
    good = {row: s for s, row in zip(stations, numbers, strict=True) if row not in bad}
    if not faults and not good:
        faults.append(build("no_candidate"))
    is_whole = any(fault.row is None for fault in faults)
    build = partial(build, value=len(bad), rows=len(table.rows) + len(table.faults))
    if faults and (not order.partial or is_whole or not good):
        if good and not is_whole:
            faults.append(build("bad_rows"))
        raise FaultError(sorted(faults, key=lambda fault: fault.row or len(table.rows) + 2))
    notes = [*table.notes, *(one for one in told if one.severity == "warning" and one.row not in bad)]
    if faults:
        first = ", ".join(map(str, sorted(bad)[:_ROWS_NAMED])) + (" …" if len(bad) > _ROWS_NAMED else "")
        notes.append(build("left_out", severity="warning", named=first))
    rows = list(good)
    sites = CandidateSites(
        np.array([(s.lon, s.lat) for s in good.values()], dtype=np.float64).reshape(-1, 2),
        np.array([*(s.name for s in good.values()), None], dtype=object)[:-1],
        np.array([*(s.district for s in good.values()), None], dtype=object)[:-1],
        None if costs is None else np.array([costs[row] for row in rows], dtype=np.int64),
        np.array(rows, dtype=np.intp),
    )
    return sites, tuple(notes)


def _read_costs(table: Table, otherwise_fen: int | None, faults: list[Fault]) -> dict[int, int] | None:
    """Return the cost of each row in fen, and add its faults; None if neither the file nor the order gives a cost.

    A cell is in yuan, or in 万元 if it or its header says so.
    """
    header = find_known_header(table.headers, COST_HEADERS, _TEN_THOUSAND)
    if header is None:
        return None if otherwise_fen is None else {row.number: otherwise_fen for row in table.rows}
    unit: AmountUnit = "ten_thousand_yuan" if _TEN_THOUSAND in header else "yuan"
    costs: dict[int, int] = {}
    for row in table.rows:
        if merged := ListedThings((header,)).find_merged(row):
            faults.append(merged.at(file=table.file))
            continue
        text = row.text([header])
        fen, code = otherwise_fen, "no_cost"
        if text:
            fen, code = parse_amount(text, unit).fen, "no_amount"
        if fen is not None and fen < 0:
            code = "negative_cost"
        elif fen is not None and fen < _MOST_FEN:
            costs[row.number] = fen
            continue
        fault = SITING_FILE_FAULTS.build(code, file=table.file, row=row.number, field=header, value=text)
        faults.append(fault)
    return costs


@dataclass(frozen=True, slots=True)
class DistrictLimit:
    """The least and the most new sites of a district; ``most`` None means no maximum."""

    least: int = 0
    most: int | None = None


def read_district_limits(
    file: Path, area: str, districts: Districts
) -> tuple[Mapping[str, DistrictLimit], tuple[Fault, ...]]:
    """Read the limits by district code, with the notes of the file. *Raises*: FaultError with all faults of the file; OSError."""
    table = read_table_file(file.read_bytes(), file.name)
    sought = (_DISTRICT, _CODE, _LEAST, _MOST)
    district, code, least, most = (find_known_header(table.headers, names) for names in sought)
    table = select_listed_rows(table, ListedThings((), (district, code, least, most)))
    if not (district or code) or not (least or most):
        there = quotable_headers(table) or "–"
        raise FaultError(SITING_FILE_FAULTS.build("no_columns", file=table.file, row=1, value=there))
    limits: dict[str, DistrictLimit] = {}
    faults: list[Fault] = list(table.faults)
    for row in table.rows:
        told = row.faults_in((district, code, least, most))
        found = _find_district(row, code, district, area, districts, told)
        at_least, at_most = (_read_number(row, header, told) for header in (least, most))
        if at_least is not None and at_most is not None and at_most < at_least:
            told.append(SITING_FILE_FAULTS.build("crossed", field=most, value=at_most, least=at_least))
        if found in limits:
            told.append(SITING_FILE_FAULTS.build("twice", field="district", value=found))
        faults += [fault.at(file=table.file, row=row.number) for fault in told]
        if not told:
            limits[found] = DistrictLimit(at_least or 0, at_most)
    if not faults and not limits:
        faults.append(SITING_FILE_FAULTS.build("no_district", file=table.file))
    raise_faults_by_row(faults)
    return limits, table.notes


def _find_district(
    row: Row, code: str | None, name: str | None, area: str, districts: Districts, told: list[Fault]
) -> str:
    """Return the code of the district that a row names; add a fault and return nothing if it names none of the area."""
    text, named = (row.text([h for h in headers if h][:1]) for headers in ((code, name), (name,)))
    by_code = districts.find_by_code(text)
    found = [by_code] if by_code else list(districts.find_by_name(named or text, within=area))
    if len(found) == 1 and is_code_within(found[0].code, area):
        return found[0].code
    codes = ", ".join(district.code for district in found)
    build = partial(SITING_FILE_FAULTS.build, "elsewhere" if codes else "unknown", field="district")
    told.append(build(value=text or named, area=area, codes=codes))
    return ""


def _read_number(row: Row, header: str | None, told: list[Fault]) -> int | None:
    text = row.text([header]) if header else ""
    if text.isdecimal() and int(text) <= _MOST_SITES:
        return int(text)
    if text:
        told.append(SITING_FILE_FAULTS.build("no_number", field=header, value=text))
    return None
