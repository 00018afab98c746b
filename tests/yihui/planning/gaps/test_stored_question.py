"""A question about gaps is whole when it is stored: asked again on a later day it is about the same week."""

from datetime import UTC, datetime, timedelta

from yihui.frame.typed import parse_values
from yihui.planning.gaps.request import GapOrder
from yihui.planning.gaps.run import list_gap_instants

FRIDAY = datetime(2026, 10, 9, 4, tzinfo=UTC)


def test_a_week_that_nobody_typed_is_stored_with_the_question() -> None:
    asked = parse_values(GapOrder, {"area": "370102"}, FRIDAY)
    stored = asked.model_dump(mode="json", exclude_unset=True)
    again = parse_values(GapOrder, stored, FRIDAY + timedelta(weeks=2))
    assert list_gap_instants(again) == list_gap_instants(asked)
    assert len(list_gap_instants(asked)) == 168


def test_an_instant_is_about_no_week() -> None:
    asked = parse_values(GapOrder, {"area": "370102", "at": FRIDAY}, FRIDAY)
    assert asked.week_of is None and list_gap_instants(asked) == (FRIDAY,)
