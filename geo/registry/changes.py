"""Find stations that changed between two versions: in the register, or by reports and notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, union

from geo.registry import records
from geo.registry.status_tables import station_statements
from geo.registry.tables import station_changes, stations
from geo.station import Station


@dataclass(frozen=True, slots=True)
class VersionSpan:
    """A span of versions, after the first number up to the second.

    ``register`` numbers the register's changes, ``live`` the status reports.
    """

    register: tuple[int, int]
    live: tuple[int, int]


def changed_station_ids(connection: Connection, span: VersionSpan, after: str, limit: int) -> list[str]:
    """Return the ids of stations that changed or had a new report, in order, up to ``limit`` after an id."""
    c, s = station_changes.c, station_statements.c
    changed = select(c.station_id).where(c.sequence > span.register[0], c.sequence <= span.register[1])
    spoken_of = select(s.station_id).where(s.sequence > span.live[0], s.sequence <= span.live[1])
    both = union(changed, spoken_of).subquery()
    query = select(both.c.station_id).where(both.c.station_id > after).order_by(both.c.station_id)
    return list(connection.execute(query.limit(limit)).scalars())


def load_current_stations(connection: Connection, ids: Sequence[str]) -> Mapping[str, Station]:
    """Return by id those of the stations that are present now."""
    found = (
        station
        for portion in records.batches(ids)
        for station in records.query_stations(
            connection, records.present_stations_query().where(stations.c.id.in_(portion))
        )
    )
    return {station.id: station for station in found}
