"""``station.searched``: counted once, coarsely, whatever it is told by."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from events import BatchOutcome, InboundEvent, parse_event, process_batch
from events.faults import dead_letter_reason
from geo.coverage.cells import cell_name_at, parent_cell_name
from geo.registry.usage_counts import load_search_groups, search_counts
from geo.usage_counts import SearchGroup
from rules import build_library
from store import Database
from tools.servers.sending import Sender

NOW = datetime(2026, 5, 20, 4, 30, tzinfo=UTC)
FINE = cell_name_at(117.02, 36.66, 10)
CELL = parent_cell_name(FINE, 7)


def searched(id: str, cell: str = CELL, at: datetime = NOW, **data: object) -> str:
    return Sender()("station.searched", cell, at.isoformat(), cell=cell, hour=60, envelope={"id": id}, **data)


def handled(database: Database, *lines: str) -> BatchOutcome:
    items = [InboundEvent(parse_event(line, NOW), "test") for line in lines]
    with database.write() as connection:
        return process_batch(items, connection, build_library([], []), NOW)


def counts(database: Database) -> list[tuple[str, int, bool, int]]:
    c = search_counts.c
    with database.read() as connection:
        rows = connection.execute(select(c.cell, c.hour, c.found, c.count).order_by(c.cell, c.hour, c.found))
        return [tuple(row) for row in rows]


def test_an_event_that_comes_twice_is_counted_once(database: Database) -> None:
    outcomes = handled(database, searched("1", count=7), searched("1", count=7), searched("2", count=4))
    assert (outcomes.handled, outcomes.duplicates, outcomes.dead_letters) == (2, 1, [])
    again = handled(database, searched("2", count=4), searched("3", found=True))
    assert (again.handled, again.duplicates) == (1, 1)
    assert counts(database) == [(CELL, 60, False, 11), (CELL, 60, True, 1)]


def test_of_a_finer_cell_only_the_coarse_one_is_kept(database: Database) -> None:
    handled(database, searched("1", FINE), searched("2", FINE))
    assert counts(database) == [(CELL, 60, False, 2)]  # by default one search that found nothing


@pytest.mark.parametrize(
    ("cell", "code"), [("fffffffffffffff", "no_cell"), (parent_cell_name(CELL, 5), "coarse_cell")]
)
def test_what_is_no_cell_or_too_large_a_one_is_a_dead_letter(
    database: Database, cell: str, code: str
) -> None:
    (letter,) = handled(database, searched("1", cell)).dead_letters
    assert dead_letter_reason(letter.faults[0]) == code
    assert counts(database) == []
    assert handled(database, searched("1")).handled == 1  # mended under its id


def test_a_search_reported_after_a_week_changes_no_published_month(
    database: Database,
) -> None:
    late = searched("1", at=NOW - timedelta(days=8), count=50)
    assert handled(database, late, searched("2", at=NOW - timedelta(days=7), count=20)).handled == 2
    with database.read() as connection:
        groups = list(load_search_groups(connection, NOW.date() + timedelta(days=40), parent_cell_name))
    assert groups == [SearchGroup(NOW.date().replace(day=1), CELL, 60, False, 20)]
