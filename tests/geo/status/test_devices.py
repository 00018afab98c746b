"""A device takes “open” away and never gives it; what it stated lapses after an hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendars import Calendar
from geo.hours import Opening, Schedules
from geo.station import OpeningState
from geo.status.devices import DeviceReading, DoorState
from geo.status.live import LiveSummary, build_live_summary
from geo.status.statements import StatusReport
from tests.geo.spoken import MINUTE, NINE, keeper
from tests.tiers import budget

ALWAYS, BY_DAY = "24小时", "06:00-22:00"


def reading(minute: int, door: DoorState, free_places: int | None = None) -> DeviceReading:
    return DeviceReading(NINE + minute * MINUTE, door, free_places)


def summary(minute: int, readings: Sequence[DeviceReading], *sayings: StatusReport) -> LiveSummary:
    return build_live_summary(sayings, NINE + minute * MINUTE, readings)


def opening(live: LiveSummary, at: datetime, hours: str = ALWAYS) -> Opening:
    plain = Schedules.compile([(hours, Calendar.CN)])
    laid = plain.with_special_hours({0: live.spells}) if live.spells else plain
    return laid.opening(int(laid.ids[0]), at)


def state(minute: int, *readings: DeviceReading, hours: str = ALWAYS) -> str:
    return opening(summary(minute, readings), NINE + minute * MINUTE, hours).state.value


def told(live: LiveSummary) -> list[str]:
    return [s.reason.format_map(dict(s.params)) for s in live.statuses_at(NINE)]


def test_after_a_closed_door_nothing_promises_that_it_opens_again() -> None:
    live = summary(6, [reading(5, "closed")])
    later = opening(live, NINE + 66 * MINUTE)
    assert later.state is OpeningState.UNKNOWN
    assert opening(live, NINE + timedelta(days=3)).state is OpeningState.UNKNOWN
    assert opening(live, NINE + 6 * MINUTE).opens_at is None


def test_silence_leaves_closed_hours_closed_and_their_reason_alone() -> None:
    night = 14 * 60  # 23:00
    assert state(night, reading(0, "open"), hours=BY_DAY) == "closed"
    live = summary(night, [reading(0, "open")])
    assert opening(live, NINE + night * MINUTE, BY_DAY).reason == ""


def test_free_places_are_a_note_while_they_are_fresh() -> None:
    live = summary(10, [reading(0, "open", 3), reading(5, "open")])
    assert told(live) == [
        "the door is open (its device, 09:05)",
        "free places: 3 (its device, 09:00)",
    ]
    assert not live.statuses and not live.spells
    assert told(summary(10, [reading(0, "open", 0)]))[1] == "free places: 0 (its device, 09:00)"
    assert summary(60, [reading(0, "open", 3)]).sensed == ()


def test_only_a_change_or_the_end_of_a_silence_wakes_pages() -> None:
    now, first = NINE + 30 * MINUTE, reading(0, "open", 3)
    assert first.differs_for_riders(None, now)
    assert not reading(30, "open", 3).differs_for_riders(first, now)
    assert reading(30, "closed", 3).differs_for_riders(first, now)
    assert reading(30, "open", 2).differs_for_riders(first, now)
    assert reading(60, "open", 3).differs_for_riders(first, NINE + 60 * MINUTE)


STATEMENTS = st.tuples(st.integers(0, 400), st.sampled_from(get_args(DoorState)))


@pytest.mark.endure
@pytest.mark.parametrize("hours", [ALWAYS, BY_DAY, "看门人在就开"])
@settings(max_examples=budget(150), deadline=None)
@given(
    devices=st.lists(STATEMENTS, max_size=3),
    words=st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["fine", "locked"])), max_size=4),
    now=st.integers(0, 900),
)
def test_the_door_equals_a_slow_oracle_minute_by_minute(
    hours: str, devices: list[tuple[int, DoorState]], words: list[tuple[int, str]], now: int
) -> None:
    last = [(minute, door) for minute, door in devices if minute <= now]
    order = dict(words)  # one word a minute
    sayings = [keeper(what, m) for m, what in order.items()]
    live = summary(now, [reading(minute, door) for minute, door in last], *sayings)
    assert opening(live, NINE + now * MINUTE, hours).state.value == _oracle(last, order, now, hours)


def _oracle(last: list[tuple[int, DoorState]], words: dict[int, str], now: int, hours: str) -> str:
    """Walk back from now, minute by minute."""
    usual = opening(LiveSummary(), NINE + now * MINUTE, hours).state.value
    word = next((m for m in range(now, -1, -1) if m in words), None)
    if word is not None and words[word] == "locked" and now < word + 120:
        return "closed"
    fine = word if word is not None and words[word] == "fine" and now < word + 120 else -1
    fresh = [(m, door) for m, door in last if now < m + 60]
    if not last or usual == "closed" or any(door == "open" for _, door in fresh):
        return usual
    if not fresh:
        return usual if fine > max(m for m, _ in last) else "unknown"
    return usual if fine > max(m for m, _ in fresh) else "closed"
