"""Payments that didn't arrive: listed with what the ledger holds for them, and selected ones paid again."""

import pytest

from benefits import (
    ActRefused,
    BankReturnLine,
    Officer,
    PayoutCriteria,
    PreparedBatch,
    ReversalCriteria,
    apply_reversal,
    cancel_batch,
    count_failed_payments,
    create_payout_batch,
    list_failed_payments,
    release_batch,
)
from store import Database
from tests.benefits.deciding import NOW, Wish, give
from tests.benefits.test_payout import (
    EVERYBODY,
    TODAY,
    A,
    B,
    failed,
    paid,
    released,
    standing,
    told,
    unsound,
    written,
)


def listed(database: Database, shortfall: str = "failed", *rules: str) -> list[tuple[str, int, str]]:
    with database.read() as connection:
        found = list_failed_payments(connection, shortfall, rules or None)  # type: ignore[arg-type]
    return [(one.member_id, one.ledger_fen, one.reason) for one in found]


def prepared_again(database: Database, *grants: str, accounts: tuple[str, ...] = EVERYBODY) -> PreparedBatch:
    with database.write() as connection:
        wanted = PayoutCriteria(grants=frozenset(grants))
        return create_payout_batch(connection, A, wanted, accounts, "t" * 64, written)


def test_a_refused_payment_is_listed_until_it_is_prepared_again(
    database: Database,
) -> None:
    first, second, third = give(database, Wish("m-1", amount_fen=200), Wish("m-2"), Wish("m-3", rule="aid"))
    made = released(database)
    assert listed(database) == listed(database, "unanswered") == [], "the bank may still answer all of them"
    o = {order.grant_id: order for order in made.orders}
    told(database, failed(o[first.id], 2), paid(o[second.id], 3))
    assert listed(database) == [("m-1", 200, "户名不符")]
    assert listed(database, "unanswered") == [("m-3", 100, "")]
    assert standing(database, first.id) == {"issued": 200} and standing(database, third.id) == {
        "redeemed": 100
    }
    assert listed(database, "failed", "aid") == [] and listed(database, "unanswered", "aid") == [
        ("m-3", 100, "")
    ]
    with database.read() as connection:
        assert count_failed_payments(connection, "failed") == {"pack": 1}
    again = prepared_again(database, first.id)
    assert [(order.grant_id, order.attempt) for order in again.orders] == [(first.id, 2)]
    assert listed(database) == []
    with database.write() as connection:
        cancel_batch(connection, B, again.batch.id)
    assert listed(database) == [("m-1", 200, "户名不符")], "a cancelled batch leaves the payment as it was"
    assert unsound(database) == []


def test_a_payment_that_failed_twice_is_listed_once_by_its_last_batch(database: Database) -> None:
    give(database, Wish("m-1"))
    told(database, failed(released(database).orders[0]))
    last = released(database)
    told(database, BankReturnLine(2, last.orders[0].reference, "failed", 100, "", None, "销户"))
    with database.read() as connection:
        [one] = list_failed_payments(connection, "failed")
    assert (one.batch_id, one.attempt, one.reason) == (last.batch.id, 2, "销户")


def test_what_was_taken_back_is_not_to_be_paid_again(database: Database) -> None:
    [ruling] = give(database, Wish("m-1"))
    told(database, failed(released(database).orders[0]))
    with database.write() as connection:
        apply_reversal(connection, Officer("li.min", NOW, TODAY, "重复"), ReversalCriteria("pack"))
    assert listed(database) == []
    with pytest.raises(ActRefused, match="was taken back"):
        prepared_again(database, ruling.id)


def test_a_selection_is_prepared_whole_or_not_at_all(database: Database) -> None:
    first, second, other = give(database, Wish("m-1"), Wish("m-2"), Wish("m-3"))
    made = released(database)
    told(database, *(failed(order, line) for line, order in enumerate(made.orders, 2)))
    with pytest.raises(ActRefused, match="no account of m-2"):
        prepared_again(database, first.id, second.id, accounts=("m-1",))
    assert len(listed(database)) == 3
    assert prepared_again(database, first.id).batch.orders == 1
    with pytest.raises(ActRefused) as refused:
        prepared_again(database, first.id, second.id, "g-unknown")
    assert [fault.short_code for fault in refused.value.faults] == ["not_open", "not_open"]
    assert {member for member, _, _ in listed(database)} == {"m-2", "m-3"}
    with pytest.raises(ActRefused, match="nothing is to be paid"):
        prepared_again(database)
    assert standing(database, other.id) == {"issued": 100}


def test_a_selection_larger_than_one_statement_takes_is_prepared_whole(database: Database) -> None:
    members = [f"m-{n}" for n in range(1_100)]
    rulings = give(database, *(Wish(member) for member in members))
    made = prepared_again(database, *(ruling.id for ruling in rulings), accounts=tuple(members))
    assert (made.batch.orders, made.batch.amount_fen) == (1_100, 110_000)
    with database.write() as connection:
        assert release_batch(connection, B, made.batch.id, written).state == "released"
