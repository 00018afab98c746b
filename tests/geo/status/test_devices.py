"""States told by devices, reports and withdrawn notices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.hours import USUAL_HOURS, Opening, Schedules
from geo.station import Calendar, OpeningState
from geo.status.devices import DeviceReading, DoorState
from geo.status.live import LiveSummary, build_live_summary
from geo.status.notices import ReplacementNotice, list_replacement_notices
from geo.status.report_outcome import ReportOutcome, find_report_outcome
from geo.status.statements import DEFAULT_REPORT_TERMS, ReporterRole, ReportKind, StatusReport
from tests.geo.spoken import MINUTE, NINE, keeper
from tests.geo.status.test_unconfirmed import said
from tests.tiers import budget

ALWAYS, BY_DAY = "24小时", "06:00-22:00"


def reading(minute: int, door: DoorState, free_places: int | None = None) -> DeviceReading:
    return DeviceReading(NINE + minute * MINUTE, door, free_places)


def summary(minute: int, readings: Sequence[DeviceReading], *sayings: StatusReport) -> LiveSummary:
    return build_live_summary(sayings, NINE + minute * MINUTE, DEFAULT_REPORT_TERMS, readings)


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


TODAY = date(2027, 2, 3)
MORNING = datetime(2027, 2, 3, 1, 0, tzinfo=UTC)  # 9:00 in Beijing


def announced(n: int, first: int, days: int, text: str | None) -> StatusReport:
    """The n-th word of the morning; without hours a closed day."""
    at = MORNING + timedelta(minutes=n)
    start = TODAY + timedelta(days=first)
    last = start + timedelta(days=days if text is not None else 0)
    what = ReportKind.HOURS if text is not None else ReportKind.CLOSED_DAY
    return StatusReport(
        f"{n:04}", "a", at, ReporterRole.KEEPER, what, first=start, last=last, hours_text=text or ""
    )


def fine(n: int) -> StatusReport:
    return StatusReport(f"{n:04}", "a", MORNING + timedelta(minutes=n), ReporterRole.KEEPER, ReportKind.FINE)


WORD = st.one_of(
    st.tuples(
        st.integers(-2, 4),
        st.integers(0, 4),
        st.sampled_from([None, "", "10:00-15:00", "9:00-12:00", USUAL_HOURS]),
    ),
    st.none(),
)


@st.composite
def mornings(draw: st.DrawFn) -> list[StatusReport]:
    words = draw(st.lists(WORD, min_size=1, max_size=6))
    return [fine(n) if word is None else announced(n, *word) for n, word in enumerate(words)]


def hours_on(day: date, sayings: list[StatusReport]) -> str:
    """What holds on a day, by going through all that was said in order."""
    found = [USUAL_HOURS]
    for saying in sayings:
        if saying.what is ReportKind.FINE:
            continue
        opened_again = saying.what is ReportKind.CLOSED_DAY and any(
            one.what is ReportKind.FINE and one.order > saying.order and saying.days[0] == TODAY
            for one in sayings
        )
        if saying.days[0] <= day <= saying.days[1] and not opened_again:
            found.append(saying.hours_text)
    return found[-1]


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(mornings(), st.data())
def test_every_day_is_as_if_the_word_had_never_been_said(
    said: list[StatusReport], data: st.DataObject
) -> None:
    of_days = [saying for saying in said if saying.what is not ReportKind.FINE]
    if not of_days:
        return
    taken_back = data.draw(st.sampled_from(of_days))
    if taken_back.what is ReportKind.CLOSED_DAY and hours_on(taken_back.days[0], said) != "":
        return  # opened again already: nothing of it is left to be taken back
    instead = [
        StatusReport(f"{100 + n:04}", "a", MORNING + timedelta(hours=2, minutes=n), ReporterRole.KEEPER, ReportKind.HOURS,
               first=days.first, last=days.last, hours_text=days.hours_text)
        for n, days in enumerate(list_replacement_notices(said, taken_back, TODAY))
    ]  # fmt: skip
    without = [saying for saying in said if saying is not taken_back]
    for n in range(9):
        day = TODAY + timedelta(days=n)
        assert hours_on(day, [*said, *instead]) == hours_on(day, without)
    assert all(one.first >= TODAY for one in list_replacement_notices(said, taken_back, TODAY)), (
        "what is over stays as it was"
    )


def test_days_alike_are_announced_together_and_the_usual_hours_by_their_word() -> None:
    before = announced(0, 1, 1, "10:00-15:00")
    closed = announced(1, 0, 4, "")
    assert list_replacement_notices([before, closed], closed, TODAY) == [
        ReplacementNotice(TODAY, TODAY, USUAL_HOURS),
        ReplacementNotice(TODAY + timedelta(days=1), TODAY + timedelta(days=2), "10:00-15:00"),
        ReplacementNotice(TODAY + timedelta(days=3), TODAY + timedelta(days=4), USUAL_HOURS),
    ]


def test_riders_are_told_the_same_as_before_once_a_closed_day_is_taken_back() -> None:
    before, closed = announced(0, 0, 2, "10:00-15:00"), announced(1, 0, 0, None)
    (again,) = list_replacement_notices([before, closed], closed, TODAY)
    undone = announced(2, 0, 0, again.hours_text)
    at = MORNING + timedelta(hours=3)
    told = [
        spell.hours_text
        for spell in build_live_summary([before, closed, undone], at).spells
        if spell.holds(minute(at))
    ]
    assert told[-1] == "10:00-15:00"


def minute(at: datetime) -> int:
    return int(at.timestamp() // 60) + 8 * 60


LOCKED = said("a", "locked", 0)


def inspected(minute: int, *missing: str) -> StatusReport:
    day = date(2027, 2, 5)
    at = NINE + timedelta(minutes=minute)
    return StatusReport(
        f"o-{minute}",
        "s",
        at,
        ReporterRole.OFFICER,
        ReportKind.INSPECTED,
        facilities=frozenset(missing),
        first=day,
    )


def test_others_who_say_the_same_are_counted_once_each_while_it_lasts() -> None:
    others = [
        LOCKED,
        said("a", "locked", 3),  # the same rider
        said("b", "locked", 3),
        said("b", "closed", 4),
        said("c", "closed", -100),
        said("d", "locked", 121),  # two hours later
        said("e", "fine", 5),
        replace(said("f", "locked", 5), counts=False),
        said("", "locked", 5),
    ]
    assert find_report_outcome(LOCKED, others) == ReportOutcome(2)


@pytest.mark.parametrize(
    ("report", "word", "confirms", "settles"),
    [
        (LOCKED, keeper("locked", 5), True, False),
        (LOCKED, keeper("closed", 5), True, False),
        (LOCKED, keeper("fine", 5), False, True),
        (LOCKED, keeper("let_in", 5), False, True),
        (LOCKED, keeper("in_place", 5), False, False),
        (LOCKED, keeper("fine", 5, "water"), False, False),
        (LOCKED, keeper("fine", -5), False, False),  # said before
        (LOCKED, inspected(5), False, True),
        (said("a", "crowded", 0), keeper("crowded", 5), True, False),
        (said("a", "broken", 0, "water"), keeper("broken", 5, "water"), True, False),
        (said("a", "broken", 0, "water"), keeper("broken", 5, "wifi"), False, False),
        (said("a", "broken", 0, "water"), keeper("fine", 5, "water"), False, True),
        (said("a", "broken", 0, "water"), keeper("fine", 5), False, True),
        (said("a", "broken", 0, "water"), keeper("let_in", 5), False, False),
        (said("a", "broken", 0, "water"), inspected(5, "water"), True, False),
        (said("a", "broken", 0, "water"), inspected(5, "wifi"), False, True),
        (said("a", "wrong_place", 0), keeper("in_place", 5), False, True),
        (said("a", "wrong_place", 0), keeper("let_in", 5), False, False),
        (said("a", "fine", 0), keeper("fine", 5), True, False),
    ],
)
def test_an_official_word_confirms_or_settles_what_it_speaks_of(
    report: StatusReport, word: StatusReport, confirms: bool, settles: bool
) -> None:
    found = find_report_outcome(report, [report, word])
    assert (found.confirmed == word, found.settled == word) == (confirms, settles)


def test_a_day_that_the_keeper_closes_confirms_that_it_is_closed() -> None:
    closing = replace(keeper("closed_day", 5), first=date(2027, 2, 5), last=date(2027, 2, 5))
    assert find_report_outcome(LOCKED, [closing]).confirmed == closing
    tomorrow = replace(closing, first=date(2027, 2, 6), last=date(2027, 2, 6))
    assert find_report_outcome(LOCKED, [tomorrow]).confirmed is None


def test_what_is_said_after_it_was_settled_speaks_of_something_new() -> None:
    shut, opened, shut_again = keeper("locked", 5), keeper("fine", 10), keeper("locked", 15)
    assert find_report_outcome(LOCKED, [shut_again, opened, shut]) == ReportOutcome(0, shut, opened)
    assert find_report_outcome(LOCKED, [opened, shut_again]) == ReportOutcome(0, None, opened)
