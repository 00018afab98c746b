"""Grants are locked before budgets, everywhere: whoever waits for a grant holds up no budget."""

import threading
import time

import pytest
from sqlalchemy import text

from benefits import Move, post_move
from benefits.ledger.positions import lock_grant_positions, read_grant_terms
from store import Database, migrate_database, open_database
from tests.benefits.deciding import DAY, NOW, Wish, give, used, verified


@pytest.mark.needs("postgres")
def test_who_waits_for_a_grant_holds_no_budget(postgres_database: str) -> None:
    database = open_database(postgres_database)
    migrate_database(database)
    first, second = (
        ruling.id for ruling in give(database, *[Wish(kind="voucher", amount_fen=500, budget="b")] * 2)
    )

    def end(grant: str) -> None:
        move = Move("void", grant, None, "promised", "reversed", f"end/{grant}", DAY)
        with database.write() as connection:
            post_move(connection, move, NOW)

    waiter = threading.Thread(target=end, args=(first,))
    with database.write() as connection:
        lock_grant_positions(connection, read_grant_terms(connection, [first]))
        waiter.start()
        _until_somebody_waits(database)
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        post_move(connection, Move("void", second, None, "promised", "reversed", f"end/{second}", DAY), NOW)
    waiter.join()
    assert used(database)["budget/b"] == 0
    assert verified(database).disagreements == ()
    database.close()


def _until_somebody_waits(database: Database) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with database.read() as connection:
            if connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                return
    raise AssertionError("nobody waits")
