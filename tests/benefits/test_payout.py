"""Payments by bank: two people, one order at a time, settled when the bank says so."""

from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256

import pytest
from sqlalchemy import select, text

from benefits import (
    ActRefused,
    BankReturn,
    BankReturnLine,
    BankReturnMismatch,
    BankReturnResult,
    Officer,
    PaymentOrder,
    PayoutBatch,
    PayoutCriteria,
    PreparedBatch,
    ReversalCriteria,
    apply_bank_return,
    apply_reversal,
    cancel_batch,
    create_payout_batch,
    list_batch_orders,
    list_payout_batches,
    load_payout_batch,
    record_batch_export,
    release_batch,
)
from benefits.ledger.positions import read_grant_positions
from benefits.tables.payout import payout_orders
from benefits.verification.table_checks import find_changed_batches, payout_checks
from store import Database
from tests.crowds import at_once
from tests.transactions import change_in, read_in, write_in
from tools.servers.deciding import DAY, NOW, Wish, give

TODAY = date(2026, 10, 3)
A, B = (Officer(who, NOW, TODAY, "国庆慰问") for who in ("li.min", "gh-017"))
EVERYBODY = tuple(f"m-{n}" for n in range(1, 10))


def written(batch: PayoutBatch, orders: Sequence[PaymentOrder]) -> str:
    return sha256("".join(f"{batch.id}{o.reference}{o.amount_fen}" for o in orders).encode()).hexdigest()


def prepared(
    database: Database, *, accounts: Sequence[str] = EVERYBODY, rule: str | None = None
) -> PreparedBatch:
    return write_in(database, create_payout_batch, A, PayoutCriteria(rule), accounts, "t" * 64, written)


def released(database: Database) -> PreparedBatch:
    made = prepared(database)
    write_in(database, release_batch, B, made.batch.id, written)
    return made


def told(
    database: Database, *said: BankReturnLine, partly: bool = False, batch: str | None = None
) -> BankReturnResult:
    with database.write() as connection:
        file = BankReturn(sha256(repr(said).encode()).hexdigest(), said)
        return apply_bank_return(connection, A, file, partly=partly, batch_id=batch)


def paid(order: PaymentOrder, line: int = 2, bank: str = "F1") -> BankReturnLine:
    return BankReturnLine(line, order.reference, "paid", order.amount_fen, bank)


def failed(order: PaymentOrder, line: int = 2) -> BankReturnLine:
    return BankReturnLine(line, order.reference, "failed", order.amount_fen, "", None, "户名不符")


def standing(database: Database, grant_id: str) -> dict[str, int]:
    found = read_in(database, read_grant_positions, [grant_id])[grant_id]["fen"].as_row()
    return {stage: amount for stage, amount in found.items() if amount}


def unsound(database: Database) -> list[str]:
    with database.read() as connection:
        found = [message for message, query in payout_checks() if connection.execute(query).first()]
        return found + [item.message for item in find_changed_batches(connection)]


@pytest.mark.both_databases
def test_an_order_goes_from_promised_to_settled_only_through_two_people_and_the_bank(
    database: Database,
) -> None:
    [ruling] = give(database, Wish("m-1", amount_fen=20_000))
    made = prepared(database)
    assert (made.batch.orders, made.batch.amount_fen, made.left_out) == (1, 20_000, ())
    assert standing(database, ruling.id) == {"issued": 20_000}
    done = write_in(database, release_batch, B, made.batch.id, written)
    assert (done.state, done.decided_by) == ("released", "gh-017")
    assert standing(database, ruling.id) == {"redeemed": 20_000}
    assert write_in(database, record_batch_export, A, made.batch.id, written).exported_at == NOW
    said = told(database, paid(made.orders[0]))
    assert (said.paid, said.paid_fen, said.failed, said.open_after) == (1, 20_000, 0, 0)
    assert standing(database, ruling.id) == {"settled": 20_000}
    assert unsound(database) == []


@pytest.mark.parametrize("who", ["li.min", "Li.Min"])
def test_who_prepared_a_batch_cannot_release_it(database: Database, who: str) -> None:
    give(database, Wish("m-1"))
    made = prepared(database)
    with pytest.raises(ActRefused, match=r"can't release"), database.write() as connection:
        release_batch(connection, Officer(who, NOW, TODAY), made.batch.id, written)
    assert read_in(database, load_payout_batch, made.batch.id).state == "prepared"


def test_what_is_in_a_batch_is_in_no_other_and_is_free_again_when_it_is_cancelled(database: Database) -> None:
    give(database, Wish("m-1"), Wish("m-2"))
    first = prepared(database)
    with pytest.raises(ActRefused, match="nothing is to be paid"):
        prepared(database)
    write_in(database, cancel_batch, B, first.batch.id)
    again = prepared(database)
    assert [order.grant_id for order in again.orders] == [order.grant_id for order in first.orders]
    assert {order.attempt for order in again.orders} == {2}
    with pytest.raises(ActRefused, match="cancelled by gh-017"), database.write() as connection:
        release_batch(connection, B, first.batch.id, written)
    assert unsound(database) == []


