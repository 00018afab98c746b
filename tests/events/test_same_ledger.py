"""The same events give the same ledger: replayed, split otherwise, interleaved otherwise."""

import json
import random
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rules import RuleLibrary
from store import open_database
from tests.events.passing_days import disagreements, handle, happenings, items_of, town
from tests.profile import SLOW
from tests.tiers import ENDURES, budget
from tools.servers.sending import handle_in, ledger
from yihui.samples.events import SEED, generate_event_lines


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return list(generate_event_lines(SEED, members=60))


def member_of(line: str) -> str:
    try:
        return str(json.loads(line).get("subject"))
    except ValueError:
        return "not JSON"


def interleaved(lines: list[str], seed: int) -> list[str]:
    """Another order in which each member's own events keep theirs."""
    queues: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        queues[member_of(line)].append(line)
    order = [member for member, queue in queues.items() for _ in queue]
    random.Random(seed).shuffle(order)
    left = {member: iter(queue) for member, queue in queues.items()}
    return [next(left[member]) for member in order]


@pytest.mark.deeper
def test_interleavings_of_the_members_give_the_same_ledger(
    fresh, lines: list[str], library: RuleLibrary
) -> None:
    expected = fresh()
    handle_in(expected, library, lines, 100)
    wanted = ledger(expected)
    assert len(wanted) > 300
    for seed in range(50 if ENDURES else 2):
        database = fresh()
        other = interleaved(lines, seed)
        assert other != lines
        handle_in(database, library, other, random.Random(seed).choice([1, 7, 100, 1000]))
        assert ledger(database) == wanted, f"seed {seed}"


@pytest.mark.needs("postgres")
def test_both_databases_come_to_the_same_ledger_and_a_replay_changes_nothing(
    migrated_server: str, fresh, lines: list[str], library: RuleLibrary
) -> None:
    database, other = open_database(migrated_server), fresh()
    first = handle_in(database, library, lines, 64)
    handle_in(other, library, lines, 500)
    wanted = ledger(other)
    assert ledger(database) == wanted
    again = handle_in(database, library, lines, 37)
    assert (again.handled, again.duplicates) == (0, first.handled + first.duplicates)
    assert ledger(database) == wanted
    database.close()


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
