"""Whatever stands in an invoice: every fen is accounted for, and what agrees has nothing to say."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benefits import (
    Invoice,
    InvoiceLine,
    InvoiceScope,
    IssuedGrant,
    LedgerSide,
    Redemption,
    Tolerance,
    compare_invoice,
)
from tests.tiers import budget

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
    return LedgerSide({f"g{n}": IssuedGrant(f"g{n}", "r", 500) for n in range(4)}, redemptions)


@pytest.mark.deeper
@given(_uses, _lines)
@settings(deadline=None, derandomize=True, max_examples=budget(300))
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
