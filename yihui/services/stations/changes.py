"""The changes of stations since a version, for clients that store a copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from geo.registry.statements import live_version, load_live_summaries
from geo.registry.stations import (
    VersionSpan,
    changed_station_ids,
    load_changes_since,
    load_current_stations,
    register_version,
)
from geo.station import Station
from geo.status.live import LiveSummary
from yihui.bootstrap import Wiring
from yihui.services.stations.snapshot import SnapshotVersion, is_station_in_area


@dataclass(frozen=True, slots=True)
class StationChanges:
    """One page of changes by station id: stations as they are now, and ids of those that are gone.

    ``upto`` is the version that all pages of one answer report; ``live`` holds at ``at``.
    """

    upto: SnapshotVersion
    at: datetime
    ids: tuple[str, ...]
    stations: tuple[Station, ...]
    gone: tuple[str, ...]
    live: Mapping[str, LiveSummary]
    is_last: bool


def load_station_changes(
    wiring: Wiring, since: SnapshotVersion, upto: SnapshotVersion | None, after: str, limit: int
) -> StationChanges | None:
    """Return the page after the id ``after``; None if the database never had the version ``since``.

    A station outside the site's area is gone.

    Without ``upto`` the page reports the newest version. *Raises*: StoreError.
    """
    with wiring.database.read() as connection:
        upto = upto or SnapshotVersion(register_version(connection), live_version(connection))
        if since.register > upto.register or since.live > upto.live:
            return None
        span = VersionSpan((since.register, upto.register), (since.live, upto.live))
        found = changed_station_ids(connection, span, after, limit + 1)
        ids, at = tuple(found[:limit]), wiring.now()
        area = wiring.settings.site_area
        there = load_current_stations(connection, list(ids))
        current = {id: station for id, station in there.items() if is_station_in_area(station, area)}
        live = load_live_summaries(connection, at)
    return StationChanges(
        upto,
        at,
        ids,
        tuple(current[id] for id in ids if id in current),
        tuple(id for id in ids if id not in current),
        live,
        len(found) <= limit,
    )


def load_register_changes(
    wiring: Wiring, register: int, limit: int
) -> tuple[list[Station], list[str]] | None:
    """Return changed stations and ids of removed ones since a register's version; None if over ``limit``.

    *Raises*: StoreError.
    """
    with wiring.database.read() as connection:
        return load_changes_since(connection, register, limit)
