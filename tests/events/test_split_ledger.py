"""Where a run ends makes no difference: what falls due is decided by the events' days."""

from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.events.passing_days import disagreements, handle, happenings, items_of, town
from tests.events.sending import ledger
from tests.profile import SLOW
from tests.tiers import budget

NOW = datetime(2026, 12, 31, tzinfo=UTC)
BOUNDED = settings(
    deadline=None,
    derandomize=True,
    max_examples=budget(25),
    phases=[Phase.generate],
    suppress_health_check=SLOW,
)


@pytest.mark.deeper
@BOUNDED
@given(told=happenings, cuts=st.sets(st.integers(1, 20), max_size=5), later=st.integers(0, 300))
def test_any_split_of_the_same_events_gives_the_same_ledger(told, cuts: set[int], later: int) -> None:
    items = items_of(told)
    ends = [*sorted(cuts), len(items)]
    with TemporaryDirectory() as folder:
        whole, split = town(Path(folder), "whole.db"), town(Path(folder), "split.db")
        handle(whole, items, NOW)
        for first, end in zip([0, *ends], ends, strict=False):
            handle(split, items[first:end], NOW.replace(year=2027))
        assert ledger(split) == ledger(whole)
        assert disagreements(whole) == ()
        whole.close()
        split.close()


@pytest.mark.parametrize("size", [1, 50])
def test_what_is_clawed_back_in_a_batch_is_there_for_the_next_event_of_it(tmp_path: Path, size: int) -> None:
    day = date(2026, 2, 2)
    items = items_of([("x", "m-0", day), ("left", "m-0", day), ("x", "m-1", day)])
    database = town(tmp_path)
    given = set()
    for first in range(0, len(items), size):
        outcome = handle(database, items[first : first + size], NOW)
        given |= {(r.decision.rule_id, r.event.member) for r in outcome.rulings if r.outcome == "granted"}
    database.close()
    assert ("c-cash", "m-0") in given
    assert ("b-voucher", "m-1") in given


@pytest.mark.parametrize(("now", "reminded"), [("2026-02-09", 1), ("2026-02-12", 1), ("2026-02-13", 0)])
def test_past_events_remind_nobody_of_a_day_that_is_over(tmp_path: Path, now: str, reminded: int) -> None:
    """The voucher of 2 February expires on the 12th."""
    database = town(tmp_path)
    told = [("x", "m-0", date(2026, 2, 2)), ("back", "m-1", date(2026, 2, 6))]
    outcome = handle(database, items_of(told), datetime.fromisoformat(f"{now}T04:00+00:00"))
    database.close()
    assert outcome.swept.reminded == reminded
