"""Many spendings at once: the account is never overdrawn, and one request spends once."""

from collections.abc import Callable

import pytest

from benefits import SpendingRequest, read_points_account, spend_points
from benefits.lifecycle.expiry import expire_due_grants
from events.retries import run_in_transaction
from store import Database
from tests.benefits.counters import DAY, NOON, assert_sound, granted
from tests.benefits.points.test_account import points
from tests.benefits.test_redeeming_races import WRITERS, outcomes_at_once

pytestmark = pytest.mark.deeper  # WRITERS are more in make endure


def spending(database: Database, number: int, request: str) -> Callable[[], object]:
    wish = SpendingRequest("m-1", number, "电影票一张", request, DAY)
    return lambda: run_in_transaction(database, lambda connection: spend_points(connection, wish, NOON))


def earn(database: Database, *lots: int) -> None:
    with database.write() as connection:
        for number in lots:
            granted(connection, points(number, DAY))


def left(database: Database) -> int:
    with database.read() as connection:
        return read_points_account(connection, "m-1", DAY).points


@pytest.mark.both_databases
def test_many_spendings_at_once_never_overdraw(database: Database) -> None:
    earn(database, 4, 4, 4)
    results = outcomes_at_once([spending(database, 3, f"r-{n}") for n in range(WRITERS)])
    assert results == {"done": 4, "short": WRITERS - 4}
    assert left(database) == 0
    assert_sound(database)


def test_one_request_many_times_at_once_spends_once(database: Database) -> None:
    earn(database, 4, 4)
    assert outcomes_at_once([spending(database, 5, "r-1")] * WRITERS) == {"done": WRITERS}
    assert left(database) == 3
    assert_sound(database)


def test_points_that_end_while_they_are_spent_do_one_or_the_other(database: Database) -> None:
    earn(database, 4, 4)

    def end() -> object:
        after = DAY.replace(day=DAY.day + 1)
        return run_in_transaction(database, lambda connection: expire_due_grants(connection, after, NOON))

    results = outcomes_at_once([end, *(spending(database, 2, f"r-{n}") for n in range(WRITERS - 1))])
    assert results["done"] <= 5 and sum(results.values()) == WRITERS
    with database.read() as connection:
        changes = read_points_account(connection, "m-1", DAY).changes
    assert sum(change.points for change in changes) == left(database) == 0
    assert_sound(database)
