"""Riders agree, keepers decide, and all of it decays by itself."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import Calendar
from geo.hours import Schedules
from geo.messages import ClosedToday, ExceptionSet, Inspected, Reported
from geo.station import OpeningState
from geo.status.live import LiveSummary, build_live_summary
from geo.status.live_status import LiveState
from geo.status.statements import (
    ReporterRole,
    ReportKind,
    StatusReport,
    expires_after_settled,
    expires_at,
    is_within_rate_limit,
    report_from_event,
)
from tests.geo.spoken import MINUTE, NINE, door_by_the_book, inspected, keeper, rider
from tests.profile import searched


def announced(
    what: ReportKind, minute: int, first: int, last: int, hours: str = "", note: str = ""
) -> StatusReport:
    days = date(2027, 2, first), date(2027, 2, last)
    at = NINE + minute * MINUTE
    return StatusReport(
        f"k-{minute}", "s", at, ReporterRole.KEEPER, what, "key",
        first=days[0], last=days[1], hours_text=hours, note=note,
    )  # fmt: skip


def at(minute: int, *sayings: StatusReport) -> LiveSummary:
    return build_live_summary(sayings, NINE + minute * MINUTE)


def told(live: LiveSummary) -> list[tuple[str, str]]:
    return [(s.state.value, s.reason.format_map(dict(s.params))) for s in live.statuses]


def state(minute: int, *sayings: StatusReport, hours: str = "24小时") -> OpeningState:
    plain = Schedules.compile([(hours, Calendar.CN)])
    laid = plain.with_special_hours({0: at(minute, *sayings).spells})
    return laid.opening(int(laid.ids[0]), NINE + minute * MINUTE).state


def test_two_riders_shut_a_door_one_does_not_and_it_decays() -> None:
    one, other = rider("a", "locked", 0), rider("b", "locked", 10)
    assert at(11, one, rider("a", "closed", 5), rider("a", "locked", 10)).statuses == ()
    live = at(11, one, other)
    (status,) = live.statuses
    assert (status.state, status.reporters) == (LiveState.CLOSED, 2)
    assert (status.since, status.until) == (NINE + 10 * MINUTE, NINE + 120 * MINUTE)
    assert told(live) == [("closed", "2 people reported the door locked (last 09:10)")]
    assert [state(minute, one, other) for minute in (9, 11, 119, 120)] == [
        OpeningState.OPEN,
        OpeningState.CLOSED,
        OpeningState.CLOSED,
        OpeningState.OPEN,
    ]


def test_riders_of_one_network_count_as_one() -> None:
    network, others = "ab" * 16, ["c" * 32, "d" * 32, "e" * 32]
    household = [rider(network + other, "locked", n) for n, other in enumerate(others)]
    assert at(11, *household).statuses == ()
    assert [status.reporters for status in at(11, *household).unconfirmed] == [1]
    assert at(11, *household, rider("f" * 64, "locked", 5)).statuses[0].reporters == 2
    short = [rider("ab" * 8 + end, "locked", n) for n, end in enumerate("cd")]
    assert at(11, *short).statuses[0].reporters == 2, "another length is whole"


def test_the_words_fit_what_was_reported() -> None:
    live = at(40, rider("a", "locked", 0), rider("b", "closed", 10), rider("c", "locked", 30))
    assert told(live) == [("closed", "3 people reported it closed or locked (last 09:30)")]


def test_who_says_so_anonymously_or_too_often_is_not_heard() -> None:
    nobody = rider("", "locked", 1)
    often = StatusReport("x", "s", NINE, ReporterRole.RIDER, ReportKind.LOCKED, "b", counts=False)
    assert at(2, rider("a", "locked", 0), nobody, often).statuses == ()


def test_a_rider_who_got_in_reopens_a_door_that_riders_alone_closed() -> None:
    shut = [rider("a", "locked", 0), rider("b", "locked", 1)]
    assert state(20, *shut, rider("f", "fine", 10)) is OpeningState.OPEN
    assert state(20, *shut, rider("f", "fine", 10, "water")) is OpeningState.CLOSED, "only the water is fine"


@pytest.mark.parametrize("word", [keeper("fine", 5), keeper("crowded", 5)])
def test_a_keepers_or_officers_notice_settles_earlier_reports_but_no_later_ones(
    word: StatusReport,
) -> None:
    shut = [rider("a", "locked", 0), rider("b", "locked", 1)]
    assert state(4, *shut, word) is OpeningState.CLOSED
    assert state(6, *shut, word) is OpeningState.OPEN
    again = [rider("a", "locked", 7), rider("b", "locked", 8)]
    assert state(9, *shut, word, again[0]) is OpeningState.OPEN
    assert state(9, *shut, word, *again) is OpeningState.CLOSED


def test_a_keeper_who_says_locked_is_believed_alone_against_riders_for_two_hours() -> None:
    word = keeper("locked", 0)
    assert told(at(5, word, rider("a", "fine", 1), rider("b", "fine", 2))) == [
        ("closed", "the door is locked (keeper, 09:00)")
    ]
    assert at(120, word).statuses == ()


def test_a_closed_day_is_closed_all_day_and_over_with_it() -> None:
    closing = announced(ReportKind.CLOSED_DAY, 12, 5, 5, note="停电")
    assert told(at(13, closing)) == [("closed", "closed today: 停电 (keeper, 09:12)")]
    plain = Schedules.compile([("8:00-18:00", Calendar.CN)])
    laid = plain.with_special_hours({0: at(13, closing).spells})
    opening = laid.opening(int(laid.ids[0]), NINE + 15 * MINUTE)
    assert (opening.state, opening.opens_at) == (OpeningState.CLOSED, datetime(2027, 2, 6, 0, 0, tzinfo=UTC))
    assert at(15 * 60, closing) == LiveSummary()


def test_a_closing_told_the_day_before_names_its_day_until_it_comes() -> None:
    closing = announced(ReportKind.CLOSED_DAY, 0, 6, 6)
    today = at(1, closing)
    assert told(today) == [("closed", "closed on 2027-02-06 (keeper, 09:00)")]
    assert state(1, closing) is OpeningState.OPEN
    assert today.until == datetime(2027, 2, 5, 16, 0, tzinfo=UTC)  # at midnight the words change
    assert told(at(24 * 60, closing)) == [("closed", "closed today (keeper, 2027-02-05 09:00)")]


def test_a_keeper_may_open_after_all() -> None:
    closing = announced(ReportKind.CLOSED_DAY, 0, 5, 5)
    assert state(59, closing, keeper("fine", 60)) is OpeningState.CLOSED
    assert state(60, closing, keeper("fine", 60)) is OpeningState.OPEN
    assert at(60, closing, keeper("fine", 60)).statuses == ()
    assert state(60, closing, rider("a", "fine", 1), rider("b", "fine", 2)) is OpeningState.CLOSED
    assert state(60, closing, inspected(5)) is OpeningState.CLOSED  # that an officer came doesn't open it
    tomorrow = announced(ReportKind.CLOSED_DAY, 0, 6, 6)
    assert at(60, tomorrow, keeper("fine", 60)).statuses != ()


def test_dated_hours_hold_on_their_days_and_the_later_announcement_wins() -> None:
    spring = announced(ReportKind.HOURS, 0, 5, 8, "10:00-16:00", "春节")
    assert told(at(1, spring)) == [
        ("hours", "from 2027-02-05 to 2027-02-08, 春节: 10:00-16:00 (keeper, 09:00)")
    ]
    assert [state(m, spring, hours="8:00-18:00") for m in (30, 60, 7 * 60, 97 * 60)] == [
        OpeningState.CLOSED,
        OpeningState.OPEN,
        OpeningState.CLOSED,
        OpeningState.OPEN,
    ]
    shut = announced(ReportKind.HOURS, 5, 5, 5)
    assert state(61, spring, shut) is OpeningState.CLOSED
    assert [reason for _, reason in told(at(61, spring, shut))] == [
        "from 2027-02-05 to 2027-02-08, 春节: 10:00-16:00 (keeper, 09:00)",
        "closed today (keeper, 09:05)",
    ]
    usual = announced(ReportKind.HOURS, 10, 4, 9, "照常")
    assert state(30, spring, shut, usual, hours="8:00-18:00") is OpeningState.OPEN
    assert at(30, spring, shut, usual).statuses == ()


def test_dated_hours_that_nobody_understands_are_unknown() -> None:
    assert state(1, announced(ReportKind.HOURS, 0, 5, 5, "看通知")) is OpeningState.UNKNOWN


def test_a_facility_is_broken_by_a_keepers_notice_until_repaired_or_for_a_month() -> None:
    word = keeper("broken", 0, "water")
    assert at(1, word).broken_facilities == {"water"}
    assert told(at(1, word)) == [("broken", "water: broken (keeper, 09:00)")]
    assert at(5, word, keeper("fine", 2, "water")).broken_facilities == frozenset()
    assert at(5, word, keeper("fine", 2, "microwave")).broken_facilities == {"water"}
    assert at(5, word, keeper("fine", 2)).broken_facilities == frozenset()
    assert at(5, word, rider("a", "fine", 2, "water"), rider("b", "fine", 3, "water")).broken_facilities == {
        "water"
    }
    assert at(30 * 24 * 60 - 1, word).broken_facilities == {"water"}
    assert at(30 * 24 * 60, word).broken_facilities == frozenset()


def test_riders_must_agree_on_what_is_broken() -> None:
    one, other = rider("a", "broken", 0, "water"), rider("b", "broken", 1, "water")
    assert at(2, one, rider("b", "broken", 1, "wifi")).broken_facilities == frozenset()
    assert at(2, one, other).broken_facilities == {"water"}
    assert at(5, one, other, rider("c", "fine", 3, "water")).broken_facilities == frozenset()
    assert at(5, one, other, keeper("fine", 3)).broken_facilities == frozenset()
    assert at(3 * 24 * 60, one, other).broken_facilities == frozenset()
    assert state(5, one, other) is OpeningState.OPEN


def test_what_an_inspection_finds_missing_is_missing_until_the_next_one() -> None:
    found = inspected(0, "microwave")
    assert told(at(60 * 24 * 100, found)) == [("broken", "microwave: missing (inspection of 2027-02-05)")]
    assert at(9, found, inspected(5)).broken_facilities == frozenset()
    assert at(9, inspected(5, "water"), found).broken_facilities == {"water"}
    assert at(60 * 24 * 399, found, inspected(5)).broken_facilities == frozenset()


def test_an_inspection_ends_only_what_its_answers_contradict() -> None:
    shut = [rider("a", "locked", 0), rider("b", "locked", 1), rider("c", "broken", 0, "water")]
    crowd = [rider("a", "crowded", 0), rider("b", "crowded", 1)]
    lost = [rider("a", "wrong_place", 0), rider("b", "wrong_place", 1)]
    live = at(6, *shut, inspected(5))
    assert ([one.state for one in live.statuses], live.unconfirmed) == ([LiveState.CLOSED], ())
    assert at(6, *crowd, inspected(5)).statuses == at(6, *crowd).statuses != ()
    assert at(6, *lost, inspected(5)).statuses == at(6, *lost).statuses != ()
    assert state(6, keeper("locked", 0), inspected(5)) is OpeningState.CLOSED


def test_crowded_and_wrong_place_are_told_but_close_nothing() -> None:
    crowd = [rider("a", "crowded", 0), rider("b", "crowded", 1)]
    assert told(at(2, *crowd)) == [("crowded", "2 people found it crowded (last 09:01)")]
    assert at(46, *crowd).statuses == ()
    assert at(2, keeper("crowded", 1)).statuses[0].state is LiveState.CROWDED
    lost = [rider("a", "wrong_place", 0), rider("b", "wrong_place", 1)]
    assert [s.state for s in at(2, *lost).statuses] == [LiveState.WRONG_PLACE]
    assert state(2, *crowd, *lost) is OpeningState.OPEN


@pytest.mark.parametrize("what", ["crowded", "let_in", "fine"])
def test_that_one_gets_in_is_remembered_as_long_as_a_phone_keeps_a_door_that_was_found_locked(
    what: str,
) -> None:
    found_locked = NINE  # kept to the end of its day, at 900 minutes
    for minute in (1, 121, 899):
        let_in = at(minute, keeper(what, 1)).let_in_at
        assert let_in is not None and let_in > found_locked
        assert at(minute, keeper(what, 0), keeper("locked", 1)).let_in_at is None


def test_a_payload_is_said_by_whom_it_says() -> None:
    report = Reported.model_validate({"station": "s", "observation": "locked", "reporter": "0" * 16})
    assert report_from_event("e", NINE, report) == StatusReport(
        "e", "s", NINE, ReporterRole.RIDER, ReportKind.LOCKED, "0" * 16
    )
    by_keeper = Reported.model_validate({"station": "s", "observation": "fine", "keeper": "abcdefg2"})
    assert report_from_event("e", NINE, by_keeper).voice is ReporterRole.KEEPER
    day = date(2027, 2, 5)
    closing = report_from_event("e", NINE, ClosedToday(station="s", on=day, reason="停电"))
    assert (closing.voice, closing.days, closing.note) == (ReporterRole.OFFICER, (day, day), "停电")
    hours = ExceptionSet(station="s", first=day, last=day, hours_text="9-12", keeper="abcdefg2")
    said = report_from_event("e", NINE, hours)
    assert (said.voice, said.hours_text) == (ReporterRole.KEEPER, "9-12")
    inspection = Inspected(station="s", on=day, meets_standard=False, missing=("sink",))
    seen = report_from_event("e", NINE, inspection)
    assert (seen.voice, seen.facilities) == (ReporterRole.OFFICER, {"sink"})


def test_a_word_that_settles_is_remembered_no_longer_than_what_it_settles() -> None:
    week = NINE + timedelta(days=7)
    year = NINE + timedelta(days=400)
    for settling in (keeper("fine", 0), keeper("fine", 0, "water"), inspected(0)):
        assert expires_after_settled(settling, None) == week
        assert expires_after_settled(settling, NINE + MINUTE) == week
        assert expires_after_settled(settling, year) == year
    for word in (inspected(0, "sink"), keeper("broken", 0, "water"), rider("a", "fine", 0)):
        assert expires_after_settled(word, NINE + timedelta(days=999)) == expires_at(word)


def test_a_rider_is_heard_six_times_an_hour() -> None:
    spoken = [NINE + n * MINUTE for n in range(6)]
    assert is_within_rate_limit(NINE + 6 * MINUTE, spoken[:5])
    assert not is_within_rate_limit(NINE + 6 * MINUTE, spoken)
    assert is_within_rate_limit(NINE + 60 * MINUTE, spoken)  # the first is an hour ago


# --- against a slow, obvious oracle

sayings = st.lists(
    st.one_of(
        st.builds(
            rider,
            st.sampled_from("abcd"),
            st.sampled_from(["closed", "locked", "fine", "crowded", "wrong_place"]),
            st.integers(0, 200),
        ),
        st.builds(keeper, st.sampled_from(["closed", "locked", "fine"]), st.integers(0, 200)),
        st.builds(inspected, st.integers(0, 200)),
    ),
    max_size=9,
    unique_by=lambda saying: saying.id,
)


def shut_by_the_book(sayings: Sequence[StatusReport], minute: int) -> bool:
    is_shut, standing = door_by_the_book(sayings, minute)
    return is_shut or len(standing) >= 2


@searched(400)
@given(sayings, st.integers(0, 340), st.randoms(use_true_random=False))
def test_a_door_is_shut_exactly_when_the_book_says_so_and_until_then(sayings, minute, random) -> None:
    live = at(minute, *sayings)
    shut = [s for s in live.statuses if s.state is LiveState.CLOSED]
    assert bool(shut) == shut_by_the_book(sayings, minute)
    assert (state(minute, *sayings) is OpeningState.CLOSED) == bool(shut)
    random.shuffle(sayings)
    assert at(minute, *sayings) == live
    known = [s for s in sayings if s.at <= NINE + minute * MINUTE]
    if shut:
        end = next(m for m in range(minute, minute + 200) if not shut_by_the_book(known, m))
        assert shut[0].until == NINE + end * MINUTE
        assert shut[0].since <= NINE + minute * MINUTE
    else:  # nothing begins by itself
        assert not any(shut_by_the_book(known, m) for m in range(minute, minute + 200, 7))


@searched(200)
@given(sayings, st.integers(0, 300))
def test_no_single_rider_closes_a_station_whatever_he_says(sayings, minute) -> None:
    alone = [s for s in sayings if s.who == "a"]
    assert [s for s in at(minute, *alone).statuses if s.state is not LiveState.HOURS] == []


@searched(200)
@given(sayings, st.integers(0, 300), st.integers(1, 200))
def test_until_it_is_to_be_asked_again_nothing_changes(sayings, minute, later) -> None:
    live = at(minute, *sayings)
    then = NINE + (minute + later) * MINUTE
    if live.until is None or then < live.until:
        assert build_live_summary(sayings, then) == live
    assert all(expires_at(s) > s.at for s in sayings)
