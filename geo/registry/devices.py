"""Devices of self-service stations: their keys, their readings for two days, and counts by station and hour.

A reading is stored once, by the source and the id of its event. What a device stated last stands in its row;
only a change of it gives the live status a new version, so that readings that repeat wake no page.
"""

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Row,
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
    update,
)

from core.civil_time import CIVIL_TIME, civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.messages import READING_FIELDS, ReadingField
from geo.registry import records
from geo.registry.station_keys import RandomBytes, find_key_row, generate_key
from geo.registry.stations import find_station
from geo.registry.tables import station_statements
from geo.status.devices import DeviceReading, DeviceState, ReadingValue, StatedValue, apply_readings
from geo.status.statements import ReporterRole, ReportKind
from geo.usage_counts import first_retained_day
from store import Instant, insert_into, lock_exclusive, metadata

RAW_RETENTION = timedelta(days=2)
LATEST_READING = timedelta(days=1)  # a reading older than this is refused; its duplicate could be purged
MAX_READINGS_PER_HOUR = 120  # of one device, by the hour in which it measured

station_devices = Table(
    "station_devices",
    metadata,
    Column("id", String(8), primary_key=True),  # the key's public part, which events contain
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("label", String(80), nullable=False),  # the officer's name for it
    Column("digest", String(64), nullable=False),  # of the whole key, which is not stored
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("stated", Text, nullable=False),  # JSON object: field → value, since, at, event id
    Index("ix_station_devices_station_id", "station_id"),
    comment="the devices that report for a station, and what each stated last",
)
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

DEVICE_FAULTS = FaultTable(
    "station_device",
    {
        "no_station": (N_("there is no station {value}"), N_("`yihui stations list` shows the ids")),
        "no_table_file": (N_("{value} is neither CSV nor XLSX"), N_("name the file .csv or .xlsx")),
        "label": (
            N_("the label “{value}” is longer than {most} characters, or holds signs that can't be printed"),
            N_("give a few words, such as 门锁"),
        ),
        "no_device": (
            N_("there is no device {value}"),
            N_("`yihui stations devices list` shows the devices by the beginning of their keys"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class StationDevice:
    """A device with what it stated last; ``id`` is the public part of its key."""

    id: str
    station: str
    label: str
    created_at: datetime
    revoked_at: datetime | None = None
    state: DeviceState = field(default_factory=DeviceState)

    @property
    def last_stated_at(self) -> datetime | None:
        """When it stated anything last; None if it never did."""
        return max((stated.at for stated in self.state.stated.values()), default=None)


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading with its device, its event's key and the digest of the event's content."""

    device: str
    key: tuple[str, str]
    digest: str
    at: datetime
    values: Mapping[ReadingField, ReadingValue]


# --- devices and their keys


def add_device(
    connection: Connection,
    station: str,
    label: str,
    at: datetime,
    *,
    random_bytes: RandomBytes = secrets.token_bytes,
) -> tuple[StationDevice, str]:
    """Add a device; return it with its key, which can't be shown again. *Raises*: FaultError."""
    place = find_station(connection, station)
    if place is None:
        raise FaultError(DEVICE_FAULTS.build("no_station", field="STATION", value=station))
    made = generate_key(random_bytes)
    row = {"id": made.id, "station_id": place.id, "label": label, "digest": made.digest, "created_at": at}
    connection.execute(insert(station_devices).values(**row, stated="{}"))
    return StationDevice(made.id, place.id, label, at), made.text


def revoke_device(connection: Connection, id: str, at: datetime) -> StationDevice:
    """Revoke a device's key; what it stated has no effect any more. *Raises*: FaultError if there is none."""
    lock_exclusive(connection, "import of stations")
    found = find_devices(connection, [id]).get(id)
    if found is None:
        raise FaultError(DEVICE_FAULTS.build("no_device", field="DEVICE", value=id))
    if found.revoked_at is not None:
        return found
    connection.execute(update(station_devices).where(station_devices.c.id == id).values(revoked_at=at))
    _mark_changed(connection, [found], at)
    return StationDevice(found.id, found.station, found.label, found.created_at, at, found.state)


def load_devices(connection: Connection, station: str | None = None) -> list[StationDevice]:
    """Return the devices of a station or of all, revoked ones included, ordered by station and time."""
    c = station_devices.c
    query = select(station_devices).order_by(c.station_id, c.created_at, c.id)
    rows = connection.execute(query if station is None else query.where(c.station_id == station))
    return [_device(row) for row in rows]


def find_devices(connection: Connection, ids: Iterable[str]) -> dict[str, StationDevice]:
    """Return the devices with these ids, by id."""
    found: dict[str, StationDevice] = {}
    for portion in records.batches(sorted(set(ids))):
        rows = connection.execute(select(station_devices).where(station_devices.c.id.in_(portion)))
        found.update({row.id: _device(row) for row in rows})
    return found


def find_device_by_key(connection: Connection, text: str) -> StationDevice | None:
    """Return the device with this key, valid or revoked. A wrong key takes as long as a right one."""
    row = find_key_row(connection, station_devices, text)
    return None if row is None else _device(row)


def load_device_states(connection: Connection, station: str | None = None) -> dict[str, list[DeviceState]]:
    """Return what the devices in use stated last, by station; devices that stated nothing are left out."""
    c = station_devices.c
    query = select(station_devices).where(c.revoked_at.is_(None), c.stated != "{}")
    if station is not None:
        query = query.where(c.station_id == station)
    found: dict[str, list[DeviceState]] = {}
    for row in connection.execute(query.order_by(c.station_id, c.id)):
        found.setdefault(row.station_id, []).append(_device(row).state)
    return found


# --- readings


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
        text = _state_text(state)
        connection.execute(update(station_devices).where(station_devices.c.id == id).values(stated=text))
        if state.differs_for_riders(device.state) or _was_silent(device, now):
            changed.append(device)
    _mark_changed(connection, changed, now)


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


def _mark_changed(connection: Connection, devices: Sequence[StationDevice], now: datetime) -> None:
    """Give the live status a new version: one row for each device, which replaces its last one."""
    c = station_statements.c
    for device in devices:
        mark = {
            "station_id": device.station,
            "at": now,
            "lapses_at": now,  # the mark itself states nothing
            "voice": ReporterRole.DEVICE.value,
            "what": ReportKind.SENSED.value,
            "who": device.id,
            "counts": False,
            "facilities": "[]",
            "hours_text": "",
            "note": "",
            "source": "",
            "event_id": device.id,
            "recorded_at": now,
        }
        number = connection.execute(
            insert(station_statements).values(mark).returning(c.sequence)
        ).scalar_one()
        mine = (c.who == device.id, c.voice == ReporterRole.DEVICE.value)
        connection.execute(delete(station_statements).where(*mine, c.sequence < number))


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


def _device(row: Row[Any]) -> StationDevice:
    stated = {
        name: StatedValue(value, datetime.fromisoformat(since), datetime.fromisoformat(at), id)
        for name, (value, since, at, id) in json.loads(row.stated).items()
    }
    state = DeviceState(MappingProxyType(stated))
    return StationDevice(row.id, row.station_id, row.label, row.created_at, row.revoked_at, state)


def _state_text(state: DeviceState) -> str:
    return json.dumps(
        {
            name: [one.value, one.since.isoformat(), one.at.isoformat(), one.id]
            for name, one in state.stated.items()
        },
        ensure_ascii=False,
    )
