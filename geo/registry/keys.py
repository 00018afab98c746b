"""Keys of stations: that of a keeper, and that of a device with what it stated last.

A key is shown once; only its digest is stored.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry.reports import report_to_row
from geo.registry.stations import find_station
from geo.registry.tables import keeper_keys, station_devices, station_statements
from geo.status.devices import DeviceReading
from geo.status.statements import ReporterRole, ReportKind, StatusReport
from store import lock_exclusive
from store.key_texts import KEY_ID_LETTERS, RandomBytes, find_key_row, generate_key

_FAULTS = FaultTable(
    "keeper_key",
    {
        "no_station": (N_("there is no station {value}"), N_("`yihui stations list` shows the ids")),
        "no_key": (
            N_("there is no keeper's key {value}"),
            N_("/desk/stations/keys shows the keys by the beginning that names them"),
        ),
    },
)


def normalise_keeper_key(text: str) -> str:
    """Return a key as it was issued from typed or pasted text: a link, capitals, other separators.

    >>> normalise_keeper_key(" https://yihui.example/keep#ABCDEFGH abcd-efgh ")
    'abcdefgh-abcdefgh'
    """
    letters = re.sub(r"[\s\u2010-\u2015_-]", "", text.rpartition("#")[2]).lower()
    return f"{letters[:KEY_ID_LETTERS]}-{letters[KEY_ID_LETTERS:]}"


@dataclass(frozen=True, slots=True)
class KeeperKey:
    """A stored key: ``id`` is its public part, which events contain."""

    id: str
    station: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedKeeperKey:
    """A newly issued key. ``text`` is the secret; it can't be shown again."""

    key: KeeperKey
    text: str


def issue_keeper_key(
    connection: Connection, station: str, at: datetime, *, random_bytes: RandomBytes = secrets.token_bytes
) -> IssuedKeeperKey:
    """Issue a key for one station. *Raises*: FaultError if there is no such station."""
    if find_station(connection, station) is None:
        raise FaultError(_FAULTS.build("no_station", field="STATION", value=station))
    made = generate_key(random_bytes)
    row = {"id": made.id, "station_id": station, "digest": made.digest, "created_at": at}
    connection.execute(insert(keeper_keys).values(row))
    return IssuedKeeperKey(KeeperKey(made.id, station, at), made.text)


def revoke_keeper_key(connection: Connection, id: str, at: datetime) -> KeeperKey:
    """Revoke a key; notices sent with it stay. *Raises*: FaultError if there is no such key."""
    row = _revoke(connection, keeper_keys, id, at)
    if row is None:
        raise FaultError(_FAULTS.build("no_key", field="KEY", value=id))
    return _keeper_key(row)


def load_keeper_keys(connection: Connection, station: str | None = None) -> list[KeeperKey]:
    """Return the keys of a station or of all, revoked ones included, ordered by station and time."""
    return [_keeper_key(row) for row in _list_rows(connection, keeper_keys, station)]


def find_keeper_key(connection: Connection, text: str) -> KeeperKey | None:
    """Return the key with this text, valid or revoked; the key itself names its station.

    A wrong key takes as long as a right one.
    """
    row = find_key_row(connection, select(keeper_keys), keeper_keys, text)
    return None if row is None else _keeper_key(row)


def _keeper_key(row: Row[Any]) -> KeeperKey:
    return KeeperKey(row.id, row.station_id, row.created_at, row.revoked_at)


def _list_rows(connection: Connection, keys: Table, station: str | None) -> Sequence[Row[Any]]:
    c = keys.c
    query = select(keys).order_by(c.station_id, c.created_at, c.id)
    return connection.execute(query if station is None else query.where(c.station_id == station)).all()


def _revoke(connection: Connection, keys: Table, id: str, at: datetime) -> Row[Any] | None:
    """Revoke a key unless it is, and return its row; None if there is none."""
    here = keys.c.id == id
    connection.execute(update(keys).where(here, keys.c.revoked_at.is_(None)).values(revoked_at=at))
    return connection.execute(select(keys).where(here)).one_or_none()


