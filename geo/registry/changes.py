"""What became other since a version: of the register, and of what is said of its stations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, union

from geo.registry import records
from geo.registry.status_tables import station_sayings
from geo.registry.tables import station_changes, stations
from geo.station import Station


@dataclass(frozen=True, slots=True)
class Span:
    """After one version up to another: numbers of changes of the register, and of sayings."""

    register: tuple[int, int]
    live: tuple[int, int]


def changed_within(connection: Connection, span: Span, after: str, limit: int) -> list[str]:
    """Ids of the stations that changed, or of which something was said; the first so many after an id."""
    c, s = station_changes.c, station_sayings.c
    changed = select(c.station_id).where(c.sequence > span.register[0], c.sequence <= span.register[1])
    spoken_of = select(s.station_id).where(s.sequence > span.live[0], s.sequence <= span.live[1])
    both = union(changed, spoken_of).subquery()
    query = select(both.c.station_id).where(both.c.station_id > after).order_by(both.c.station_id)
    return list(connection.execute(query.limit(limit)).scalars())


def stations_now(connection: Connection, ids: Sequence[str]) -> Mapping[str, Station]:
    """Those of the stations that are there now, by id."""
    found = (
        station
        for portion in records.batches(ids)
        for station in records.read(connection, records.selected().where(stations.c.id.in_(portion)))
    )
    return {station.id: station for station in found}
