"""Readings of devices: stored for two days, counted by station and hour for two years.

A reading is stored once, by the source and the id of its event. What a device stated last stands in its row;
only a change of it gives the live status a new version, so that readings that repeat wake no page.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    Text,
    case,
    delete,
    func,
    insert,
    select,
    tuple_,
)

from core.civil_time import CIVIL_TIME, civil_date
from geo.messages import READING_FIELDS, ReadingField
from geo.registry import records
from geo.registry.devices import StationDevice, find_devices, record_device_changes, store_device_state
from geo.status.devices import DeviceReading, ReadingValue, apply_readings
from geo.usage_counts import first_retained_day
from store import Instant, insert_into, lock_exclusive, metadata

RAW_RETENTION = timedelta(days=2)
LATEST_READING = timedelta(days=1)  # a reading older than this is refused; its duplicate could be purged
MAX_READINGS_PER_HOUR = 120  # of one device, by the hour in which it measured

station_readings = Table(
    "station_readings",
    metadata,
    Column("source", String(200), primary_key=True),  # of the event
    Column("event_id", String(200), primary_key=True),
    Column("device_id", String(8), ForeignKey("station_devices.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("digest", String(64), nullable=False),  # of the event's content
    Column("reading", Text, nullable=False),  # JSON object of the stated fields
    Index("ix_station_readings_device_id_at", "device_id", "at"),
    Index("ix_station_readings_at", "at"),
    comment="readings of the last two days; older ones are only counted",
)
sensed_hours = Table(
    "sensed_hours",
    metadata,
    Column("sensed_on", Date, primary_key=True),  # civil date
    Column("station_id", String(128), ForeignKey("stations.id"), primary_key=True),
    Column("hour", SmallInteger, primary_key=True, autoincrement=False),  # civil hour of the day
    Column("readings", BigInteger, nullable=False),
    Column("watched", BigInteger, nullable=False),  # readings that say whether somebody is inside
    Column("occupied", BigInteger, nullable=False),  # readings that say that somebody is
    Column("locked", BigInteger, nullable=False),
    comment="how many readings of a station's devices fell into an hour; nothing says who was there",
)
_COUNTED = ("readings", "watched", "occupied", "locked")


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading with its device, its event's key and the digest of the event's content."""

    device: str
    key: tuple[str, str]
    digest: str
    at: datetime
    values: Mapping[ReadingField, ReadingValue]


