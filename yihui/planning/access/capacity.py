"""The capacity of each place: one number for all, the area of its room, or a table of seats."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.formats.columns import normalize_header
from geo.formats.listed_rows import ListedThings, select_listed_rows
from geo.formats.table import Table, quotable_headers
from geo.geodesy import Floats
from yihui.planning.demand.table import parse_typed_number
from yihui.runtime.arguments import CANNOT_BE

if TYPE_CHECKING:
    from geo.station import Station


CAPACITY_BY_ROOM_AREA = "area_m2"
_FIELD = "--capacity"
_ID = ("id", "station_id", "编号", "站点编号", "驿站编号")
_CAPACITY = ("capacity", "seats", "容量", "座位", "座位数", "席位", "容纳人数", "可容纳人数")
_HOW = N_("a line with the column names 编号, 容量, then one line for each station: S001, 12")
_WHAT = N_("give a number for all places, area_m2 for the size of the room, or a table 编号, 容量")


CAPACITY_FAULTS = FaultTable(
    "access",
    {
        "no_columns": (N_("the table has no columns for station and capacity; there are: {value}"), _HOW),
        "not_above_zero": (CANNOT_BE, N_("give a number above 0")),
        "no_capacity_option": (CANNOT_BE, _WHAT),
        "without_capacity": (
            N_("stations without a capacity count as offering nothing: {value}, such as {names}"),
            N_("fill it in, or give one number for all"),
        ),
        "no_capacity": (N_("no station has a capacity"), _WHAT),
        "no_station": (
            N_("there is no station “{value}”"),
            N_("write the id of a placed station of the register"),
        ),
        "no_number": (N_("“{value}” is no capacity"), N_("write a number, 0 or more")),
        "twice": (N_("station “{value}” stands there twice"), N_("keep one row")),
    },
)


def station_capacities(stations: "Sequence[Station]", what: str) -> tuple[Floats, tuple[Fault, ...]]:
    """Return the capacity of each station and warnings; a station of unknown capacity gets 0.

    ``what`` is a number, ``area_m2`` or the path of a table.
    *Shape*: (n,). *Raises*: FaultError for an impossible number, with all faults of a table, or where none is known.
    """
    notes: tuple[Fault, ...] = ()
    if what == CAPACITY_BY_ROOM_AREA:
        known = {s.id: s.area_m2 for s in stations if s.area_m2 is not None}
    else:
        try:
            each = float(what)
        except ValueError:
            if not Path(what).exists() and "." not in what:
                raise FaultError(
                    CAPACITY_FAULTS.build("no_capacity_option", field=_FIELD, value=what)
                ) from None
            known, notes = _read_table(Path(what), {station.id for station in stations})
        else:
            if not 0 < each < np.inf:
                raise FaultError(CAPACITY_FAULTS.build("not_above_zero", field=_FIELD, value=what))
            return np.full(len(stations), each), ()
    unknown = [s for s in stations if s.id not in known]
    if stations and not known:
        raise FaultError(CAPACITY_FAULTS.build("no_capacity", field=_FIELD))
    if unknown:
        names, count = "、".join(s.name for s in unknown[:3]), f"{len(unknown):,}"
        build = partial(CAPACITY_FAULTS.build, "without_capacity", severity="warning")
        notes = (*notes, build(field=_FIELD, value=count, names=names))
    return np.array([known.get(s.id, 0.0) for s in stations]), notes


def _read_table(file: Path, stations: set[str]) -> tuple[dict[str, float], tuple[Fault, ...]]:
    from yihui.files.tables import read_table_file

    table = read_table_file(file.read_bytes(), file.name)
    id, capacity = _column(table, _ID), _column(table, _CAPACITY)
    if id is None or capacity is None:
        headers = quotable_headers(table)
        raise FaultError(CAPACITY_FAULTS.build("no_columns", file=table.file, row=1, value=headers))
    table = select_listed_rows(table, ListedThings((id, capacity)))
    known: dict[str, float] = {}
    faults: list[Fault] = list(table.faults)
    for row in table.rows:
        name, text = row.text([id]), row.text([capacity])
        amount, told = parse_typed_number(text), row.faults_in([id, capacity])
        if name not in stations or name in known:
            code = "twice" if name in known else "no_station"
            told.append(CAPACITY_FAULTS.build(code, field=id, value=name))
        if not 0 <= amount < np.inf:
            told.append(CAPACITY_FAULTS.build("no_number", field=capacity, value=text))
        if not told:
            known[name] = amount
        faults += [fault.at(file=table.file, row=row.number) for fault in told]
    raise_faults(faults)
    return known, table.notes


def _column(table: Table, names: Sequence[str]) -> str | None:
    known = {normalize_header(name) for name in names}
    return next((header for header in table.headers if normalize_header(header) in known), None)
