"""Hours that hold for some days only: other hours, closed days, doors reported shut."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import Calendar
from core.civil_time import CIVIL_TIME, start_of_day
from geo.hours import CLOSED, OPEN, UNKNOWN, USUAL_HOURS, Schedules, SpecialHours, parse_hours
from geo.hours.dates import day_states
from geo.station import OpeningState
from tests.profile import searched

TEXTS = ("8:00-18:00", "24小时", "20:00-次日2:00", "工作日9:00-17:00", "看通知", "周一至周五 9:00-17:00")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 2, day, hour, minute, tzinfo=CIVIL_TIME)


def on(first: int, last: int, hours: str | None = None, reason: str = "festival") -> SpecialHours:
    start, end = start_of_day(date(2027, 2, first)), start_of_day(date(2027, 2, last) + timedelta(days=1))
    return SpecialHours(start, end, hours, reason)


def hours(text: str, *spells: SpecialHours) -> Schedules:
    return Schedules.compile([(text, Calendar.CN)]).with_special_hours({0: spells} if spells else {})


def state(schedules: Schedules, when: datetime, entry: int = 0) -> int:
    return int(schedules.states(schedules.ids[[entry]], when)[0])


def test_a_spells_own_hours_replace_the_usual_ones_on_its_days_and_on_no_other() -> None:
    spring = hours("8:00-18:00", on(5, 8, "10:00-16:00"))
    assert [state(spring, at(day, 9)) for day in (4, 5, 8, 9)] == [OPEN, CLOSED, CLOSED, OPEN]
    assert [state(spring, at(day, 11)) for day in (4, 5, 8, 9)] == [OPEN] * 4
    opening = spring.opening(int(spring.ids[0]), at(6, 9))
    assert (opening.state, opening.reason, opening.until) == (OpeningState.CLOSED, "festival", at(6, 10))
    assert spring.opening(int(spring.ids[0]), at(9, 9)).reason == ""


def test_a_closed_day_says_when_it_opens_again() -> None:
    shut = hours("8:00-18:00", on(5, 5))
    opening = shut.opening(int(shut.ids[0]), at(5, 9))
    assert (opening.state, opening.until, opening.opens_at) == (OpeningState.CLOSED, at(6, 8), at(6, 8))
    open_until = hours("24小时", on(5, 5)).opening(1, at(4, 9))
    assert (open_until.state, open_until.until) == (OpeningState.OPEN, at(5, 0))


def test_a_door_that_was_reported_shut_makes_no_promise_to_open() -> None:
    reported = SpecialHours(at(5, 10, 12), at(5, 12, 12), reason="locked", promised=False)
    door = hours("8:00-18:00", reported)
    assert [state(door, at(5, h, m)) for h, m in ((10, 11), (10, 12), (12, 11), (12, 12))] == [
        OPEN,
        CLOSED,
        CLOSED,
        OPEN,
    ]
    opening = door.opening(int(door.ids[0]), at(5, 11))
    assert (opening.until, opening.opens_at) == (None, at(6, 8))
    for_ever = hours("24小时", reported)
    assert for_ever.opening(int(for_ever.ids[0]), at(5, 11)).opens_at is None


def test_nights_that_belong_to_another_day_are_never_called_open() -> None:
    closed_night = hours("20:00-次日2:00", on(5, 5))
    assert [state(closed_night, at(5, h)) for h in (1, 21)] == [CLOSED, CLOSED]
    assert [state(closed_night, at(6, h)) for h in (1, 21)] == [UNKNOWN, OPEN]
    night_shift = hours("8:00-18:00", on(5, 6, "20:00-次日2:00"))
    assert [state(night_shift, at(5, 1)), state(night_shift, at(6, 1)), state(night_shift, at(7, 1))] == [
        UNKNOWN,
        OPEN,
        UNKNOWN,
    ]


@pytest.mark.parametrize(
    ("usual", "special", "expected"),
    [
        ("18:00-02:00", "12:00-14:00, 18:00-24:00", OPEN),
        ("18:00-02:00", "00:00-02:00, 12:00-14:00", UNKNOWN),
        ("18:00-02:00", "18:00-次日1:00", UNKNOWN),  # it names another end
        ("8:00-次日2:00", "24小时", OPEN),
        ("22:00-06:00", "照常", OPEN),
        ("24小时", "12:00-14:00", OPEN),
        ("8:00-18:00", "12:00-24:00", CLOSED),
    ],
)
def test_a_night_goes_on_after_a_day_that_was_open_until_midnight(
    usual: str, special: str, expected: int
) -> None:
    assert state(hours(usual, on(5, 5, special)), at(6, 1, 30)) == expected
    assert state(hours(usual, on(5, 5), on(5, 5, special)), at(6, 1, 30)) == expected


def test_new_special_hours_replace_all_earlier_ones_and_change_no_earlier_object() -> None:
    plain = Schedules.compile([("8:00-18:00", Calendar.CN), ("8:00-18:00", Calendar.CN)])
    assert state(plain, at(5, 9)) == OPEN
    first = plain.with_special_hours({0: (on(5, 5),)})
    second = first.with_special_hours({1: (on(5, 5),)})
    assert [state(first, at(5, 9), entry) for entry in (0, 1)] == [CLOSED, OPEN]
    assert [state(second, at(5, 9), entry) for entry in (0, 1)] == [OPEN, CLOSED]
    assert [state(plain, at(5, 9), entry) for entry in (0, 1)] == [OPEN, OPEN]
    assert len(second) == 2


def test_a_spell_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="no length"):
        SpecialHours(at(5, 9), at(5, 9))


instants = st.integers(0, 6 * 86_400).map(lambda s: datetime(2027, 2, 3, tzinfo=UTC) + timedelta(seconds=s))
spells = st.builds(
    lambda start, minutes, text: SpecialHours(start, start + timedelta(minutes=minutes), text, "because"),
    instants,
    st.integers(1, 4000),
    st.sampled_from((*TEXTS, USUAL_HOURS, None)),
)


@searched(150)
@given(st.sampled_from(TEXTS), st.lists(spells, min_size=1, max_size=3), st.lists(instants, min_size=1))
def test_the_last_spell_that_holds_decides_as_its_text_would_alone(
    text: str, laid: list[SpecialHours], when: list[datetime]
) -> None:
    def alone(text: str, moment: datetime, *, noticed: bool) -> int:
        if not noticed:
            return state(Schedules.compile([(text, Calendar.CN)]), moment)
        local = moment.astimezone(CIVIL_TIME)  # a notice for these days holds on them at its word
        row = day_states(parse_hours(text), Calendar.CN, local.date(), at_word=True)
        return row[local.hour * 60 + local.minute]

    schedules = hours(text, *laid)
    for moment in when:
        minute = int(moment.timestamp() // 60)
        holds = [
            s for s in laid if int(s.start.timestamp() // 60) <= minute < -(-int(s.end.timestamp()) // 60)
        ]
        said = holds[-1].hours_text if holds else text
        meant = text if said == USUAL_HOURS else said
        expected = CLOSED if meant is None else alone(meant, moment, noticed=bool(holds))
        found = state(schedules, moment)
        # Night hours at the seam of two days may be unknown instead, never the other way round.
        assert found in (expected, UNKNOWN)
        if moment.astimezone(CIVIL_TIME).hour >= 2:
            assert found == expected
        opening = schedules.opening(int(schedules.ids[0]), moment)
        assert ("closed", "open", "unknown")[found] == opening.state
        if opening.until is not None:
            assert state(schedules, opening.until) != found


def test_many_stations_are_judged_at_once() -> None:
    plain = Schedules.compile([("8:00-18:00", Calendar.CN)] * 1000)
    some = plain.with_special_hours({entry: (on(5, 5),) for entry in range(0, 1000, 2)})
    assert np.array_equal(some.states(some.ids, at(5, 9)), np.arange(1000) % 2)


@pytest.mark.parametrize("hours", ["照常", "周一至周五9:00-17:00"])
def test_a_notice_for_a_holiday_speaks_of_that_day(hours: str) -> None:
    plain = Schedules.compile([("周一至周五9:00-17:00", Calendar.CN)])
    at = datetime(2026, 10, 1, 2, tzinfo=UTC)
    assert plain.opening(0, at).state is OpeningState.UNKNOWN
    spell = SpecialHours(at - timedelta(hours=10), at + timedelta(days=3), hours)
    told = plain.with_special_hours({0: (spell,)})
    assert told.opening(int(told.ids[0]), at).state is OpeningState.OPEN
