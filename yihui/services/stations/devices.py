"""Devices of self-service stations: add and revoke them, take their readings, and count use by hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from events import Event
from events.faults import EVENT_FAULTS
from events.retries import run_in_transaction
from events.sensors import load_sensor_batch
from geo.messages import Sensed
from geo.registry import (
    StationDevice,
    add_device,
    find_device_by_key,
    find_station,
    load_devices,
    revoke_device,
)
from geo.registry.devices import DEVICE_FAULTS
from geo.registry.readings import HourUse, load_hours_of_use
from store import lock_exclusive
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act
from yihui.services.stations.selection import select_stations

_MAX_LABEL_CHARS = 80
_USE_PERIOD = timedelta(days=27)  # four weeks with today


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


@dataclass(frozen=True, slots=True)
class HoursOfUse:
    """Use by station and hour of the day over a period, by what devices counted; and the stations' names."""

    since: date
    until: date
    hours: Sequence[HourUse]
    names: Mapping[str, str]


def count_use_by_hour(
    wiring: Wiring, register: str | None, district: str | None, since: date | None
) -> HoursOfUse:
    """Count use by hour since a day, by default of four weeks. *Raises*: FaultError."""
    names = {s.id: s.name for s in select_stations(wiring, register=register, district=district)}
    until = civil_date(wiring.now())
    since = since or until - _USE_PERIOD
    with wiring.database.read() as connection:
        hours = load_hours_of_use(connection, since, until)
    return HoursOfUse(since, until, [one for one in hours if one.station in names], names)


def find_device(wiring: Wiring, key: str) -> StationDevice | None:
    """Return the device with a key, also a revoked one. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return find_device_by_key(connection, key)


def record_device_readings(
    wiring: Wiring, device: StationDevice, events: Sequence[Event]
) -> list[Fault | None]:
    """Store a device's readings in one transaction; return the fault of each event, None if it was taken.

    A reading that was stored before is taken again without effect. *Raises*: StoreError.
    """
    now = wiring.now()

    def work(connection: Connection) -> list[Fault | None]:
        lock_exclusive(connection, "import of stations")  # before reading what other transactions store
        batch = load_sensor_batch(events, connection, now)
        seen, faults = dict(batch.seen), list[Fault | None]()
        for event in events:
            fault = _fault_of_sender(event, device) or batch.find_fault(event)
            if seen.get(event.key) == event.digest:
                fault = None
            elif event.key in seen:
                fault = EVENT_FAULTS.build("id_reused", field="id", value=event.id)
            elif fault is None:
                seen[event.key] = event.digest
                batch.apply(event)
            faults.append(fault)
        batch.record(connection, now)
        return faults

    return run_in_transaction(wiring.database, work)


def _fault_of_sender(event: Event, device: StationDevice) -> Fault | None:
    """Return why a device may not send an event: it sends its own readings only."""
    if not isinstance(event.payload, Sensed):
        return EVENT_FAULTS.build("no_reading_type", field="type", value=event.type)
    if event.payload.device != device.id:
        return EVENT_FAULTS.build("unknown_device", field="data.device", value=event.payload.device)
    return None
