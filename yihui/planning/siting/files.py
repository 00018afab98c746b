"""Read a planner's lists: candidate sites with their costs, and limits by district."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.faults import Fault, FaultError, FaultTable, raise_faults_by_row
from core.money import parse_amount
from core.text_marks import N_
from geo.districts import Districts, is_code_within
from geo.formats.columns import normalize_header
from geo.formats.listed_rows import ListedThings, select_listed_rows
from geo.formats.table import Row, Table, quotable_headers
from geo.siting.situation import CandidateSites
from yihui.files.tables import read_table_file
from yihui.services.stations.station_import import RegisterIntake, RegisterRequest, read_register

if TYPE_CHECKING:
    from geo.datum import Datum
    from geo.districts import Districts
    from geo.station import Station


COST_HEADERS = (
    *("cost", "cost_yuan", "price", "费用", "造价", "投资", "成本", "建设费用", "建设成本", "建站费用"),
    *("改造费用", "预算", "投资额", "总造价"),
)
_TEN_THOUSAND = "万元"
_MOST_FEN = 2**50
_ROWS_NAMED = 8
_ANY_KIND = {"kind": "outdoor_station"}  # what will be built; the list needs no kind
_HOURS = "the opening hours can't be understood: {value}"  # the candidate's own hours don't matter
CANDIDATE_FAULTS = FaultTable(
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
    },
)
_DISTRICT = ("district", "name", "区县", "县区", "县市区", "区", "名称", "行政区", "区县名称")
_CODE = ("code", "district_code", "adcode", "区划代码", "代码", "区县代码", "行政区划代码")
_LEAST = ("min", "minimum", "least", "at_least", "至少", "最少", "下限", "最少新建")
_MOST = ("max", "maximum", "most", "at_most", "至多", "最多", "上限", "最多新建")
_HOW_LIMITS = N_(
    "a line with the column names 区县, 至少, 至多, then one line for each district: 历下区, 1, 3"
)
_MOST_SITES = 100_000
_FULL_NAME = N_("write its full name or its six-digit code")
DISTRICT_LIMIT_FAULTS = FaultTable(
    "siting",
    {
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


@dataclass(frozen=True, slots=True)
class CandidateFile:
    """A candidate file and the user's options for it.

    ``cost_fen`` applies to rows without a cost; ``partial`` continues without unusable rows.
    """

    file: Path
    datum: "Datum | None" = None
    mapping: Path | None = None
    cost_fen: int | None = None
    partial: bool = False


def read_candidates(
    given: CandidateFile, districts: Callable[[], "Districts"]
) -> tuple[CandidateSites, tuple[Fault, ...]]:
    """Read a list of sites as a register is read; return the candidates and the notes about them.

    Costs come from a column such as 费用（元） or 造价（万元） if there is one.
    *Raises*: FaultError with all faults of the file; OSError if it can't be read.
    """
    request = RegisterRequest(
        given.file,
        given.datum,
        mapping=given.mapping,
        constants=_ANY_KIND,
        areas_as_points=True,  # a plot of land
    )
    intake = read_register(request, districts)
    told = [fault for fault in (*intake.findings, *intake.reading.faults) if fault.message != _HOURS]
    faults = [fault for fault in told if fault.severity == "error"]
    faults += _not_placed(intake)
    costs, wrong = _costs(intake.table, given.cost_fen)
    faults += wrong
    bad = {fault.row for fault in faults if fault.row}
    good = {
        row: s
        for s, row in zip(intake.reading.stations, intake.reading.row_numbers, strict=True)
        if row not in bad
    }
    if not faults and not good:
        faults.append(CANDIDATE_FAULTS.build("no_candidate", file=intake.table.file))
    whole = any(fault.row is None for fault in faults)
    if faults and (not given.partial or whole or not good):
        if good and not whole:
            faults.append(
                CANDIDATE_FAULTS.build(
                    "bad_rows",
                    file=intake.table.file,
                    value=len(bad),
                    rows=len(intake.table.rows) + len(intake.table.faults),
                )
            )
        raise FaultError(sorted(faults, key=lambda fault: fault.row or len(intake.table.rows) + 2))
    notes = [
        *intake.table.notes,
        *(fault for fault in told if fault.severity == "warning" and fault.row not in bad),
    ]
    if faults:
        notes.append(_left_out(intake.table, bad))
    return _of(list(good.values()), list(good), costs), tuple(notes)


def _left_out(table: Table, bad: set[int]) -> Fault:
    first = sorted(bad)[:_ROWS_NAMED]
    return CANDIDATE_FAULTS.build(
        "left_out",
        file=table.file,
        value=len(bad),
        severity="warning",
        rows=len(table.rows) + len(table.faults),
        named=", ".join(map(str, first)) + (" …" if len(bad) > len(first) else ""),
    )


def _of(stations: Sequence["Station"], rows: Sequence[int], costs: dict[int, int] | None) -> CandidateSites:
    points = np.array([(s.lon, s.lat) for s in stations], dtype=np.float64).reshape(-1, 2)
    return CandidateSites(
        points,
        np.array([*(s.name for s in stations), None], dtype=object)[:-1],
        np.array([*(s.district for s in stations), None], dtype=object)[:-1],
        None if costs is None else np.array([costs[row] for row in rows], dtype=np.int64),
        np.array(rows, dtype=np.intp),
    )


def _not_placed(intake: RegisterIntake) -> Iterator[Fault]:
    row_of = {s.id: row for s, row in zip(intake.reading.stations, intake.reading.row_numbers, strict=True)}
    for station in intake.reading.unplaced_stations:
        yield CANDIDATE_FAULTS.build(
            "no_coordinates",
            file=intake.table.file,
            row=row_of[station.id],
            field="lon, lat",
            value=station.name,
        )


def _costs(table: Table, otherwise_fen: int | None) -> tuple[dict[int, int] | None, list[Fault]]:
    """Return the cost of each row in fen; None if neither the file nor the user gives a cost."""
    known = {normalize_header(name) for name in COST_HEADERS}
    header = next(
        (h for h in table.headers if normalize_header(h).removesuffix(_TEN_THOUSAND) in known), None
    )
    if header is None:
        every = None if otherwise_fen is None else {row.number: otherwise_fen for row in table.rows}
        return every, []
    costs: dict[int, int] = {}
    faults: list[Fault] = []
    for row in table.rows:
        cost = _cost(row, header, otherwise_fen)
        if isinstance(cost, Fault):
            faults.append(replace(cost, file=table.file, row=row.number, field=header))
        else:
            costs[row.number] = cost
    return costs, faults


def _cost(row: Row, header: str, otherwise_fen: int | None) -> int | Fault:
    """Parse a cost in yuan, or in 万元 if the cell or its header says so."""
    text = row.text([header])
    if not text:
        return CANDIDATE_FAULTS.build("no_cost", value="") if otherwise_fen is None else otherwise_fen
    amount = parse_amount(text, "ten_thousand_yuan" if _TEN_THOUSAND in header else "yuan")
    if amount.fen is None or amount.fen >= _MOST_FEN:
        return CANDIDATE_FAULTS.build("no_amount", value=text)
    return amount.fen if amount.fen >= 0 else CANDIDATE_FAULTS.build("negative_cost", value=text)


@dataclass(frozen=True, slots=True)
class DistrictLimit:
    """The least and the most new sites of a district; ``most`` None means no maximum."""

    least: int = 0
    most: int | None = None


def read_district_limits(
    file: Path, area: str, districts: Districts
) -> tuple[Mapping[str, DistrictLimit], tuple[Fault, ...]]:
    """Read the limits by district code, with the notes of the file.

    *Raises*: FaultError with all faults of the file; OSError.
    """
    table = select_listed_rows(read_table_file(file.read_bytes(), file.name), ListedThings(()))
    columns = {
        name: next((h for h in table.headers if normalize_header(h) in map(normalize_header, known)), None)
        for name, known in (("district", _DISTRICT), ("code", _CODE), ("least", _LEAST), ("most", _MOST))
    }
    if not (columns["district"] or columns["code"]) or not (columns["least"] or columns["most"]):
        raise FaultError(
            DISTRICT_LIMIT_FAULTS.build(
                "no_columns", file=table.file, row=1, value=quotable_headers(table) or "–"
            )
        )
    limits: dict[str, DistrictLimit] = {}
    faults: list[Fault] = list(table.faults)
    for row in table.rows:
        code = _code_of(row, columns, area, districts)
        limit = _limit_of(row, columns)
        told = row.faults_in(columns.values())
        told += [fault for fault in (code, *limit) if isinstance(fault, Fault)]
        if isinstance(code, str) and code in limits:
            told.append(DISTRICT_LIMIT_FAULTS.build("twice", field="district", value=code))
        faults += [fault.at(file=table.file, row=row.number) for fault in told]
        if not told and isinstance(code, str):
            least, most = (value if isinstance(value, int) else None for value in limit)
            limits[code] = DistrictLimit(least or 0, most)
    if not faults and not limits:
        faults.append(DISTRICT_LIMIT_FAULTS.build("no_district", file=table.file))
    raise_faults_by_row(faults)
    return limits, table.notes


def _code_of(row: Row, columns: Mapping[str, str | None], area: str, districts: Districts) -> str | Fault:
    text = row.text([h for h in (columns["code"], columns["district"]) if h][:1])
    name = row.text([columns["district"]]) if columns["district"] else ""
    by_code = districts.find_by_code(text)
    found = [by_code] if by_code else list(districts.find_by_name(name or text, within=area))
    if len(found) == 1 and is_code_within(found[0].code, area):
        return found[0].code
    return _unknown(text or name, area, [district.code for district in found])


def _limit_of(row: Row, columns: Mapping[str, str | None]) -> tuple[int | Fault | None, int | Fault | None]:
    least, most = (_number(row, columns[name]) for name in ("least", "most"))
    if isinstance(least, int) and isinstance(most, int) and most < least:
        return least, DISTRICT_LIMIT_FAULTS.build(
            "crossed", field=columns["most"] or "", value=most, least=least
        )
    return least, most


def _number(row: Row, header: str | None) -> int | Fault | None:
    text = row.text([header]) if header else ""
    if not text:
        return None
    if text.isdecimal() and int(text) <= _MOST_SITES:
        return int(text)
    return DISTRICT_LIMIT_FAULTS.build("no_number", field=header, value=text)


def _unknown(text: str, area: str, codes: Sequence[str]) -> Fault:
    return DISTRICT_LIMIT_FAULTS.build(
        "elsewhere" if codes else "unknown", field="district", value=text, area=area, codes=", ".join(codes)
    )
