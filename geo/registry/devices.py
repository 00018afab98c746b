"""Devices of self-service stations: their keys, and what each stated last."""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry import records
from geo.registry.station_keys import RandomBytes, find_key_row, generate_key
from geo.registry.stations import find_station
from geo.registry.tables import station_statements
from geo.status.devices import DeviceState, StatedValue
from geo.status.statements import ReporterRole, ReportKind
from store import Instant, lock_exclusive, metadata

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
    record_device_changes(connection, [found], at)
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


def _device(row: Row[Any]) -> StationDevice:
    stated = {
        name: StatedValue(value, datetime.fromisoformat(since), datetime.fromisoformat(at), id)
        for name, (value, since, at, id) in json.loads(row.stated).items()
    }
    state = DeviceState(MappingProxyType(stated))
    return StationDevice(row.id, row.station_id, row.label, row.created_at, row.revoked_at, state)


def store_device_state(connection: Connection, id: str, state: DeviceState) -> None:
    """Store what a device stated last."""
    text = json.dumps(
        {
            name: [one.value, one.since.isoformat(), one.at.isoformat(), one.id]
            for name, one in state.stated.items()
        },
        ensure_ascii=False,
    )
    connection.execute(update(station_devices).where(station_devices.c.id == id).values(stated=text))


def record_device_changes(connection: Connection, devices: Sequence[StationDevice], now: datetime) -> None:
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
