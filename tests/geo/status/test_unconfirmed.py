"""What one rider alone says is told, and nothing follows from it."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.messages import Answer
from geo.status.live import build_live_summary
from geo.status.live_status import LiveState
from geo.status.statements import (
    REPORT_TERMS,
    SHUT_KINDS,
    ReporterRole,
    ReportKind,
    StatusReport,
    apply_keeper_answer,
    expires_at,
)
from tests.geo.spoken import MINUTE, NINE, door_by_the_book, keeper
from tests.geo.spoken import rider as said
from tests.profile import searched


def told(minute: int, *sayings: StatusReport) -> list[str]:
    live = build_live_summary(sayings, NINE + minute * MINUTE)
    return [status.reason.format_map(dict(status.params)) for status in live.unconfirmed]


@pytest.mark.parametrize(
    ("saying", "words"),
    [
        (said("a", "locked", 5), "1 person said the door is locked (09:05); nobody else has confirmed it"),
        (said("a", "closed", 5), "1 person said it is closed (09:05); nobody else has confirmed it"),
        (said("a", "crowded", 5), "1 person said it is crowded (09:05); nobody else has confirmed it"),
        (
            said("a", "broken", 5, "water"),
            "water: 1 person said it is broken (09:05); nobody else has confirmed it",
        ),
        (
            said("a", "wrong_place", 5),
            "1 person did not find it where the map shows it (09:05); nobody else has confirmed it",
        ),
    ],
)
def test_one_riders_word_is_told_as_one_riders_word_until_it_lapses(saying: StatusReport, words: str) -> None:
    assert told(4, saying) == []
    assert told(5, saying) == [words]
    live = build_live_summary([saying], saying.at)
    assert (live.statuses, live.spells, live.broken_facilities) == ((), (), frozenset())
    assert [one.state for one in live.statuses_at(saying.at)] == [LiveState.TOLD]
    end = REPORT_TERMS.crowd if saying.what is ReportKind.CROWDED else expires_at(saying) - saying.at
    assert live.unconfirmed[0].until == saying.at + end
    assert build_live_summary([saying], saying.at + end).unconfirmed == ()


def test_an_answer_that_ends_nothing_is_told_in_place_of_that_nobody_confirmed_it() -> None:
    answered = replace(said("a", "locked", 5), answer=Answer.ON_IT, answered_by=ReporterRole.KEEPER)
    assert told(6, answered) == [
        "1 person said the door is locked (09:05); answered by keeper: on_it"
    ]  # both are codes
    both = [answered, said("b", "locked", 7)]
    assert build_live_summary(both, NINE + 8 * MINUTE).statuses[0].reporters == 2


def test_who_is_not_heard_is_not_told() -> None:
    assert told(1, said("", "locked", 0)) == []


sayings = st.lists(
    st.builds(
        said,
        st.sampled_from("abc"),
        st.sampled_from(["closed", "locked", "fine", "crowded", "wrong_place"]),
        st.integers(0, 200),
    )
    | st.builds(said, st.sampled_from("abc"), st.just("broken"), st.integers(0, 200), st.just("water"))
    | st.builds(keeper, st.sampled_from(["fine", "locked", "let_in", "in_place"]), st.integers(0, 200)),
    max_size=8,
    unique_by=lambda saying: saying.id,
)


@searched(400)
@given(sayings, st.integers(0, 340), st.randoms(use_true_random=False))
def test_one_riders_word_about_a_door_is_told_exactly_when_the_book_says_so(
    sayings: list[StatusReport], minute: int, random: Random
) -> None:
    live = build_live_summary(sayings, NINE + minute * MINUTE)
    doors = [s for s in live.unconfirmed if "locked" in s.reason or "closed" in s.reason]
    is_shut, standing = door_by_the_book(sayings, minute)
    is_alone = len(standing) == 1 and not is_shut
    assert [status.since for status in doors] == [word.at for word in standing if is_alone]
    random.shuffle(sayings)
    assert build_live_summary(sayings, NINE + minute * MINUTE) == live


@searched(300)
@given(sayings, st.integers(0, 300))
def test_what_is_told_never_acts_and_stands_beside_nothing_that_holds(
    sayings: list[StatusReport], minute: int
) -> None:
    live = build_live_summary(sayings, NINE + minute * MINUTE)
    assert all(s.state is not LiveState.TOLD for s in live.statuses)
    assert all(s.state is LiveState.TOLD and s.reporters == 1 for s in live.unconfirmed)
    assert all(s.since <= NINE + minute * MINUTE < s.until for s in live.unconfirmed)
    holding = [s for s in live.statuses if s.state is LiveState.CLOSED]
    assert len(live.spells) == len(holding)  # no keeper announces anything here: spells come of nothing else
    assert live.broken_facilities == {s.facility for s in live.statuses if s.facility}


@pytest.mark.parametrize("what", ["locked", "closed", "crowded"])
@pytest.mark.parametrize("answer", [Answer.OPEN_NOW, Answer.FIXED, Answer.CANNOT_FIND])
def test_a_keepers_answer_settles_the_door_and_nothing_else(what: str, answer: Answer) -> None:
    report = said("a", what, 0)
    riders = [report, said("b", what, 1), said("a", "broken", 2, "water"), said("b", "broken", 2, "water")]
    word = apply_keeper_answer(answer, report, keeper("answered", 5))
    live = build_live_summary([*riders, word], NINE + 6 * MINUTE)
    assert live.broken_facilities == {"water"}
    assert [s.state for s in live.statuses] == [LiveState.BROKEN]


def test_an_answer_about_a_facility_settles_it_and_one_about_the_place_the_place() -> None:
    kettle, lamp = said("a", "broken", 0, "water"), said("a", "broken", 1, "wifi")
    both = [kettle, lamp, said("b", "broken", 2, "water"), said("b", "broken", 3, "wifi")]
    fixed = apply_keeper_answer(Answer.FIXED, kettle, keeper("answered", 5))
    assert build_live_summary([*both, fixed], NINE + 6 * MINUTE).broken_facilities == {"wifi"}
    lost = [said("a", "wrong_place", 0), said("b", "wrong_place", 1)]
    assert build_live_summary(lost, NINE + 6 * MINUTE).statuses != ()
    right = apply_keeper_answer(Answer.CANNOT_FIND, lost[0], keeper("answered", 5))
    assert build_live_summary([*lost, *both, right], NINE + 6 * MINUTE).broken_facilities == {"water", "wifi"}
    assert build_live_summary([*lost, right], NINE + 6 * MINUTE).statuses == ()


@pytest.mark.parametrize("first", [ReportKind.IN_PLACE, ReportKind.CORRECTED])
def test_a_change_that_is_taken_back_takes_no_other_word_on_the_place_along(first: ReportKind) -> None:
    sayings = [
        *(said(who, "wrong_place", minute) for who, minute in (("a", 0), ("b", 1))),
        replace(keeper("answered", 5), what=first, id="1"),
        *(said(who, "wrong_place", minute) for who, minute in (("c", 6), ("d", 7))),
        replace(keeper("answered", 10), what=ReportKind.CORRECTED, id="2"),
    ]
    assert build_live_summary(sayings, NINE + 11 * MINUTE).statuses == ()
    taken_back = replace(keeper("answered", 10), what=ReportKind.RESTORED, id="3")
    (status,) = build_live_summary([*sayings, taken_back], NINE + 12 * MINUTE).statuses
    assert status.reporters == 2


@pytest.mark.parametrize("answer", [Answer.ON_IT, Answer.THANKS])
def test_an_answer_that_only_thanks_changes_nothing(answer: Answer) -> None:
    riders = [said("a", "locked", 0), said("b", "locked", 1)]
    word = apply_keeper_answer(answer, riders[0], keeper("answered", 5))
    assert word.what is ReportKind.ANSWERED
    assert (
        build_live_summary([*riders, word], NINE + 6 * MINUTE).statuses
        == build_live_summary(riders, NINE + 6 * MINUTE).statuses
    )


def test_a_keeper_who_closed_the_day_and_answers_that_one_gets_in_has_opened_it() -> None:
    day = NINE.date()
    closing = StatusReport(
        "k-0", "s", NINE, ReporterRole.KEEPER, ReportKind.CLOSED_DAY, "key", first=day, last=day
    )
    report = said("a", "locked", 30)
    assert report.what in SHUT_KINDS
    opened = apply_keeper_answer(Answer.OPEN_NOW, report, keeper("answered", 40))
    assert build_live_summary([closing, report], NINE + 50 * MINUTE).statuses != ()
    assert build_live_summary([closing, report, opened], NINE + 50 * MINUTE).statuses == ()
