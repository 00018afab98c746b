"""Payments that failed, and reconciliation."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits import (
    ActRefused,
    BankReturnLine,
    Invoice,
    InvoiceLine,
    InvoiceScope,
    Officer,
    PayoutCriteria,
    PreparedBatch,
    ReversalCriteria,
    Tolerance,
    apply_reversal,
    cancel_batch,
    compare_invoice,
    count_failed_payments,
    create_payout_batch,
    list_failed_payments,
    release_batch,
)
from benefits.vouchers.invoices import IssuedGrant, LedgerSide, Redemption
from store import Database
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
from tests.profile import searched
from tests.transactions import read_in, write_in
from tests.yihui.refusals import refused
from tools.servers.deciding import NOW, Wish, give


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
    assert read_in(database, count_failed_payments, "failed") == {"pack": 1}
    again = prepared_again(database, first.id)
    assert [(order.grant_id, order.attempt) for order in again.orders] == [(first.id, 2)]
    assert listed(database) == []
    write_in(database, cancel_batch, B, again.batch.id)
    assert listed(database) == [("m-1", 200, "户名不符")], "a cancelled batch leaves the payment as it was"
    assert unsound(database) == []


def test_a_payment_that_failed_twice_is_listed_once_by_its_last_batch(database: Database) -> None:
    give(database, Wish("m-1"))
    told(database, failed(released(database).orders[0]))
    last = released(database)
    told(database, BankReturnLine(2, last.orders[0].reference, "failed", 100, "", None, "销户"))
    [one] = read_in(database, list_failed_payments, "failed")
    assert (one.batch_id, one.attempt, one.reason) == (last.batch.id, 2, "销户")


def test_what_was_taken_back_is_not_to_be_paid_again(database: Database) -> None:
    [ruling] = give(database, Wish("m-1"))
    told(database, failed(released(database).orders[0]))
    write_in(database, apply_reversal, Officer("li.min", NOW, TODAY, "重复"), ReversalCriteria("pack"))
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
    assert refused(prepared_again, database, first.id, second.id, "g-unknown") == ["not_open", "not_open"]
    assert {member for member, _, _ in listed(database)} == {"m-2", "m-3"}
    with pytest.raises(ActRefused, match="nothing is to be paid"):
        prepared_again(database)
    assert standing(database, other.id) == {"issued": 100}


def test_a_selection_larger_than_one_statement_takes_is_prepared_whole(database: Database) -> None:
    members = [f"m-{n}" for n in range(1_100)]
    rulings = give(database, *(Wish(member) for member in members))
    made = prepared_again(database, *(ruling.id for ruling in rulings), accounts=tuple(members))
    assert (made.batch.orders, made.batch.amount_fen) == (1_100, 110_000)
    assert write_in(database, release_batch, B, made.batch.id, written).state == "released"


DAY = date(2026, 5, 1)
_amounts = st.integers(1, 400)
_uses = st.lists(st.tuples(st.integers(0, 3), _amounts, st.integers(0, 2), st.integers(0, 9)), max_size=12)
_lines = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 4)),
        st.one_of(st.none(), st.integers(-50, 400)),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=15,
)


def side(uses: list[tuple[int, int, int, int]]) -> LedgerSide:
    """Grants 0 … 3; each use has an amount, a share that was refunded, a day, a merchant."""
    redemptions = [
        Redemption(
            f"u{n}",
            f"g{grant}",
            fen,
            DAY + timedelta(days=day),
            ("a", "b")[n % 5 == 4],
            f"n{n}",
            fen * back // 2,
        )
        for n, (grant, fen, back, day) in enumerate(uses)
    ]
    return LedgerSide({f"g{n}": IssuedGrant("r", 500) for n in range(4)}, redemptions)


@searched(300)
@given(_uses, _lines)
def test_the_rows_account_for_every_fen_of_both_sides(
    uses: list[tuple[int, int, int, int]], lines: list[tuple[int | None, int | None, int]]
) -> None:
    ledger = side(uses)
    invoice = Invoice(
        tuple(
            InvoiceLine(
                row,
                f"g{grant}",
                fen,
                str(fen),
                None if fen and fen > 0 else "not_positive" if fen is not None else "no_amount",
                grant_id=None if grant is None else f"g{grant}",
                on=DAY + timedelta(days=day),
            )
            for row, (grant, fen, day) in enumerate(lines, 2)
        )
    )
    scope = InvoiceScope("a", DAY, DAY + timedelta(days=5))
    found = compare_invoice(invoice, ledger, scope)
    assert found.is_balanced
    assert [row.row for row in found.rows if row.row] == [line.row for line in invoice.lines]
    taken = [id_ for row in found.rows for id_ in row.redemption_ids]
    assert len(taken) == len(set(taken)), "no use is counted twice"
    wanted = {r.id for r in ledger.redemptions if scope.contains(r) and r.net_fen}
    assert set(taken) == wanted, "every use within the scope is invoiced or listed, and none beyond it"
    for row in found.rows:
        assert row.findings or row.difference_fen == 0, "no difference without a word"


def test_several_uses_of_one_voucher_may_be_invoiced_line_by_line_or_together() -> None:
    ledger = side([(0, 100, 0, 0), (0, 250, 0, 0), (1, 70, 0, 0), (1, 30, 0, 0)])
    lines = [
        InvoiceLine(2, "g0", 250, "2.50", grant_id="g0"),
        InvoiceLine(3, "g0", 100, "1.00", grant_id="g0"),
        InvoiceLine(4, "g1", 110, "1.10", grant_id="g1"),
        InvoiceLine(5, "g1", 30, "0.30", grant_id="g1"),
    ]
    found = compare_invoice(Invoice(tuple(lines)), ledger, InvoiceScope("a"))
    assert [[f.kind for f in row.findings] for row in found.rows] == [
        [],
        [],
        ["amount_over"],
        [],
    ], "the exact line has the first choice"
    sum_of_both = InvoiceLine(4, "g1", 100, "1.00", grant_id="g1")
    together = compare_invoice(Invoice((*lines[:2], sum_of_both)), ledger, InvoiceScope("a"))
    assert [f.kind for f in together.rows[2].findings] == ["several_uses"]
    assert together.is_clean


def test_a_tolerance_without_a_limit_lets_pass_and_one_with_a_limit_does_not_stretch() -> None:
    ledger = side([(0, 100, 0, 0)])
    line = InvoiceLine(2, "g0", 103, "1.03", grant_id="g0")
    for limit, state in ((None, "tolerated"), (3, "tolerated"), (2, "differs")):
        scope = InvoiceScope("a", tolerances={"amount_over": Tolerance("尾差", limit)})
        assert compare_invoice(Invoice((line,)), ledger, scope).rows[0].state == state