def test_who_has_no_account_is_left_out_and_named(database: Database) -> None:
    give(database, Wish("m-1"), Wish("m-2"), Wish("m-3", kind="voucher"))
    made = prepared(database, accounts=["m-2", "m-3"])
    assert [order.member_id for order in made.orders] == ["m-2"]
    assert [(left.member_id, left.fault.params) for left in made.left_out] == [("m-1", {"member": "m-1"})]


def test_a_failed_payment_is_paid_again_in_a_later_batch_and_never_twice(database: Database) -> None:
    [ruling] = give(database, Wish("m-1"))
    first = released(database)
    told(database, failed(first.orders[0]))
    assert standing(database, ruling.id) == {"issued": 100}
    second = released(database)
    assert [(o.grant_id, o.attempt) for o in second.orders] == [(ruling.id, 2)]
    told(database, paid(second.orders[0]))
    assert standing(database, ruling.id) == {"settled": 100}
    with pytest.raises(BankReturnMismatch) as differs:
        told(database, paid(first.orders[0], bank="F2"))
    assert [d.short_code for d in differs.value.faults] == ["after_failure"]
    with pytest.raises(ActRefused, match="nothing is to be paid"):
        prepared(database)
    assert unsound(database) == []


def test_what_the_bank_sends_back_after_it_was_paid_can_be_paid_again(database: Database) -> None:
    [ruling] = give(database, Wish("m-1"))
    first = released(database)
    told(database, paid(first.orders[0]))
    told(database, failed(first.orders[0]))
    assert standing(database, ruling.id) == {"issued": 100}
    assert told(database, paid(first.orders[0])).already == 1, "the older file once more changes nothing"
    assert standing(database, ruling.id) == {"issued": 100}
    assert released(database).orders[0].attempt == 2
    assert unsound(database) == []


def test_a_return_file_is_taken_once_however_often_and_in_whatever_parts_it_comes(database: Database) -> None:
    give(database, *(Wish(f"m-{n}") for n in range(1, 6)))
    made = released(database)
    lines = [paid(o, n) if n % 2 else failed(o, n) for n, o in enumerate(made.orders, 2)]
    assert told(database, *lines[:2]).open_after == 3
    whole = told(database, *lines)
    assert (whole.already, whole.open_after) == (2, 0)
    again = told(database, *lines)
    assert (again.paid, again.failed, again.already) == (0, 0, 5)
    assert unsound(database) == []


def test_lines_that_do_not_fit_stop_the_whole_file_or_are_listed(database: Database) -> None:
    give(database, *(Wish(f"m-{n}") for n in range(1, 7)))
    first = released(database)
    give(database, Wish("m-7"))
    waiting = prepared(database)
    o = first.orders
    said = (
        paid(o[0], 2),
        BankReturnLine(3, "PB999999-000001", "paid", 100),
        BankReturnLine(4, o[1].reference, "paid", 99),
        paid(o[2], 5),
        paid(o[2], 6),
        paid(o[3], 7),
        failed(o[3], 8),
        paid(waiting.orders[0], 9),
        BankReturnLine(10, o[4].reference, "paid", 100, "", date(2026, 10, 4)),
    )
    with pytest.raises(BankReturnMismatch) as differs:
        told(database, *said)
    wanted = [
        (3, "unknown_reference"),
        (4, "other_amount"),
        (6, "duplicate"),
        (7, "duplicate"),
        (8, "duplicate"),
        (9, "not_released"),
        (10, "future"),
    ]
    assert [(d.row, d.short_code) for d in differs.value.faults] == wanted
    assert standing(database, o[0].grant_id) == {"redeemed": 100}, "nothing of it was taken"
    partly = told(database, *said, partly=True)
    assert [(d.row, d.short_code) for d in partly.differences] == wanted
    assert (partly.paid, partly.failed, partly.open_after) == (2, 0, 5)
    assert unsound(database) == []


def test_a_return_file_of_another_batch_is_refused_where_one_is_named(database: Database) -> None:
    give(database, Wish("m-1"))
    first = released(database)
    give(database, Wish("m-2"))
    second = released(database)
    with pytest.raises(BankReturnMismatch) as differs:
        told(database, paid(first.orders[0]), batch=second.batch.id)
    assert [d.short_code for d in differs.value.faults] == ["other_batch"]


def test_what_was_taken_back_after_it_was_prepared_is_told_at_release(database: Database) -> None:
    give(database, Wish("m-1", rule="cake"), Wish("m-2", rule="other"), Wish("m-3", rule="cake"))
    made = prepared(database)
    write_in(database, apply_reversal, A, ReversalCriteria("cake", since=DAY))
    with pytest.raises(ActRefused) as refused, database.write() as connection:
        release_batch(connection, B, made.batch.id, written)
    assert sorted(r.value for r in refused.value.faults) == sorted(
        o.reference for o in made.orders if o.rule_id == "cake"
    )
    write_in(database, cancel_batch, B, made.batch.id)
    assert [order.rule_id for order in prepared(database).orders] == ["other"]


