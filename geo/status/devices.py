"""What the devices of a station state, and what it changes of its live status.

A device never opens a station; it only takes “open” away. A door that is closed by its device is closed. A
door whose devices have stated nothing for an hour is unknown wherever hours and notices say open. The later
word holds: a keeper's or an officer's word that the station can be entered, given after the last reading,
holds until the next reading, two hours at most. See docs/decisions/0048.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.civil_time import civil_date, start_of_day
from core.text_marks import N_
from geo.hours import USUAL_HOURS, SpecialHours
from geo.status.live_status import LiveState, LiveStatus, MessageParams, format_report_time

SILENCE = timedelta(hours=1)  # after it, what a device stated is not known any more
MAX_FREE_PLACES = 10_000
_HORIZON = timedelta(days=16)  # beyond the days of a phone's saved region, and of the next opening

DoorState = Literal["open", "closed"]

_CLOSED = N_("the door is closed (its device, {time})")
_OPEN = N_("the door is open (its device, {time})")
_FREE = N_("free places: {count} (its device, {time})")
_SILENT = N_("its device has been silent since {time}: ask before you go")


@dataclass(frozen=True, slots=True)
class DeviceReading:
    """What a device stated: whether one can enter, and how many places are free, where it counts them."""

    at: datetime
    door: DoorState
    free_places: int | None = None

    @property
    def order(self) -> tuple[datetime, bool, int]:
        """The later reading holds, so readings may arrive twice and in any order; of one instant, the closed door."""
        return self.at, self.door == "closed", -1 if self.free_places is None else self.free_places

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the reading is less than an hour old."""
        return now < self.at + SILENCE

    def differs_for_riders(self, earlier: "DeviceReading | None", now: datetime) -> bool:
        """Return whether pages must load the station again when this reading follows an earlier one."""
        if earlier is None or not earlier.is_fresh(now):
            return True
        return (self.door, self.free_places) != (earlier.door, earlier.free_places)


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

    ``door`` has an effect, ``notes`` have none. ``spells`` are laid over hours and notices. ``silence``
    holds from its beginning on if no device is heard by then.
    """

    door: LiveStatus | None = None
    notes: tuple[LiveStatus, ...] = ()
    spells: tuple[SpecialHours, ...] = ()
    until: datetime | None = None
    silence: LiveStatus | None = None

    @property
    def is_closed(self) -> bool:
        return self.door is not None and self.door.state is LiveState.CLOSED


def build_sensed_status(
    readings: Sequence[DeviceReading], now: datetime, word: EntryWord | None = None
) -> SensedStatus:
    """Return what the last readings of one station's devices change at an instant."""
    if not readings:
        return SensedStatus()
    door, spells = _door_status(readings, now, word)
    notes: list[LiveStatus] = []
    fresh = sorted((one for one in readings if one.is_fresh(now)), key=lambda one: one.order)
    if fresh and fresh[-1].door == "open" and door is None:
        notes.append(_note(_OPEN, fresh[-1], (), now))
    if counting := [one for one in fresh if one.free_places is not None]:
        last = counting[-1]
        notes.append(_note(_FREE, last, (("count", str(last.free_places)),), now))
    until, silence = _next_change(readings, now, word), _coming_silence(readings, now, word)
    return SensedStatus(door, tuple(notes), spells, until, silence)


def _coming_silence(
    readings: Sequence[DeviceReading], now: datetime, word: EntryWord | None
) -> LiveStatus | None:
    """Return the silence that begins if no door is stated any more; None if it has begun."""
    heard = max(one.at for one in readings)
    is_overridden = word is not None and word.overrides(heard, now)
    begins = max(heard + SILENCE, word.until) if word is not None and is_overridden else heard + SILENCE
    return _silence(heard, begins, now) if now < begins else None


def _door_status(
    readings: Sequence[DeviceReading], now: datetime, word: EntryWord | None
) -> tuple[LiveStatus | None, tuple[SpecialHours, ...]]:
    heard = max(one.at for one in readings)
    fresh = [one for one in readings if one.is_fresh(now)]
    end = _horizon(now)
    if not fresh:
        if word is not None and word.overrides(heard, now):
            return None, (_doubt(word.until, end, heard, now),)
        return _silence(heard, heard + SILENCE, now), (_doubt(heard + SILENCE, end, heard, now),)
    if any(one.door == "open" for one in fresh):
        return None, ()
    last = max(one.at for one in fresh)
    if word is not None and word.overrides(last, now):
        return None, ()
    since, until = min(last, now), last + SILENCE
    params = _time(last, now)
    shut = SpecialHours(since, until, None, _CLOSED, params, promised=False)
    status = LiveStatus(LiveState.CLOSED, since, until, _CLOSED, params)
    return status, (shut, _doubt(until, end, heard, now))


def _horizon(now: datetime) -> datetime:
    return start_of_day(civil_date(now)) + _HORIZON


def _silence(heard: datetime, begins: datetime, now: datetime) -> LiveStatus:
    return LiveStatus(LiveState.SILENT, begins, _horizon(now), _SILENT, _time(heard, now))


def _doubt(start: datetime, end: datetime, heard: datetime, now: datetime) -> SpecialHours:
    """Return the spell in which open becomes unknown."""
    return SpecialHours(start, end, USUAL_HOURS, _SILENT, _time(heard, now), doubts=True)


def _note(reason: str, stated: DeviceReading, params: MessageParams, now: datetime) -> LiveStatus:
    params = (*params, *_time(stated.at, now))
    return LiveStatus(LiveState.SENSED, min(stated.at, now), stated.at + SILENCE, reason, params)


def _time(moment: datetime, now: datetime) -> MessageParams:
    return (("time", format_report_time(moment, now)),)


def _next_change(readings: Sequence[DeviceReading], now: datetime, word: EntryWord | None) -> datetime:
    """Return when a reading lapses or a word ends, at the latest when the civil day does."""
    ends = [one.at + SILENCE for one in readings] + ([word.until] if word is not None else [])
    midnight = start_of_day(civil_date(now) + timedelta(days=1))
    return min([midnight, *(moment for moment in ends if moment > now)])
