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


def _kept(told) -> set[tuple[str, str]]:  # type: ignore[no-untyped-def]
    with TemporaryDirectory() as folder:
        database = town(Path(folder))
        outcome = handle(database, items_of(told), NOW)
        database.close()
        return {(r.decision.rule_id, r.event.member) for r in outcome.rulings if r.outcome == "granted"}


@pytest.mark.parametrize(
    ("day", "granted"),
    [(date(2026, 1, 12), False), (date(2026, 1, 13), True)],
    ids=["on-the-last-day-to-claim", "the-day-after"],
)
def test_a_place_that_nobody_claimed_goes_on_by_the_events_days(day: date, granted: bool) -> None:
    first = [("x", f"m-{n}", date(2026, 1, 5)) for n in range(3)]
    assert (("a-place", "m-2") in _kept([*first, ("back", "m-5", day)])) is False  # as a ruling of the batch
    with TemporaryDirectory() as folder:
        database = town(Path(folder))
        outcome = handle(database, items_of([*first, ("back", "m-5", day)]), NOW)
        database.close()
    assert (outcome.swept.count("lapsed"), outcome.swept.count("moved_up")) == ((2, 1) if granted else (0, 0))


def test_a_budget_is_refilled_by_what_expired_before_an_event_and_not_by_the_clock(tmp_path: Path) -> None:
    days = [date(2026, 2, 2)] * 4 + [date(2026, 2, 12), date(2026, 2, 13)]
    told = [("x", f"m-{n}", day) for n, day in enumerate(days)]
    database = town(tmp_path)
    outcome = handle(database, items_of(told), NOW)
    vouchers = {r.event.member: r.outcome for r in outcome.rulings if r.decision.rule_id == "b-voucher"}
    database.close()
    # 900 fen: a voucher of 3 yuan and cash of 4 for the first, then a voucher is too much
    assert vouchers == {"m-0": "granted", **{f"m-{n}": "refused" for n in (1, 2, 3, 4)}, "m-5": "granted"}


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
