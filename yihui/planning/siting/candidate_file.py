"""Read a list of candidate sites, such as post offices, shops or petrol stations."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.faults import Fault, FaultError
from core.text_marks import N_
from geo.formats.columns import normalize_header
from geo.formats.table import Row, Table
from geo.siting.candidates import CandidateSites
from yihui.services.station_import import RegisterIntake, RegisterRequest, read_register

if TYPE_CHECKING:
    from geo.crs import Datum
    from geo.districts import Districts
    from geo.station import Station


COST_HEADERS = (
    *("cost", "cost_yuan", "price", "费用", "造价", "投资", "成本", "建设费用", "建设成本", "建站费用"),
    *("改造费用", "预算", "投资额", "总造价"),
)
_TEN_THOUSAND = "万元"
_FEN_PER_YUAN = 100
_MOST_FEN = 2**50
_ROWS_NAMED = 8
_ANY_KIND = {"kind": "outdoor_station"}  # what will be built; the list needs no kind
_HOURS = "the opening hours can't be understood: {value}"  # the candidate's own hours don't matter


@dataclass(frozen=True, slots=True)
class CandidateFile:
    """A candidate file and the user's options for it.

    ``cost_fen`` applies to rows without a cost; ``partial`` continues without unusable rows.
    """

    file: Path
    datum: "Datum | None" = None
    mapping: Path | None = None
    cost_fen: int | None = None
    layer: str | None = None
    partial: bool = False


def read_candidates(
    given: CandidateFile, districts: Callable[[], "Districts"]
) -> tuple[CandidateSites, tuple[Fault, ...]]:
    """Read a list of sites as a register is read; return the candidates and the notes about them.

    Costs come from a column such as 费用（元） or 造价（万元） if there is one.
    *Raises*: FaultError with all faults of the file; OSError if it can't be read.
    """
    request = RegisterRequest(
        given.file, given.datum, mapping=given.mapping, constants=_ANY_KIND, layer=given.layer
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
        faults.append(_empty(intake.table))
    whole = any(fault.row is None for fault in faults)
    if faults and (not given.partial or whole or not good):
        if good and not whole:
            faults.append(_so_many(intake.table, bad))
        raise FaultError(sorted(faults, key=lambda fault: fault.row or len(intake.table.rows) + 2))
    notes = [
        *intake.table.notes,
        *(fault for fault in told if fault.severity == "warning" and fault.row not in bad),
    ]
    if faults:
        notes.append(_left_out(intake.table, bad))
    return _of(list(good.values()), list(good), costs), tuple(notes)


def _so_many(table: Table, bad: set[int]) -> Fault:
    return Fault(
        N_("{value} of {rows} rows can't be used"),
        N_("mend them, or go on without them: --partial"),
        file=table.file,
        value=str(len(bad)),
        params={"rows": str(len(table.rows) + len(table.faults))},
    )


def _left_out(table: Table, bad: set[int]) -> Fault:
    first = sorted(bad)[:_ROWS_NAMED]
    return Fault(
        N_("{value} of {rows} rows can't be used and are left out: rows {named}"),
        N_("without --partial it is told what is wrong with each"),
        file=table.file,
        value=str(len(bad)),
        severity="warning",
        params={
            "rows": str(len(table.rows) + len(table.faults)),
            "named": ", ".join(map(str, first)) + (" …" if len(bad) > len(first) else ""),
        },
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
        yield Fault(
            N_("the candidate “{value}” has no coordinates"),
            N_("fill them in, or delete the row: one can't reckon with a site that lies nowhere"),
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
    """Parse a cost in yuan, or in 万元 if the cell or its header says so; never through a float."""
    text = row.text([header])
    if not text:
        return _no_cost() if otherwise_fen is None else otherwise_fen
    in_ten_thousands = _TEN_THOUSAND in header or text.endswith(("万元", "万"))
    bare = text.replace(",", "").replace("，", "").removesuffix("元").removesuffix("万").strip("¥￥ ")
    try:
        fen = Decimal(bare) * _FEN_PER_YUAN * (10_000 if in_ten_thousands else 1)
        if fen < 0:
            return _negative(text)
        if fen == fen.to_integral_value() and fen < _MOST_FEN:
            return int(fen)
    except (InvalidOperation, ValueError):
        pass  # reported below, like every other invalid amount
    return Fault(
        N_("“{value}” is no amount of money"), N_("write yuan, such as 50000 or 50000.50"), value=text
    )


def _negative(text: str) -> Fault:
    return Fault(N_("the cost is below 0: {value}"), N_("write what the site costs, 0 or more"), value=text)


def _no_cost() -> Fault:
    return Fault(
        N_("the cost is empty"),
        N_("write what the site costs, or say --cost YUAN for all rows that don't tell"),
        value="",
    )


def _empty(table: Table) -> Fault:
    return Fault(
        N_("there is no candidate in the file"),
        N_("a line with the column names, then one line for each site: name, lon, lat"),
        file=table.file,
    )
