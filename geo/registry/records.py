"""Convert stations to and from rows of the database."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import chain, islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from core.calendars import Calendar
from geo.registry.tables import stations as table
from geo.station import Access, Entry, Kind, Station, Status

_Item = TypeVar("_Item")

STATION_FIELDS = tuple(Station.model_fields)
_COLUMNS = [table.c[name] for name in STATION_FIELDS]
_ALL = set(STATION_FIELDS)
_ROWS = 1_000  # fetched at a time
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


def present_stations_query() -> Select[Any]:
    """Return a query of the present stations, for `query_stations`."""
    return select(*_COLUMNS).where(table.c.gone_at.is_(None))


def query_stations(connection: Connection, query: Select[Any]) -> list[Station]:
    """Return the rows of a `present_stations_query()` query as stations.

    They are not validated again, since only validated stations are stored.
    """
    stored = _read_stored()
    rows = chain.from_iterable(connection.execute(query).partitions(_ROWS))
    return [_station(row, stored) for row in rows]


def read_station(row: Iterable[Any]) -> Station:
    """Return one row of such a query as a station."""
    return _station(row, _read_stored())


def _read_stored() -> Mapping[str, Mapping[str, Any]]:
    """Return what reads the stored values of the fields that aren't stored as they are."""
    return {**_ENUMS, **dict.fromkeys(_SETS, _NameSets())}


class _NameSets(dict[str, frozenset[str]]):
    """The sets of names that have been read, by their JSON."""

    def __missing__(self, text: str) -> frozenset[str]:
        return self.setdefault(text, frozenset(json.loads(text)))


def _station(row: Iterable[Any], stored: Mapping[str, Mapping[str, Any]]) -> Station:
    values = dict(zip(STATION_FIELDS, row, strict=True))
    for name, read in stored.items():
        values[name] = read[values[name]]
    station = Station.__new__(Station)  # as `model_construct` does, which takes ten times as long
    object.__setattr__(station, "__dict__", values)
    object.__setattr__(station, "__pydantic_fields_set__", _ALL)
    object.__setattr__(station, "__pydantic_extra__", None)
    object.__setattr__(station, "__pydantic_private__", None)
    return station


def station_row_values(station: Station, register: str) -> dict[str, object]:
    """Return a station as the values of its row."""
    values = {name: getattr(station, name) for name in STATION_FIELDS}
    return {
        **values,
        **{name: str(values[name]) for name in _ENUMS},
        **{name: json.dumps(sorted(values[name]), ensure_ascii=False) for name in _SETS},
        "register": register,
        "gone_at": None,
    }


def history_entry(
    station: str, at: datetime, change: str, cause: str, before: str = "{}", after: str = "{}"
) -> dict[str, object]:
    """Return a change of a station as the values of its row in the history; ``before`` and ``after`` are JSON."""
    return {
        "station_id": station, "at": at, "change": change, "before": before, "after": after, "cause": cause
    }  # fmt: skip


def station_fields_json(station: Station, fields: Iterable[str]) -> str:
    """Return some fields of a station as JSON for the history."""
    values = station.model_dump(mode="json", include=set(fields))
    values |= {name: sorted(values[name]) for name in _SETS if name in values}
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def rows_with(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], keys: Iterable[str]
) -> Iterator[Row[*tuple[Any, ...]]]:
    """Yield the rows of a query in which a column has one of many keys."""
    for portion in batches(sorted(set(keys))):
        yield from connection.execute(query.where(column.in_(portion)))


def batches(items: Iterable[_Item], size: int = 500) -> Iterator[list[_Item]]:
    """Yield items in batches: databases limit the number of parameters, and memory the number of rows."""
    rest = iter(items)
    while portion := list(islice(rest, size)):
        yield portion
