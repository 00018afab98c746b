"""After its promise a grant moves by one way in: once for each request, never more than is there."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from sqlalchemy import func, select

from benefits import (
    Move,
    MoveRefused,
    Transaction,
    canonical_export_lines,
    post_move,
    post_moves,
    read_grant_positions,
    set_budget,
)
from benefits.model.moves import ALLOWED_MOVES
from benefits.tables.decisions import grants, postings
from benefits.tables.transactions import transactions
from store import Database, outbox
from tests.crowds import at_once
from tests.transactions import change_in, read_in, rows_in, write_in
from tools.servers.deciding import DAY, NOW, TREASURER, Wish, give, used, verified

VOUCHER = Wish(kind="voucher", amount_fen=5_000, budget="b")


def move(grant: str, kind: str = "issue", amount: int | None = None, key: str = "k", **more: object) -> Move:
    """From the stage where such a move begins to the one where it ends, on the day of the grant."""
    from_, to = min(ALLOWED_MOVES[kind])  # type: ignore[index]
    named = {"from_": from_, "to": to, "request_key": key, "occurred_on": DAY, **more}
    return Move(kind, grant, amount, **named)  # type: ignore[arg-type]


def do(database: Database, *moves: Move) -> list[Transaction]:
    results = write_in(database, post_moves, moves, NOW)
    assert not [result for result in results if isinstance(result, MoveRefused)], results
    return results  # type: ignore[return-value]


def refused(database: Database, wish: Move) -> str:
    """The code of the refusal; nothing must have changed."""
    with database.read() as connection:
        before = list(canonical_export_lines(connection))
    with database.write() as connection, pytest.raises(MoveRefused) as error:
        post_move(connection, wish, NOW)
    with database.read() as connection:
        assert list(canonical_export_lines(connection)) == before
    assert verified(database).disagreements == ()
    return error.value.short_code


@pytest.fixture
def grant(database: Database) -> str:
    """A voucher over 50 yuan that was handed out."""
    (ruling,) = give(database, VOUCHER)
    do(database, move(ruling.id, key="issue"))
    return ruling.id


def stands(database: Database, grant: str, unit: str = "fen") -> dict[str, int]:
    row = read_in(database, read_grant_positions, [grant])[grant][unit].as_row()
    return {stage: amount for stage, amount in row.items() if amount}


def test_a_request_that_is_repeated_is_done_once(database: Database, grant: str) -> None:
    wish = move(grant, "redeem", 2_000, "r-1")
    first, same = do(database, wish, wish)
    (again,) = do(database, wish)
    assert not first.already and same == again == replace(first, already=True)
    assert stands(database, grant) == {"issued": 3_000, "redeemed": 2_000}
    told = rows_in(database, select(outbox).where(outbox.c.id == first.id))
    assert [(row.type, json.loads(row.data)["moved"]) for row in told] == [
        ("benefit.redeemed", [{"amount": 2_000, "unit": "fen"}])
    ]


REFUSED: dict[str, tuple[Callable[[Move], Move], str]] = {
    "of a negative amount": (lambda m: replace(m, amount=-1), "amount"),
    "of nothing": (lambda m: replace(m, amount=0), "amount"),
    "of a fraction": (lambda m: replace(m, amount=0.5), "amount"),  # type: ignore[arg-type]
    "of a text": (lambda m: replace(m, amount="100"), "amount"),  # type: ignore[arg-type]
    "of a truth": (lambda m: replace(m, amount=True), "amount"),
    "of more than a database holds": (lambda m: replace(m, amount=2**63), "amount"),
    "of more than is left": (lambda m: replace(m, amount=5_001), "over_amount"),
    "of a grant that nobody knows": (lambda m: replace(m, grant_id="f" * 40), "unknown"),
    "by somebody else": (lambda m: replace(m, member_id="m-2"), "foreign"),
    "in a unit that it doesn't have": (lambda m: replace(m, unit="份"), "unit"),
    "against the order": (lambda m: replace(m, from_="promised"), "order"),
    "before it was granted": (lambda m: replace(m, occurred_on=date(2026, 4, 30)), "early"),
    "of a worth that it doesn't have": (lambda m: replace(m, worth_fen=-1), "amount"),
    "with a key that was used": (lambda m: replace(m, request_key="issue"), "request_reused"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_redemption_is_refused(name: str, database: Database, grant: str) -> None:
    change, code = REFUSED[name]
    assert refused(database, change(move(grant, "redeem", 1_000, "r-1"))) == code


def test_what_ended_can_not_be_used(database: Database) -> None:
    voided, expired = (ruling.id for ruling in give(database, VOUCHER, VOUCHER))
    do(database, move(voided, key="1"), move(expired, key="2"))
    do(database, move(voided, "void", None, "3", from_=None), move(expired, "expire", None, "4", from_=None))
    assert refused(database, move(voided, "redeem", 1, "5")) == "void"
    assert refused(database, move(expired, "redeem", 1, "6")) == "expired"
    assert refused(database, move(expired, "expire", None, "7", from_=None)) == "expired"


@pytest.mark.tampers
def test_an_expired_voucher_is_refused_on_the_day_after(database: Database, grant: str) -> None:
    change_in(database, grants.update().values(expires_on=date(2026, 5, 31)))
    late = move(grant, "redeem", 1, "r-1", occurred_on=date(2026, 6, 1))
    with database.write() as connection, pytest.raises(MoveRefused) as error:
        post_move(connection, late, NOW)
    assert (error.value.short_code, error.value.faults[0].params["day"]) == ("expired", "2026-05-31")
    do(database, replace(late, occurred_on=date(2026, 5, 31)))


def test_a_thing_moves_with_its_worth(database: Database) -> None:
    wish = Wish(kind="item", quantity=2, unit="份", amount_fen=300, budget="b")
    (ruling,) = give(database, wish)
    do(database, move(ruling.id, key="1"))
    do(database, move(ruling.id, "redeem", 1, "2", unit="份", worth_fen=150))
    assert stands(database, ruling.id, "份") == {"issued": 1, "redeemed": 1}
    assert stands(database, ruling.id) == {"issued": 150, "redeemed": 150}
    do(database, move(ruling.id, "void", None, "3", from_=None))
    assert used(database)["budget/b"] == 150
    assert verified(database).disagreements == ()


def test_one_that_is_refused_stops_none_of_the_others(database: Database, grant: str) -> None:
    with database.write() as connection:
        wishes = [move(grant, "redeem", 4_000, f"r-{n}") for n in range(2)]
        first, second = post_moves(connection, wishes, NOW)
    assert isinstance(first, Transaction) and isinstance(second, MoveRefused)
    assert (second.short_code, second.faults[0].params["left"]) == ("over_amount", "1000")


@pytest.mark.both_databases
def test_of_many_at_once_no_more_is_used_than_there_is(database: Database, grant: str) -> None:
    """Ten counters want 10 yuan each of 50 at the same moment."""

    def counter(number: int) -> str:
        (result,) = write_in(database, post_moves, [move(grant, "redeem", 1_000, f"r-{number}")], NOW)
        return "used" if isinstance(result, Transaction) else result.short_code

    done = at_once([partial(counter, number) for number in range(10)])
    assert sorted(map(str, done)) == ["used"] * 5 + ["used_up"] * 5
    assert verified(database).disagreements == ()


def test_of_many_at_once_with_one_key_one_is_done(database: Database, grant: str) -> None:
    def counter() -> bool:
        return write_in(database, post_move, move(grant, "redeem", 1_000, "same"), NOW).already

    assert sorted(at_once([counter] * 8)) == [False, *[True] * 7]


def test_a_promise_has_its_transaction_and_nothing_else_is_written(database: Database) -> None:
    write_in(database, set_budget, "b", 10_000, TREASURER)
    (ruling,) = give(database, VOUCHER)
    with database.read() as connection:
        (row,) = connection.execute(select(transactions)).all()
        lines = connection.execute(select(func.count()).select_from(postings)).scalar_one()
    assert (row.id, row.kind, row.grant_id, row.occurred_on, lines) == (
        ruling.id,
        "promise",
        ruling.id,
        DAY,
        2,
    )
    assert stands(database, ruling.id) == {"promised": 5_000}