DEVICE_FAULTS = FaultTable(
    "station_device",
    {
        "no_station": (N_("there is no station {value}"), N_("`yihui stations list` shows the ids")),
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
    last: DeviceReading | None = None


def add_device(connection: Connection, station: str, label: str, at: datetime) -> tuple[StationDevice, str]:
    """Add a device; return it with its key, which can't be shown again. *Raises*: FaultError."""
    place = find_station(connection, station)
    if place is None:
        raise FaultError(DEVICE_FAULTS.build("no_station", field="STATION", value=station))
    made = generate_key()
    row = {"id": made.id, "station_id": place.id, "label": label, "digest": made.digest, "created_at": at}
    connection.execute(insert(station_devices).values(row))
    return StationDevice(made.id, place.id, label, at), made.text


def revoke_device(connection: Connection, id: str, at: datetime) -> StationDevice:
    """Revoke a device's key; what it stated has no effect any more. *Raises*: FaultError if there is none."""
    lock_exclusive(connection, "import of stations")
    before = find_device(connection, id)
    row = _revoke(connection, station_devices, id, at)
    if before is None or row is None:
        raise FaultError(DEVICE_FAULTS.build("no_device", field="DEVICE", value=id))
    if before.revoked_at is None:
        _mark_change(connection, before, at)
    return _device(row)


def load_devices(connection: Connection, station: str | None = None) -> list[StationDevice]:
    """Return the devices of a station or of all, revoked ones included, ordered by station and time."""
    return [_device(row) for row in _list_rows(connection, station_devices, station)]


def find_device(connection: Connection, id: str) -> StationDevice | None:
    """Return the device with this id, also a revoked one."""
    row = connection.execute(select(station_devices).where(station_devices.c.id == id)).one_or_none()
    return None if row is None else _device(row)


def find_device_by_key(connection: Connection, text: str) -> StationDevice | None:
    """Return the device with this key, valid or revoked. A wrong key takes as long as a right one."""
    row = find_key_row(connection, select(station_devices), station_devices, text)
    return None if row is None else _device(row)


def load_readings(connection: Connection, station: str | None = None) -> dict[str, list[DeviceReading]]:
    """Return what each device in use stated last, by station; devices that stated nothing are left out."""
    found: dict[str, list[DeviceReading]] = {}
    for device in load_devices(connection, station):
        if device.revoked_at is None and device.last is not None:
            found.setdefault(device.station, []).append(device.last)
    return found


def record_reading(connection: Connection, id: str, reading: DeviceReading, now: datetime) -> bool:
    """Store what a device states, unless it stated something later; return False if it is revoked.

    Only a change, or the end of a silence, gives the live status a new version, so that readings that repeat
    wake no page.
    """
    lock_exclusive(connection, "import of stations")  # before reading what other transactions store
    device = find_device(connection, id)
    if device is None or device.revoked_at is not None:
        return False
    if device.last is not None and reading.order <= device.last.order:
        return True
    stated = {"stated_at": reading.at, "door": reading.door, "free_places": reading.free_places}
    connection.execute(update(station_devices).where(station_devices.c.id == id).values(stated))
    if reading.differs_for_riders(device.last, now):
        _mark_change(connection, device, now)
    return True


def _device(row: Row[Any]) -> StationDevice:
    stated = None if row.stated_at is None else DeviceReading(row.stated_at, row.door, row.free_places)
    return StationDevice(row.id, row.station_id, row.label, row.created_at, row.revoked_at, stated)


def _mark_change(connection: Connection, device: StationDevice, now: datetime) -> None:
    """Give the live status a new version: one row for each device, which replaces its last one."""
    c, voice = station_statements.c, ReporterRole.DEVICE
    lapsed = StatusReport(  # the mark itself states nothing
        "", device.station, now, voice, ReportKind.SENSED, device.id, counts=False, lapses_at=now
    )
    mark = report_to_row(lapsed, ("", device.id), now)
    number = connection.execute(insert(station_statements).values(mark).returning(c.sequence)).scalar_one()
    mine = (c.who == device.id, c.voice == voice.value)
    connection.execute(delete(station_statements).where(*mine, c.sequence < number))
