"""Readings of a station's devices, and what they change of its live status.

A device never opens a station; it only takes “open” away. A door that is locked by its device is closed. A
door whose devices have stated nothing for an hour is unknown wherever hours and notices say open. The later
word holds: a keeper's or an officer's word that the station can be entered, given after the last reading,
holds until the next reading, two hours at most. See docs/decisions/0048.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from core.civil_time import civil_date, start_of_day
from core.text_marks import N_
from geo.hours import USUAL_HOURS, SpecialHours
from geo.messages import READING_FIELDS, ReadingField
from geo.status.live_status import LiveState, LiveStatus, MessageParams, format_report_time

SILENCE = timedelta(hours=1)  # after it, what a device stated is not known any more
_HORIZON = timedelta(days=16)  # beyond the days of a phone's saved region, and of the next opening

ReadingValue = str | bool | float
FACILITY_BY_FIELD: Mapping[ReadingField, str] = MappingProxyType({"water": "water", "power": "charging"})

_LOCKED = N_("the door is locked (its device, {time})")
_SILENT = N_("its device has been silent since {time}: ask before you go")
_BROKEN = N_("{facility}: out of order (its device, {time})")
_NOTES: Mapping[tuple[ReadingField, ReadingValue], str] = MappingProxyType(
    {
        ("door", "open"): N_("the door is open (its device, {time})"),
        ("door", "closed"): N_("the door is shut, not locked (its device, {time})"),
        ("occupied", True): N_("in use (its device, {time})"),
        ("occupied", False): N_("nobody inside (its device, {time})"),
        ("power", False): N_("without electricity (its device, {time})"),
    }
)
_TEMPERATURE = N_("{degrees} °C inside (its device, {time})")


@dataclass(frozen=True, slots=True)
class DeviceReading:
    """One reading: the fields that the device stated, and no others. ``id`` orders readings of one instant."""

    at: datetime
    id: str
    values: Mapping[ReadingField, ReadingValue]


@dataclass(frozen=True, slots=True)
class StatedValue:
    """The last statement of a field: the value, since when without a break, and when and by which reading last."""

    value: ReadingValue
    since: datetime
    at: datetime
    id: str = ""

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the statement is less than an hour old."""
        return now < self.at + SILENCE


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What a device stated last, by field. A field that it never stated is absent."""

    stated: Mapping[ReadingField, StatedValue] = field(default_factory=lambda: MappingProxyType({}))

    def get(self, name: ReadingField) -> StatedValue | None:
        return self.stated.get(name)

    def differs_for_riders(self, other: "DeviceState") -> bool:
        """Return whether a discrete value differs, so that pages must load the station again."""
        return any(_value(self, name) != _value(other, name) for name in READING_FIELDS[:-1])


def _value(state: DeviceState, name: ReadingField) -> ReadingValue | None:
    stated = state.get(name)
    return None if stated is None else stated.value


def apply_readings(state: DeviceState, retained: Iterable[DeviceReading]) -> DeviceState:
    """Return the state after readings that may come late, twice or in any order.

    ``retained`` are all stored readings of the device, new ones included; readings older than those may only
    be known through ``state``.
    """
    ordered = sorted(retained, key=lambda reading: (reading.at, reading.id))
    stated: dict[ReadingField, StatedValue] = {}
    for name in READING_FIELDS:
        known = state.get(name)
        found = [StatedValue(r.values[name], r.at, r.at, r.id) for r in ordered if name in r.values]
        if last := _last_statement(known, found):
            stated[name] = last
    return DeviceState(MappingProxyType(stated))


def _last_statement(known: StatedValue | None, found: Sequence[StatedValue]) -> StatedValue | None:
    """Return the last of the statements, with the start of its run; ``found`` is in order."""
    if not found:
        return known
    if known is not None and (known.at, known.id) > (found[-1].at, found[-1].id):
        found = [*found, known]
    last, run = found[-1], len(found)
    while run > 0 and found[run - 1].value == last.value:
        run -= 1
    since = found[run].since
    if known is not None and run == 0 and known.value == last.value:
        since = min(since, known.since)
    return StatedValue(last.value, since, last.at, last.id)


@dataclass(frozen=True, slots=True)
class EntryWord:
    """The last official word that the station can be entered, and until when it holds against a device."""

    at: datetime
    until: datetime

    def overrides(self, stated_at: datetime, now: datetime) -> bool:
        return stated_at < self.at <= now < self.until


@dataclass(frozen=True, slots=True)
class SensedStatus:
    """What the devices of one station change now.

    ``statuses`` have an effect, ``notes`` have none. ``spells`` are laid over hours and notices. ``silence``
    holds from its beginning on if no device is heard by then.
    """

    statuses: tuple[LiveStatus, ...] = ()
    notes: tuple[LiveStatus, ...] = ()
    spells: tuple[SpecialHours, ...] = ()
    until: datetime | None = None
    silence: LiveStatus | None = None

    @property
    def is_locked(self) -> bool:
        return any(status.state is LiveState.CLOSED for status in self.statuses)


def build_sensed_status(
    devices: Sequence[DeviceState], now: datetime, word: EntryWord | None = None
) -> SensedStatus:
    """Return what the devices of one station change at an instant."""
    if not devices:
        return SensedStatus()
    door, spells = _door_status(devices, now, word)
    statuses = [door] if door is not None else []
    notes: list[LiveStatus] = []
    for name in READING_FIELDS:
        newest = _newest(devices, name, now)
        if newest is None or (name == "door" and door is not None):
            continue
        facility = FACILITY_BY_FIELD.get(name, "")
        if facility and newest.value is False:
            params = (("facility", facility), *_time(newest.since, now))
            statuses.append(
                LiveStatus(
                    LiveState.BROKEN,
                    min(newest.since, now),
                    newest.at + SILENCE,
                    _BROKEN,
                    params,
                    facility=facility,
                )
            )
        if (note := _note(name, newest, now)) is not None:
            notes.append(note)
    until, silence = _next_change(devices, now, word), _coming_silence(devices, now, word)
    return SensedStatus(tuple(statuses), tuple(notes), spells, until, silence)


def _coming_silence(
    devices: Sequence[DeviceState], now: datetime, word: EntryWord | None
) -> LiveStatus | None:
    """Return the silence that begins if no door is stated any more; None if it has begun or never can."""
    heard = max((stated.at for device in devices if (stated := device.get("door"))), default=None)
    if heard is None:
        return None
    is_overridden = word is not None and word.overrides(heard, now)
    begins = max(heard + SILENCE, word.until) if word is not None and is_overridden else heard + SILENCE
    return _silence(heard, begins, now) if now < begins else None


def _door_status(
    devices: Sequence[DeviceState], now: datetime, word: EntryWord | None
) -> tuple[LiveStatus | None, tuple[SpecialHours, ...]]:
    doors = [stated for device in devices if (stated := device.get("door")) is not None]
    if not doors:
        return None, ()
    heard = max(stated.at for stated in doors)
    fresh = [stated for stated in doors if stated.is_fresh(now)]
    locks = [stated for stated in fresh if stated.value == "locked"]
    end = _horizon(now)
    if not fresh:
        if word is not None and word.overrides(heard, now):
            return None, (_doubt(word.until, end, heard, now),)
        return _silence(heard, heard + SILENCE, now), (_doubt(heard + SILENCE, end, heard, now),)
    if not locks or any(stated.value == "open" for stated in fresh):
        return None, ()
    last = max(stated.at for stated in locks)
    if word is not None and word.overrides(last, now):
        return None, ()
    since, until = min(min(stated.since for stated in locks), now), last + SILENCE
    params = _time(since, now)
    shut = SpecialHours(since, until, None, _LOCKED, params, promised=False)
    status = LiveStatus(LiveState.CLOSED, since, until, _LOCKED, params)
    return status, (shut, _doubt(until, end, heard, now))


def _horizon(now: datetime) -> datetime:
    return start_of_day(civil_date(now)) + _HORIZON


def _silence(heard: datetime, begins: datetime, now: datetime) -> LiveStatus:
    return LiveStatus(LiveState.SILENT, begins, _horizon(now), _SILENT, _time(heard, now))


def _doubt(start: datetime, end: datetime, heard: datetime, now: datetime) -> SpecialHours:
    """Return the spell in which open becomes unknown."""
    return SpecialHours(start, end, USUAL_HOURS, _SILENT, _time(heard, now), doubts=True)


def _newest(devices: Sequence[DeviceState], name: ReadingField, now: datetime) -> StatedValue | None:
    """Return the last fresh statement of a field among all devices."""
    found = [stated for device in devices if (stated := device.get(name)) and stated.is_fresh(now)]
    return max(found, key=lambda stated: (stated.at, stated.id), default=None)


def _note(name: ReadingField, stated: StatedValue, now: datetime) -> LiveStatus | None:
    params: MessageParams
    if name == "temperature_c":
        reason, params = _TEMPERATURE, (("degrees", f"{stated.value:.0f}"), *_time(stated.at, now))
    elif (template := _NOTES.get((name, stated.value))) is not None:
        reason, params = template, _time(stated.since, now)
    else:
        return None
    return LiveStatus(LiveState.SENSED, min(stated.since, now), stated.at + SILENCE, reason, params)


def _time(moment: datetime, now: datetime) -> MessageParams:
    return (("time", format_report_time(moment, now)),)


def _next_change(devices: Sequence[DeviceState], now: datetime, word: EntryWord | None) -> datetime:
    """Return when a statement lapses or a word ends, at the latest when the civil day does."""
    lapses = [stated.at + SILENCE for device in devices for stated in device.stated.values()]
    ends = [word.until] if word is not None else []
    midnight = start_of_day(civil_date(now) + timedelta(days=1))
    return min([midnight, *(moment for moment in (*lapses, *ends) if moment > now)])
