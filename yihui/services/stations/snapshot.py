"""All stations at one version of the register, loaded whole or derived from an earlier version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from yihui.bootstrap import Wiring
from yihui.services.organisations.district_names import majority_district_names

if TYPE_CHECKING:
    from geo.nearest.index import StationIndex
    from geo.station import Station
    from geo.status.live import LiveSummary

_VERSION = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")
_MOST_CHANGED = 1_000  # stations; if more have changed, the trees are rebuilt rather than patched


@dataclass(frozen=True, slots=True)
class SnapshotVersion:
    """How many changes of the register, and how many status reports and keeper notices, are included."""

    register: int
    live: int

    def __str__(self) -> str:
        """Return the form in which a version leaves the program: “12.3”."""
        return f"{self.register}.{self.live}"

    @classmethod
    def parse(cls, text: str) -> "SnapshotVersion | None":
        """Parse that form; None for any other text."""
        found = _VERSION.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None

    def includes(self, other: "SnapshotVersion") -> bool:
        """Return whether nothing of another version is missing in this one."""
        return self.register >= other.register and self.live >= other.live


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All stations at one version of the register; the index contains those with coordinates.

    ``valid_until``: when the next report or notice expires, even if no new one arrives.
    """

    version: SnapshotVersion
    stations: tuple["Station", ...]
    index: "StationIndex"
    stated: Mapping[str, str]  # names of districts by code, used where the outlines have none
    live: Mapping[str, "LiveSummary"] = field(default_factory=dict)
    valid_until: datetime | None = None
    links: Mapping[str, str] = field(default_factory=dict)  # linked id → station's id

    def district_names(self, official: Mapping[str, str]) -> Mapping[str, str]:
        """Return code → name of the districts that have stations."""
        return {code: official.get(code, stated) for code, stated in self.stated.items()}

    def is_current(self, version: SnapshotVersion, now: datetime) -> bool:
        return self.version == version and (self.valid_until is None or now < self.valid_until)


def is_station_in_area(station: "Station", area: str | None) -> bool:
    """Return whether a site of an area shows a station; one whose district is not known is not known to be elsewhere."""
    from geo.districts import is_code_within

    return area is None or station.district is None or is_code_within(station.district, area)


def newest_snapshot_version(wiring: Wiring) -> SnapshotVersion:
    """Return the version of the stations in the database. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return _version(connection)


def load_snapshot(wiring: Wiring, last: Snapshot | None, now: datetime) -> Snapshot:
    """Return the newest snapshot of the site's area: ``last`` if it still is, else one derived from it.

    *Raises*: StoreError.
    """
    with wiring.database.read() as connection:
        if last is not None and last.is_current(_version(connection), now):
            return last
        return _derive_next(last, connection, now, wiring.settings.site_area)


def find_changed_stations(wiring: Wiring, before: Snapshot, after: Snapshot, limit: int) -> set[str] | None:
    """Return the ids of stations whose answers differ between two snapshots, for any cause.

    None if the registry names more than ``limit`` changes. *Raises*: StoreError.
    """
    from geo.registry.statements import stations_reported_since
    from geo.registry.stations import load_changes_since

    changed = {
        id for id in before.live.keys() | after.live.keys() if before.live.get(id) != after.live.get(id)
    }
    with wiring.database.read() as connection:
        if after.version.register != before.version.register:
            others = load_changes_since(connection, before.version.register, limit)
            if others is None:
                return None
            changed |= {station.id for station in others[0]} | set(others[1])
        if after.version.live != before.version.live:
            reported = stations_reported_since(connection, before.version.live, limit)
            if reported is None:
                return None
            changed |= reported
    return changed


def _version(connection: Connection) -> SnapshotVersion:
    from geo.registry.statements import live_version
    from geo.registry.stations import register_version

    return SnapshotVersion(register_version(connection), live_version(connection))


def _derive_next(last: Snapshot | None, connection: Connection, now: datetime, area: str | None) -> Snapshot:
    """Return the next snapshot, derived from the previous one if few stations have changed."""
    from geo.registry.links import load_links
    from geo.registry.statements import load_live_summaries

    version = _version(connection)
    if last is None or last.version.register != version.register:
        last = (last and _replace_changed(last, connection, area)) or _load(connection, area)
        last = replace(last, links=load_links(connection))
    live = load_live_summaries(connection, now)
    ends = [one.until for one in live.values() if one.until is not None]
    return replace(
        last,
        version=version,
        index=last.index.with_live(live),
        live=live,
        valid_until=min(ends, default=None),
    )


def _load(connection: Connection, area: str | None) -> Snapshot:
    from geo.nearest.index import StationIndex
    from geo.registry.stations import load_stations

    stations = tuple(one for one in load_stations(connection) if is_station_in_area(one, area))
    return Snapshot(
        _version(connection), stations, StationIndex.build(stations), majority_district_names(stations)
    )


def _replace_changed(last: Snapshot, connection: Connection, area: str | None) -> Snapshot | None:
    """Return the snapshot with its changed stations replaced; None if too many have changed."""
    from geo.registry.stations import load_changes_since

    changes = load_changes_since(connection, last.version.register, _MOST_CHANGED - last.index.change_count)
    if changes is None:
        return None
    there = [station for station in changes[0] if is_station_in_area(station, area)]
    gone = {*changes[1], *(station.id for station in changes[0])} - {station.id for station in there}
    left = {station.id: station for station in last.stations if station.id not in gone}
    left.update((station.id, station) for station in there)
    stations = tuple(left[id] for id in sorted(left))
    index = last.index.with_changes(there, gone)
    return replace(last, stations=stations, index=index, stated=majority_district_names(stations))