def test_what_is_reversed_after_it_was_released_stays_under_way(database: Database) -> None:
    [ruling] = give(database, Wish("m-1", rule="cake"))
    made = released(database)
    told_back = write_in(database, apply_reversal, A, ReversalCriteria("cake", since=DAY))
    assert told_back.grants == 0, "what left for the bank is clawed back, not reversed"
    assert told(database, paid(made.orders[0])).paid == 1
    assert standing(database, ruling.id) == {"settled": 100}
    assert unsound(database) == []


def test_what_bounces_of_a_reversed_grant_goes_to_the_budget_and_is_not_paid(
    database: Database,
) -> None:
    spared, ruling = give(database, Wish("m-2", rule="other"), Wish("m-1", rule="cake"))
    made = released(database)
    told(database, *(paid(order, n) for n, order in enumerate(made.orders, 2)))
    with database.write() as connection:
        done = apply_reversal(connection, A, ReversalCriteria("cake", since=DAY))
        again = apply_reversal(connection, A, ReversalCriteria("cake", since=DAY))
    assert [(grant.id, grant.redeemed, grant.settled) for grant in done.spent] == [(ruling.id, 0, 100)]
    assert (done.act is None, again.act) == (False, None)
    told(database, *(failed(order, n) for n, order in enumerate(made.orders, 2)))
    assert standing(database, ruling.id) == {"reversed": 100}
    assert standing(database, spared.id) == {"issued": 100}
    assert [order.grant_id for order in prepared(database).orders] == [spared.id]
    assert unsound(database) == []


def test_another_file_than_the_prepared_one_is_neither_released_nor_exported(database: Database) -> None:
    give(database, Wish("m-1"))
    made = prepared(database)

    def other(batch: PayoutBatch, orders: Sequence[PaymentOrder]) -> str:
        return sha256(b"other account").hexdigest()

    with pytest.raises(ActRefused, match="would not be the one"), database.write() as connection:
        release_batch(connection, B, made.batch.id, other)
    with pytest.raises(ActRefused, match="only a released one"), database.write() as connection:
        record_batch_export(connection, A, made.batch.id, written)
    write_in(database, release_batch, B, made.batch.id, written)
    with pytest.raises(ActRefused, match="would not be the one"), database.write() as connection:
        record_batch_export(connection, A, made.batch.id, other)


@pytest.mark.tampers
@pytest.mark.parametrize("change", ["amount_fen = 99900", "grant_id = '{other}'", "line = 7"])
def test_a_batch_that_somebody_changed_in_the_database_goes_nowhere(database: Database, change: str) -> None:
    give(database, Wish("m-1"))
    made = released(database)
    [other] = give(database, Wish("m-2"))
    change_in(database, text(f"UPDATE payout_orders SET {change.format(other=other.id)}"))
    with pytest.raises(ActRefused, match="somebody changed"), database.write() as connection:
        record_batch_export(connection, A, made.batch.id, written)
    assert "batch {id} holds other orders than those that were prepared" in unsound(database)


@pytest.mark.tampers
def test_the_database_itself_refuses_a_second_order_under_way(database: Database) -> None:
    give(database, Wish("m-1"))
    made = prepared(database)
    with pytest.raises(Exception, match=r"(?i)unique"), database.write() as connection:
        row = connection.execute(select(payout_orders)).mappings().one()
        again = {**row, "reference": "X-1", "line": 2, "attempt": 2}
        connection.execute(payout_orders.insert(), again)
    with pytest.raises(Exception, match=r"(?i)check|two_people"), database.write() as connection:
        connection.execute(
            text("UPDATE payout_batches SET state = 'released', decided_by = prepared_by WHERE id = :id"),
            {"id": made.batch.id},
        )


@pytest.mark.both_databases
def test_two_releases_at_once_release_once_and_two_preparations_share_nothing(database: Database) -> None:
    give(database, *(Wish(f"m-{n}") for n in range(1, 9)))

    def preparing() -> str:
        return prepared(database).batch.id

    def releasing() -> str:
        return write_in(database, release_batch, B, "PB000001", written).state

    def or_refused(work: Callable[[], str]) -> str:
        try:
            return work()
        except ActRefused as refused:
            return refused.faults[0].field

    def four_times(work: Callable[[], str]) -> list[str]:
        return sorted(map(str, at_once([lambda: or_refused(work)] * 4)))

    assert four_times(preparing) == ["--payees", "--payees", "--payees", "PB000001"]
    assert four_times(releasing) == ["batch", "batch", "batch", "released"]
    with database.read() as connection:
        assert [batch.state for batch in list_payout_batches(connection)] == ["released"]
        orders = list_batch_orders(connection, "PB000001")

    def importing() -> int:
        return told(database, *(paid(order, n) for n, order in enumerate(orders, 2))).paid

    assert sorted(map(str, at_once([importing] * 4))) == ["0", "0", "0", "8"]
    assert unsound(database) == []
