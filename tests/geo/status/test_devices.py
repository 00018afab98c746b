"""A device takes “open” away and never gives it; what it stated lapses after an hour."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.hours import Opening, Schedules
from geo.messages import ReadingField
from geo.station import Calendar, OpeningState
from geo.status.devices import DeviceReading, DeviceState, ReadingValue, apply_readings
from geo.status.live import LiveSummary, build_live_summary
from geo.status.statements import DEFAULT_REPORT_TERMS, StatusReport
from tests.geo.spoken import MINUTE, NINE, keeper, rider
from tests.tiers import budget

ALWAYS, BY_DAY = "24小时", "06:00-22:00"


def reading(minute: int, id: str = "", **values: ReadingValue) -> DeviceReading:
    named: dict[ReadingField, ReadingValue] = values  # type: ignore[assignment]
    return DeviceReading(NINE + minute * MINUTE, id, MappingProxyType(named))


def device(*readings: DeviceReading) -> DeviceState:
    return apply_readings(DeviceState(), readings)


def summary(minute: int, devices: Sequence[DeviceState], *sayings: StatusReport) -> LiveSummary:
    return build_live_summary(sayings, NINE + minute * MINUTE, DEFAULT_REPORT_TERMS, devices)


def opening(live: LiveSummary, at: datetime, hours: str = ALWAYS) -> Opening:
    plain = Schedules.compile([(hours, Calendar.CN)])
    laid = plain.with_special_hours({0: live.spells}) if live.spells else plain
    return laid.opening(int(laid.ids[0]), at)


def state(minute: int, *readings: DeviceReading, hours: str = ALWAYS) -> str:
    live = summary(minute, [device(*readings)])
    return opening(live, NINE + minute * MINUTE, hours).state.value


def told(live: LiveSummary) -> list[str]:
    return [s.reason.format_map(dict(s.params)) for s in live.statuses_at(NINE)]


def test_a_door_locked_by_its_device_is_closed_until_it_says_otherwise() -> None:
    shut = reading(5, door="locked")
    assert [state(minute, shut) for minute in (5, 64)] == ["closed", "closed"]
    assert state(30, shut, reading(20, door="open")) == "open"
    assert state(30, shut, reading(20, door="closed")) == "open", "a leaf that is shut can be opened"
    live = summary(6, [device(shut)])
    assert told(live) == ["the door is locked (its device, 09:05)"]
    found = opening(live, NINE + 6 * MINUTE)
    assert (found.reason, found.params["time"]) == (live.statuses[0].reason, "09:05")


def test_after_a_lock_nothing_promises_that_it_opens_again() -> None:
    live = summary(6, [device(reading(5, door="locked"))])
    later = opening(live, NINE + 66 * MINUTE)
    assert later.state is OpeningState.UNKNOWN
    assert opening(live, NINE + timedelta(days=3)).state is OpeningState.UNKNOWN
    assert opening(live, NINE + 6 * MINUTE).opens_at is None


def test_an_hour_of_silence_is_unknown_and_never_open() -> None:
    open_ = reading(0, door="open")
    assert [state(minute, open_) for minute in (59, 60, 600, 60 * 24 * 30)] == ["open", *["unknown"] * 3]
    live = summary(60, [device(open_)])
    assert told(live) == ["its device has been silent since 09:00: ask before you go"]
    assert opening(live, NINE + 60 * MINUTE).reason == live.statuses[0].reason


def test_silence_leaves_closed_hours_closed_and_their_reason_alone() -> None:
    night = 14 * 60  # 23:00
    assert state(night, reading(0, door="open"), hours=BY_DAY) == "closed"
    live = summary(night, [device(reading(0, door="open"))])
    assert opening(live, NINE + night * MINUTE, BY_DAY).reason == ""


def test_a_device_that_never_stated_a_door_is_not_missed() -> None:
    assert state(600, reading(0, temperature_c=21.0)) == "open"
    assert state(600, reading(0, door="open"), reading(599, temperature_c=21.0)) == "unknown"


def test_an_open_door_opens_no_station_against_its_hours() -> None:
    night = 14 * 60
    assert state(night, reading(night, door="open"), hours=BY_DAY) == "closed"
    live = summary(night, [device(reading(night, door="open"))])
    assert told(live) == ["the door is open (its device, 23:00)"]
    assert not live.statuses, "a note has no effect"


def test_what_is_missing_counts_as_broken_while_it_is_fresh() -> None:
    dry = device(reading(0, water=False, power=False, occupied=True, temperature_c=20.6))
    live = summary(10, [dry])
    assert live.broken_facilities == {"water", "charging"}
    assert told(live)[2:] == [
        "in use (its device, 09:00)",
        "without electricity (its device, 09:00)",
        "21 °C inside (its device, 09:00)",
    ]
    assert summary(60, [dry]).statuses == () == summary(60, [dry]).sensed
    assert summary(11, [device(reading(0, water=False), reading(10, water=True))]).statuses == ()


def test_the_later_word_holds_between_a_keeper_and_a_lock() -> None:
    shut = device(reading(5, door="locked"))
    at = NINE + 10 * MINUTE
    assert opening(summary(10, [shut], keeper("fine", 7)), at).state is OpeningState.OPEN
    assert opening(summary(10, [shut], keeper("fine", 4)), at).state is OpeningState.CLOSED
    assert opening(summary(10, [shut], rider("a", "fine", 7)), at).state is OpeningState.CLOSED
    again = device(reading(5, door="locked"), reading(9, door="locked"))
    assert opening(summary(10, [again], keeper("fine", 7)), at).state is OpeningState.CLOSED


def test_a_keepers_word_holds_two_hours_against_silence() -> None:
    silent = [device(reading(0, door="open"))]
    live = summary(80, silent, keeper("fine", 70))
    assert opening(live, NINE + 80 * MINUTE).state is OpeningState.OPEN
    assert live.until is not None and live.until <= NINE + 190 * MINUTE
    assert opening(live, NINE + 191 * MINUTE).state is OpeningState.UNKNOWN
    assert opening(summary(190, silent, keeper("fine", 70)), NINE + 190 * MINUTE).state.value == "unknown"


def test_of_two_devices_one_open_door_can_be_entered() -> None:
    one, other = device(reading(0, door="locked")), device(reading(1, door="open"))
    assert opening(summary(2, [one, other]), NINE + 2 * MINUTE).state is OpeningState.OPEN
    contact = device(reading(1, door="closed"))
    assert opening(summary(2, [one, contact]), NINE + 2 * MINUTE).state is OpeningState.CLOSED


VALUES = st.sampled_from(["open", "closed", "locked", None])
STATEMENTS = st.lists(st.tuples(st.integers(0, 400), VALUES), max_size=12)


def test_readings_in_any_order_twice_and_in_any_portions_give_one_state() -> None:
    chance = random.Random(7)
    for _ in range(300):
        made = [
            reading(chance.randrange(40), str(n), **_some(chance)) for n in range(chance.randrange(1, 15))
        ]
        whole = device(*made)
        arrived, known, retained = [*made, *made[:3]], DeviceState(), dict[str, DeviceReading]()
        chance.shuffle(arrived)
        for one in arrived:
            retained[one.id] = one
            known = apply_readings(known, retained.values())
        assert known == whole


def _some(chance: random.Random) -> dict[str, ReadingValue]:
    choices: dict[str, Sequence[ReadingValue]] = {"door": ("open", "locked"), "water": (True, False)}
    return {name: chance.choice(of) for name, of in choices.items() if chance.random() < 0.7}


def test_a_statement_older_than_what_is_retained_is_not_forgotten() -> None:
    known = device(reading(0, door="locked"))
    later = apply_readings(known, [reading(50, temperature_c=20.0)])
    assert later.get("door") == known.get("door")
    same = apply_readings(known, [reading(50, door="locked")]).get("door")
    assert same is not None and (same.since, same.at) == (NINE, NINE + 50 * MINUTE)


@pytest.mark.endure
@pytest.mark.parametrize("hours", [ALWAYS, BY_DAY, "看门人在就开"])
@settings(max_examples=budget(150), deadline=None)
@given(
    devices=st.lists(STATEMENTS, max_size=3),
    words=st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["fine", "locked"])), max_size=4),
    now=st.integers(0, 900),
)
def test_the_door_equals_a_slow_oracle_minute_by_minute(
    hours: str, devices: list[list[tuple[int, str | None]]], words: list[tuple[int, str]], now: int
) -> None:
    states = [
        device(
            *(reading(m, str(n), **({"door": v} if v else {"water": True})) for n, (m, v) in enumerate(of))
        )
        for of in ([one for one in of if one[0] <= now] for of in devices)
    ]
    order = dict(words)  # one word a minute
    sayings = [keeper(what, m) for m, what in order.items()]
    live = summary(now, states, *sayings)
    assert opening(live, NINE + now * MINUTE, hours).state.value == _oracle(devices, order, now, hours)


def _oracle(devices: list[list[tuple[int, str | None]]], words: dict[int, str], now: int, hours: str) -> str:
    """Walk back from now, minute by minute."""
    usual = opening(LiveSummary(), NINE + now * MINUTE, hours).state.value
    word = next((m for m in range(now, -1, -1) if m in words), None)
    if word is not None and words[word] == "locked" and now < word + 120:
        return "closed"
    fine = word if word is not None and words[word] == "fine" and now < word + 120 else -1
    last: list[tuple[int, str]] = []
    for of in devices:
        for m in range(now, -1, -1):
            here = [value for at, value in of if at == m and value]
            if here:
                last.append((m, here[-1]))
                break
    if not last or usual == "closed":
        return _closed_or(usual, last, fine, now)
    fresh = [(m, value) for m, value in last if now < m + 60]
    if not fresh:
        return usual if fine > max(m for m, _ in last) else "unknown"
    return _closed_or(usual, fresh, fine, now)


def _closed_or(usual: str, last: list[tuple[int, str]], fine: int, now: int) -> str:
    locks = [m for m, value in last if value == "locked" and now < m + 60]
    is_open = any(value == "open" and now < m + 60 for m, value in last)
    return "closed" if locks and not is_open and fine <= max(locks) else usual