def load_reading_digests(
    connection: Connection, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return the digests of the stored readings among these events."""
    c = station_readings.c
    found: dict[tuple[str, str], str] = {}
    for portion in records.batches(sorted(set(keys))):
        query = select(c.source, c.event_id, c.digest).where(tuple_(c.source, c.event_id).in_(portion))
        found.update({(row.source, row.event_id): row.digest for row in connection.execute(query)})
    return found


def count_readings_by_hour(
    connection: Connection, devices: Iterable[str], since: datetime
) -> Counter[tuple[str, datetime]]:
    """Count the stored readings since an instant by device and hour of measurement."""
    c, counts = station_readings.c, Counter[tuple[str, datetime]]()
    for portion in records.batches(sorted(set(devices))):
        query = select(c.device_id, c.at).where(c.device_id.in_(portion), c.at >= since)
        counts.update((row.device_id, measured_hour(row.at)) for row in connection.execute(query))
    return counts


def measured_hour(at: datetime) -> datetime:
    """Return the beginning of the hour of an instant."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def record_readings(connection: Connection, readings: Sequence[StoredReading], now: datetime) -> None:
    """Store and count readings, each once, and update what their devices stated last.

    Call it last in a transaction, as `record_status_reports`.
    """
    if not readings:
        return
    lock_exclusive(connection, "import of stations")
    stored = load_reading_digests(connection, (one.key for one in readings))  # by another transaction
    fresh = list({one.key: one for one in readings if one.key not in stored}.values())
    if not fresh:
        return
    devices = find_devices(connection, (one.device for one in fresh))
    connection.execute(insert(station_readings), [_reading_row(one) for one in fresh])
    _count_hours(connection, fresh, devices)
    changed = []
    for id, device in sorted(devices.items()):
        state = apply_readings(device.state, _retained(connection, device, fresh, now))
        store_device_state(connection, id, state)
        if state.differs_for_riders(device.state) or _was_silent(device, now):
            changed.append(device)
    record_device_changes(connection, changed, now)


def _was_silent(device: StationDevice, now: datetime) -> bool:
    return any(not stated.is_fresh(now) for stated in device.state.stated.values())


def _reading_row(one: StoredReading) -> dict[str, object]:
    source, event_id = one.key
    reading = json.dumps({name: one.values[name] for name in READING_FIELDS if name in one.values})
    return {
        "source": source,
        "event_id": event_id,
        "device_id": one.device,
        "at": one.at,
        "digest": one.digest,
        "reading": reading,
    }


def _retained(
    connection: Connection, device: StationDevice, fresh: Sequence[StoredReading], now: datetime
) -> list[DeviceReading]:
    """Return the new readings of a device; where one came late, all that are stored."""
    mine = [one for one in fresh if one.device == device.id]
    heard = device.last_stated_at
    if heard is None or all(one.at > heard for one in mine):
        return [DeviceReading(one.at, " ".join(one.key), one.values) for one in mine]
    c = station_readings.c
    query = select(c.at, c.source, c.event_id, c.reading).where(
        c.device_id == device.id, c.at > now - RAW_RETENTION
    )
    return [
        DeviceReading(row.at, f"{row.source} {row.event_id}", json.loads(row.reading))
        for row in connection.execute(query)
    ]


def _count_hours(
    connection: Connection, fresh: Sequence[StoredReading], devices: Mapping[str, StationDevice]
) -> None:
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    for one in fresh:
        civil = one.at.astimezone(CIVIL_TIME)
        counts = sums.setdefault((civil.date(), devices[one.device].station, civil.hour), Counter())
        counts["readings"] += 1
        counts["watched"] += "occupied" in one.values
        counts["occupied"] += one.values.get("occupied") is True
        counts["locked"] += one.values.get("door") == "locked"
    names = [column.name for column in sensed_hours.primary_key.columns]
    rows = [
        {**dict(zip(names, key, strict=True)), **{name: counts[name] for name in _COUNTED}}
        for key, counts in sorted(sums.items())
    ]
    adding = insert_into(connection, sensed_hours)
    more = {name: sensed_hours.c[name] + adding.excluded[name] for name in _COUNTED}
    connection.execute(adding.on_conflict_do_update(index_elements=names, set_=more), rows)


@dataclass(frozen=True, slots=True)
class HourUse:
    """How a station was used in one civil hour of the day, over a period.

    ``days`` have readings in that hour, on ``occupied_days`` somebody was inside at some time. The other
    figures count readings (see `sensed_hours`).
    """

    station: str
    hour: int
    days: int
    occupied_days: int
    readings: int
    watched: int
    occupied: int
    locked: int


def load_hours_of_use(connection: Connection, since: date, until: date) -> list[HourUse]:
    """Sum the counts of a period by station and hour of the day, both days included."""
    c = sensed_hours.c
    was_occupied = func.sum(case((c.occupied > 0, 1), else_=0))
    sums = [func.sum(c[name]) for name in _COUNTED]
    query = (
        select(c.station_id, c.hour, func.count(), was_occupied, *sums)
        .where(c.sensed_on.between(since, until))
        .group_by(c.station_id, c.hour)
    )
    found = [HourUse(row[0], *map(int, row[1:])) for row in connection.execute(query)]
    return sorted(found, key=lambda use: (use.station, use.hour))


def delete_old_readings(connection: Connection, now: datetime) -> int:
    """Delete readings and counts past retention; return their number. The counts stay for two years."""
    old = delete(station_readings).where(station_readings.c.at < now - RAW_RETENTION)
    counted = delete(sensed_hours).where(sensed_hours.c.sensed_on < first_retained_day(civil_date(now)))
    return connection.execute(old).rowcount + connection.execute(counted).rowcount


def has_old_readings(connection: Connection, now: datetime) -> bool:
    """Return whether there are readings or counts to delete."""
    old = station_readings.c.at < now - RAW_RETENTION
    counted = sensed_hours.c.sensed_on < first_retained_day(civil_date(now))
    return any(
        connection.execute(query.limit(1)).first() is not None
        for query in (select(station_readings.c.at).where(old), select(sensed_hours.c.hour).where(counted))
    )
