"""Check the readings of stations' devices, and store the valid ones when a batch is recorded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from core.faults import Fault
from events.envelope import Event
from events.faults import EVENT_FAULTS
from geo.messages import READING_FIELDS, Sensed
from geo.registry import (
    StationDevice,
    StoredReading,
    count_readings_by_hour,
    find_devices,
    load_reading_digests,
    record_readings,
)
from geo.registry.readings import LATEST_READING, MAX_READINGS_PER_HOUR, measured_hour


@dataclass(slots=True)
class SensorBatch:
    """The devices of a batch's readings; the readings are stored when the batch is recorded.

    ``seen`` has the digests of the batch's readings that are stored already.
    """

    devices: Mapping[str, StationDevice]
    seen: Mapping[tuple[str, str], str]
    counts: Counter[tuple[str, datetime]]
    now: datetime
    readings: list[StoredReading] = field(default_factory=list)

    def find_fault(self, event: Event) -> Fault | None:
        """Return why a valid reading can't be stored; None if it can."""
        payload = _payload(event)
        device = self.devices.get(payload.device)
        if payload.station != event.subject:
            return EVENT_FAULTS.build(
                "other_subject", field="subject", value=event.subject, station=payload.station
            )
        if device is None or device.station != payload.station:
            return EVENT_FAULTS.build("unknown_device", field="data.device", value=payload.device)
        if device.revoked_at is not None and event.occurred_at >= device.revoked_at:
            return EVENT_FAULTS.build("unknown_device", field="data.device", value=payload.device)
        if event.occurred_at <= self.now - LATEST_READING:
            return EVENT_FAULTS.build("late_reading", field="time", value=event.occurred_at.isoformat())
        if self.counts[_hour_of(event)] >= MAX_READINGS_PER_HOUR:
            return EVENT_FAULTS.build(
                "flood", field="data.device", value=payload.device, most=MAX_READINGS_PER_HOUR
            )
        return None

    def apply(self, event: Event) -> None:
        """Add a valid reading."""
        payload = _payload(event)
        stated = {name: value for name in READING_FIELDS if (value := getattr(payload, name)) is not None}
        self.counts[_hour_of(event)] += 1
        self.readings.append(
            StoredReading(payload.device, event.key, event.digest, event.occurred_at, stated)
        )

    def record(self, transaction: Connection, now: datetime) -> None:
        """Store the added readings; call it last in the transaction."""
        record_readings(transaction, self.readings, now)


def load_sensor_batch(events: Sequence[Event], transaction: Connection, now: datetime) -> SensorBatch:
    """Load what is known of the devices and readings in some events."""
    sensed = [event for event in events if isinstance(event.payload, Sensed)]
    if not sensed:
        return SensorBatch({}, {}, Counter(), now)
    devices = find_devices(transaction, (_payload(event).device for event in sensed))
    first = min(measured_hour(event.occurred_at) for event in sensed)
    counts = count_readings_by_hour(transaction, devices, first)
    seen = load_reading_digests(transaction, (event.key for event in sensed))
    return SensorBatch(devices, seen, counts, now)


def _payload(event: Event) -> Sensed:
    assert isinstance(event.payload, Sensed), f"{event.type} is no reading"
    return event.payload


def _hour_of(event: Event) -> tuple[str, datetime]:
    return _payload(event).device, measured_hour(event.occurred_at)
