"""Devices of self-service stations: add and revoke them, and take their readings."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.faults import FaultError
from events.retries import run_in_transaction
from geo.registry.keys import (
    DEVICE_FAULTS,
    StationDevice,
    add_device,
    find_device_by_key,
    load_devices,
    record_reading,
    revoke_device,
)
from geo.registry.stations import find_station
from geo.status.devices import DeviceReading
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act

_MAX_LABEL_CHARS = 80


@dataclass(frozen=True, slots=True)
class AddedDevice:
    """A new device and its key, which can't be shown again."""

    device: StationDevice
    key: str


def add_station_device(wiring: Wiring, station: str, label: str) -> AddedDevice:
    """Add a device to a station. *Raises*: FaultError for an unknown station or a label that is too long."""
    label = label.strip()
    if len(label) > _MAX_LABEL_CHARS or not (label or " ").isprintable():
        raise FaultError(DEVICE_FAULTS.build("label", field="--label", value=label, most=_MAX_LABEL_CHARS))
    with open_act(wiring) as connection:
        return AddedDevice(*add_device(connection, station, label, wiring.now()))


def revoke_station_device(wiring: Wiring, device: str) -> StationDevice:
    """Revoke a device, named by the beginning of its key or the whole key. *Raises*: FaultError."""
    with open_act(wiring) as connection:
        return revoke_device(connection, device.strip().lower().partition("-")[0], wiring.now())


def list_station_devices(wiring: Wiring, station: str | None) -> Sequence[StationDevice]:
    """List the devices of one station, or of all. *Raises*: FaultError for an unknown station."""
    with wiring.database.read() as connection:
        found = load_devices(connection, station)
        if station is not None and not found and find_station(connection, station) is None:
            raise FaultError(DEVICE_FAULTS.build("no_station", field="STATION", value=station))
    return found


def find_device(wiring: Wiring, key: str) -> StationDevice | None:
    """Return the device with a key, also a revoked one. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return find_device_by_key(connection, key)


def record_device_reading(wiring: Wiring, device: StationDevice, reading: DeviceReading) -> bool:
    """Store what a device states; return False if it is revoked. *Raises*: StoreError."""

    def work(connection: Connection) -> bool:
        return record_reading(connection, device.id, reading, wiring.now())

    return run_in_transaction(wiring.database, work)
