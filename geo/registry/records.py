"""Stations ↔ rows of the database."""

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, select

from geo.registry.tables import stations as table
from geo.station import Access, Calendar, Entry, Kind, Station, Status

_Item = TypeVar("_Item")

FIELDS = tuple(Station.model_fields)
_COLUMNS = [table.c[name] for name in FIELDS]
_ALL = set(FIELDS)
_SETS = ("facilities", "accepts")
_ENUMS: Mapping[str, Mapping[str, StrEnum]] = {
    name: {member.value: member for member in enum}
    for name, enum in (
        ("kind", Kind),
        ("calendar", Calendar),
        ("entry", Entry),
        ("access", Access),
        ("status", Status),
    )
}


def selected() -> Select[Any]:
    """The stations that are there, as ``read`` wants them."""
    return select(*_COLUMNS).where(table.c.gone_at.is_(None))


def read(connection: Connection, query: Select[Any]) -> list[Station]:
    """Rows of ``selected()`` as stations; not checked again, since only checked ones are written."""
    known: dict[str, frozenset[str]] = {}
    return [_station(tuple(row), known) for row in connection.execute(query)]


def _station(row: tuple[Any, ...], known: dict[str, frozenset[str]]) -> Station:
    values = dict(zip(FIELDS, row, strict=True))
    for name, enum in _ENUMS.items():
        values[name] = enum[values[name]]
    for name in _SETS:
        text = values[name]
        if text not in known:
            known[text] = frozenset(json.loads(text))
        values[name] = known[text]
    return Station.model_construct(_ALL, **values)


def written(station: Station, register: str, placed_by: str | None = None) -> dict[str, object]:
    """A station as the values of its row; ``placed_by`` where its point is not its register's."""
    values = {name: getattr(station, name) for name in FIELDS}
    return {
        **values,
        **{name: str(values[name]) for name in _ENUMS},
        **{name: json.dumps(sorted(values[name]), ensure_ascii=False) for name in _SETS},
        "register": register,
        "placed_by": placed_by,
        "gone_at": None,
    }


def as_json(station: Station, fields: Iterable[str]) -> str:
    """Some fields of a station for the history."""
    values = station.model_dump(mode="json", include=set(fields))
    values |= {name: sorted(values[name]) for name in _SETS if name in values}
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def batches(items: Iterable[_Item], size: int = 500) -> Iterator[list[_Item]]:
    """Items in portions: a database takes so many parameters at once, and so many rows fit in memory."""
    rest = iter(items)
    while portion := list(islice(rest, size)):
        yield portion
