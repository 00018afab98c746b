"""The same events give the same ledger: replayed, split otherwise, interleaved otherwise."""

import json
import random
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from rules import RuleLibrary
from store import Database, open_database
from tests.events.sending import handle_in, ledger
from tests.tiers import ENDURES
from yihui.samples.events import SEED, generate_event_lines


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return list(generate_event_lines(SEED, members=60))


@pytest.fixture
def fresh(migrated_file: Path, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Makes one new SQLite database after the other."""
    opened: list[Database] = []

    def make() -> Database:
        path = shutil.copy(migrated_file, tmp_path / f"{len(opened)}.db")
        opened.append(open_database(str(path)))
        return opened[-1]

    yield make
    for database in opened:
        database.close()


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
