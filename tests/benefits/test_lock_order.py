"""Grants are locked before budgets, everywhere: whoever waits for a grant holds up no budget."""

import threading

import pytest
from sqlalchemy import text

from benefits import Move, post_move
from benefits.ledger.positions import lock_grant_positions, read_grant_terms
from store import Database
from tools.servers.deciding import DAY, NOW, Wish, give, used, verified
from tools.servers.postgres import until_somebody_waits


@pytest.mark.needs("postgres")
def test_who_waits_for_a_grant_holds_no_budget(postgres: Database) -> None:
    wish = Wish(kind="voucher", amount_fen=500, budget="b")
    first, second = (ruling.id for ruling in give(postgres, wish, wish))

    def end(grant: str) -> Move:
        return Move("void", grant, None, "promised", "reversed", f"end/{grant}", DAY)

    def wait() -> None:
        with postgres.write() as connection:
            post_move(connection, end(first), NOW)

    waiter = threading.Thread(target=wait)
    with postgres.write() as connection:
        lock_grant_positions(connection, read_grant_terms(connection, [first]))
        waiter.start()
        until_somebody_waits(postgres)
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        post_move(connection, end(second), NOW)
    waiter.join()
    assert used(postgres)["budget/b"] == 0
    assert verified(postgres).disagreements == ()
