"""What became of a report: who agreed, which official word confirmed it and which ended it."""

from dataclasses import replace
from datetime import date

import pytest

from geo.status.statements import ReportOutcome, StatusReport, find_report_outcome
from tests.geo.spoken import inspected, keeper
from tests.geo.spoken import rider as said

LOCKED = said("a", "locked", 0)


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
        (LOCKED, inspected(5), False, False),  # its answers say nothing of the door
        (said("a", "crowded", 0), keeper("crowded", 5), True, False),
        (said("a", "crowded", 0), inspected(5), False, False),
        (said("a", "wrong_place", 0), inspected(5), False, False),
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


def test_what_is_said_together_with_a_confirmation_ends_nothing() -> None:
    """An inspection that says no to a facility outside the standard says that it is broken, too."""
    report, broken = said("a", "broken", 0, "charging"), keeper("broken", 5, "charging")
    seen = replace(inspected(5), who=broken.who, at=broken.at)
    found = find_report_outcome(report, [report, seen, broken])
    assert (found.confirmed, found.settled) == (broken, None)
