"""Fields of stations that a keeper or an officer changed; an import leaves each until the publisher's own value changes.

Beside such a field the station's row keeps what the publisher said of it. See docs/decisions/0036.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry import records
from geo.registry.tables import station_changes, stations
from geo.station import Station
from store import lock_exclusive

SET, PLACED, REVOKED = "set", "placed", "revoked"
_SAME_DEG = 1e-8  # a millimetre
# What the publisher says of one of a group, it says of all of it.
_GROUPS = (
    ("lon", "lat"),
    ("district",),
    ("district_name",),
    ("hours_text",),
    ("phone",),
    ("facilities",),
    ("note",),
)
_UNKNOWN = (N_("there is no station {value}"), N_("`yihui stations list` shows the ids"))
_FAULTS = FaultTable("hand_change", {"unknown": _UNKNOWN})


@dataclass(frozen=True, slots=True)
class HandChanged:
    """A station with what its publisher says of the fields that were changed by hand, as JSON data."""

    station: Station
    published: Mapping[str, object]

    def apply_to(self, read: Station) -> tuple[Station, tuple[str, ...]]:
        """Return an imported station with the fields that stay as they are, and the names of those that don't.

        A field stays while its publisher says the same of it as when it was changed, or nothing: an empty cell mends
        no value.
        """
        said = read_fields(read, self.published)
        left = {
            name
            for group in _groups_of(self.published)
            if _is_silent(group, said) or _are_same(group, said, self.published)
            for name in group
        }
        kept = {name: getattr(self.station, name) for name in left}
        taken = tuple(name for name in self.published if name not in left)
        return read.model_copy(update=kept), taken


def _groups_of(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    found = set(names)
    return (group for group in _GROUPS if found.intersection(group))


def _is_silent(group: Sequence[str], said: Mapping[str, object]) -> bool:
    return all(said.get(name) in (None, "", []) for name in group)


def _are_same(group: Sequence[str], one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return all(_is_same(one.get(name), other.get(name)) for name in group)


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= _SAME_DEG
    return one == other


def read_fields(station: Station, names: Iterable[str]) -> dict[str, object]:
    """Return fields as the history has them."""
    found: dict[str, object] = json.loads(records.station_fields_json(station, names))
    return found


def load_published(connection: Connection, id: str) -> dict[str, object]:
    """Return what the publisher says of each field of a station that differs from it by hand."""
    found = connection.execute(select(stations.c.published).where(stations.c.id == id)).scalar_one()
    published: dict[str, object] = json.loads(found)
    return published


def load_hand_changed(connection: Connection, register: str) -> Mapping[str, HandChanged]:
    """Return the stations of a register of which something was changed by hand, also those that are gone."""
    c = stations.c
    return _load(connection, c.register == register, c.published != "{}")


def _load(connection: Connection, *where: ColumnElement[bool]) -> Mapping[str, HandChanged]:
    c = stations.c
    rows = {row.id: row.published for row in connection.execute(select(c.id, c.published).where(*where))}
    query = select(*(c[name] for name in records.STATION_FIELDS)).where(*where)
    found = records.query_stations(connection, query)
    return {station.id: HandChanged(station, json.loads(rows[station.id])) for station in found}


def carry_changes_over(connection: Connection, kept: str, new: str) -> Mapping[str, object]:
    """Return the columns of a station's changes by hand that stay when it takes the values of another row."""
    both = _load(connection, stations.c.id.in_((kept, new)))
    read, taken = both[kept].apply_to(both[new].station)
    left = {name: value for name, value in both[kept].published.items() if name not in taken}
    row = records.station_row_values(read, "")
    published = {**both[new].published, **left}
    return {**{name: row[name] for name in left}, "published": json.dumps(published, ensure_ascii=False)}


def forget_published(
    connection: Connection, known: Mapping[str, HandChanged], taken: Mapping[str, Sequence[str]]
) -> None:
    """Forget what publishers said of fields that an import changed: they are theirs again."""
    left = {
        id: {name: value for name, value in known[id].published.items() if name not in names}
        for id, names in taken.items()
    }
    rows = [{"key": id, "published": json.dumps(said, ensure_ascii=False)} for id, said in left.items()]
    if rows:
        connection.execute(update(stations).where(stations.c.id == bindparam("key")), rows)


def change_by_hand(
    connection: Connection, id: str, values: Mapping[str, object], by: str, at: datetime, change: str = SET
) -> Station:
    """Change fields of a station, record by whom, and return the station as it is now.

    ``by`` is an officer's id, or that of a keeper's key behind ``KEEPER``. The same values again change nothing.
    Reports that the change corrects are answered by it. Runs in the caller's transaction.
    *Raises*: FaultError if there is no such station; pydantic.ValidationError for a value that no station can have.
    """
    from geo.registry.corrections import answer_corrected  # here: an import loads neither numpy nor pyproj

    lock_exclusive(connection, "import of stations")  # so that changes are numbered in the order of commits
    found = records.query_stations(connection, records.present_stations_query().where(stations.c.id == id))
    if not found:
        raise FaultError(_FAULTS.build("unknown", field="ID", value=id))
    (before,) = found
    after = Station.model_validate({**before.model_dump(), **values})
    fields = tuple(name for name in values if getattr(before, name) != getattr(after, name))
    if not fields:
        return after
    published = load_published(connection, id)
    row = records.station_row_values(after, "")
    changed = {name: row[name] for name in fields}
    said = json.dumps(_publish(published, before, after, fields), ensure_ascii=False)
    connection.execute(update(stations).where(stations.c.id == id).values(**changed, published=said))
    said_before, said_after = (records.station_fields_json(one, fields) for one in (before, after))
    entry = records.history_entry(id, at, change, by, said_before, said_after)
    made = insert(station_changes).values(entry).returning(station_changes.c.sequence)
    answer_corrected(connection, connection.execute(made).scalar_one() - 1, at)
    return after


def _publish(
    published: dict[str, object], before: Station, after: Station, fields: Sequence[str]
) -> dict[str, object]:
    """Return what the publisher says of each field that differs from it."""
    for group in _groups_of(fields):
        said = {
            **read_fields(before, group),
            **{name: published[name] for name in group if name in published},
        }
        published = {name: value for name, value in published.items() if name not in group}
        if not _are_same(group, said, read_fields(after, group)):
            published |= said
    return published


@dataclass(frozen=True, slots=True)
class Placing:
    """A station's point as a person determined it. *CRS*: WGS84.

    ``district`` and its name are used if the station has none.
    """

    lon: float
    lat: float
    by: str
    district: str | None = None
    district_name: str = ""

    def apply_to(self, station: Station) -> Station:
        """Return the station as placed. *Raises*: pydantic.ValidationError for a point off the Earth."""
        district = {} if station.district else {"district": self.district}
        named = {} if station.district_name else {"district_name": self.district_name}
        return Station.model_validate(
            {**station.model_dump(), "lon": self.lon, "lat": self.lat, **district, **named}
        )


def place_station(connection: Connection, id: str, placing: Placing, at: datetime) -> Station:
    """Place a station, or move it, record by whom, and return the station as placed.

    Runs in the caller's transaction. *Raises*: FaultError if there is no such station; pydantic.ValidationError for
    a point off the Earth.
    """
    found = records.query_stations(connection, records.present_stations_query().where(stations.c.id == id))
    fields = ("lon", "lat", "district", "district_name")
    values = {name: getattr(placing.apply_to(found[0]), name) for name in fields} if found else {}
    return change_by_hand(connection, id, values, placing.by, at, PLACED)
