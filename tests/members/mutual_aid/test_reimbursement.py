"""Reimbursement tables against an oracle that counts fen by fen, and what can't be read as a table."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.mutual_aid.reimbursement import (
    Band,
    ReimbursementTable,
    check_table,
    compute_reimbursement,
    format_bands,
    format_percent,
    parse_bands,
)
from tests.yihui.refusals import refused

EXAMPLE = ReimbursementTable(
    100_000, (Band(100_000, 1_000_000, 5_000), Band(1_000_000, None, 6_000)), 800_000, 1_000_000
)


@st.composite
def tables(draw: st.DrawFn) -> ReimbursementTable:
    """Tables of a few hundred fen, so that the oracle may count each one."""
    deductible = draw(st.integers(0, 60))
    bounds = [deductible]
    for width in draw(st.lists(st.integers(1, 80), min_size=1, max_size=4)):
        bounds.append(bounds[-1] + width)
    rates = draw(st.lists(st.integers(0, 10_000), min_size=len(bounds) - 1, max_size=len(bounds) - 1))
    is_open = draw(st.booleans())
    bands = [
        Band(lower, None if is_open and place == len(rates) - 1 else upper, rate)
        for place, (lower, upper, rate) in enumerate(zip(bounds[:-1], bounds[1:], rates, strict=True))
    ]
    caps = (draw(st.none() | st.integers(0, 200)) for _ in range(2))
    return ReimbursementTable(deductible, tuple(bands), *caps)


def count_fen_by_fen(table: ReimbursementTable, self_paid: int, used: int) -> int:
    """Pay each fen of the amount its exact share; each band's shares are rounded down, and the caps stop the rest."""
    shares: dict[int, Fraction] = {}
    for fen in range(self_paid):  # this fen lies above ``fen`` and at most at ``fen + 1``
        for place, band in enumerate(table.bands):
            if band.lower_fen <= fen and (band.upper_fen is None or fen < band.upper_fen):
                shares[place] = shares.get(place, Fraction(0)) + Fraction(band.rate_bp, 10_000)
    paid = 0
    for _ in range(sum(int(share) for share in shares.values())):
        if table.claim_cap_fen is not None and paid >= table.claim_cap_fen:
            break
        if table.year_cap_fen is not None and used + paid >= table.year_cap_fen:
            break
        paid += 1
    return paid


@given(tables(), st.integers(0, 500), st.integers(0, 300))
def test_what_is_paid_is_what_counting_fen_by_fen_gives(
    table: ReimbursementTable, self_paid: int, used: int
) -> None:
    found = compute_reimbursement(table, self_paid, used)
    assert found.payable_fen == count_fen_by_fen(table, self_paid, used)
    assert sum(line.paid_fen for line in found.lines) == found.sum_fen
    reach = table.bands[-1].upper_fen
    assert sum(line.part_fen for line in found.lines) == (
        self_paid if reach is None else min(self_paid, reach)
    )
    assert found.year_left_after_fen is None or found.year_left_after_fen >= 0


def pay_year_fen_by_fen(table: ReimbursementTable, bills: list[int]) -> tuple[list[int], int]:
    """Pay the bills of a year one after the other: the first fen of the year fill the deductible, the others are paid."""
    unfilled, paid_fen, paid = table.deductible_fen, 0, []
    for bill in bills:
        rest = 0
        for _ in range(bill):
            if unfilled:
                unfilled -= 1
            else:
                rest += 1
        paid.append(count_fen_by_fen(table, table.deductible_fen + rest, paid_fen))
        paid_fen += paid[-1]
    return paid, table.deductible_fen - unfilled


@given(tables(), st.lists(st.integers(0, 150), max_size=6))
def test_a_yearly_deductible_is_deducted_once_from_the_claims_of_a_year(
    table: ReimbursementTable, bills: list[int]
) -> None:
    yearly = replace(table, is_yearly=True)
    used = deducted = 0
    paid = []
    for bill in bills:
        found = compute_reimbursement(yearly, bill, used, deducted)
        assert found.deducted_before_fen == deducted
        assert found.payable_fen >= compute_reimbursement(table, bill, used).payable_fen
        used, deducted = used + found.payable_fen, deducted + found.deducted_fen
        paid.append(found.payable_fen)
    assert (paid, deducted) == pay_year_fen_by_fen(table, bills)
    assert deducted == min(sum(bills), table.deductible_fen)


def test_nothing_is_deducted_where_an_earlier_table_deducted_more() -> None:
    found = compute_reimbursement(replace(EXAMPLE, is_yearly=True), 200_000, 0, 100_001)
    assert (found.payable_fen, found.deducted_fen) == (100_000, 0)


@given(tables())
def test_a_table_is_read_as_it_was_written(table: ReimbursementTable) -> None:
    assert parse_bands(format_bands(table.bands)) == table.bands
    codes = {fault.short_code for fault in check_table(table)}
    assert codes <= {"caps", "no_band"}, codes


@pytest.mark.parametrize(
    ("self_paid", "used", "payable", "claim_capped", "year_capped"),
    [
        (99_999, 0, 0, False, False),
        (100_000, 0, 0, False, False),  # the deductible itself is not paid
        (100_001, 0, 0, False, False),  # half a fen is rounded down
        (100_002, 0, 1, False, False),
        (1_000_000, 0, 450_000, False, False),
        (1_000_001, 0, 450_000, False, False),
        (1_500_000, 0, 750_000, False, False),
        (1_600_000, 0, 800_000, True, False),
        (1_583_334, 0, 800_000, False, False),
        (1_600_000, 200_001, 799_999, True, True),
        (1_600_000, 1_000_000, 0, True, True),
        (1_600_000, 1_000_001, 0, True, True),  # an earlier table paid more
    ],
)
def test_both_sides_of_each_threshold(
    self_paid: int, used: int, payable: int, claim_capped: bool, year_capped: bool
) -> None:
    found = compute_reimbursement(EXAMPLE, self_paid, used)
    assert (found.payable_fen, found.is_claim_capped, found.payable_fen < found.after_claim_cap_fen) == (
        payable,
        claim_capped,
        year_capped,
    )


@pytest.mark.parametrize(
    ("text", "bands"),
    [
        ("1000-10000=50%", (Band(100_000, 1_000_000, 5_000),)),
        ("1000-10000=50%; 10000-=62.5%", (Band(100_000, 1_000_000, 5_000), Band(1_000_000, None, 6_250))),
        ("１０００－１００００：５０％", (Band(100_000, 1_000_000, 5_000),)),  # full-width
        ("1,000元至1万元=50\n1万元至=60", (Band(100_000, 1_000_000, 5_000), Band(1_000_000, None, 6_000))),
        ("0.01~0.03=0.01%", (Band(1, 3, 1),)),
        ("", ()),
    ],
)
def test_bands_are_read_as_people_write_them(text: str, bands: tuple[Band, ...]) -> None:
    assert parse_bands(text) == bands


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a lot", ["bad_band"]),
        ("1000=50%", ["bad_band"]),
        ("-1000-2000=50%", ["bad_band"]),
        ("1000-2000=50.123%", ["bad_band"]),
        ("1000-2000=-5%", ["bad_band"]),
        ("1000-2000.001=5%", ["bad_band"]),
        ("; ".join(f"{n}-{n + 1}=5%" for n in range(1, 14)), ["too_many"]),
        ("x\ny", ["bad_band", "bad_band"]),
    ],
)
def test_what_is_no_band_is_refused(text: str, codes: list[str]) -> None:
    assert refused(parse_bands, text) == codes


@pytest.mark.parametrize(
    ("deductible", "text", "codes"),
    [
        (100_000, "1000-10000=50%; 10000-=60%", []),
        (100_000, "1000-10000=50%; 9999.99-=60%", ["overlap"]),
        (100_000, "1000-10000=50%; 10000.01-=60%", ["gap"]),
        (100_000, "999.99-10000=50%", ["overlap"]),
        (0, "1000-10000=50%", ["gap"]),
        (100_000, "1000-=50%; 2000-3000=60%", ["overlap"]),  # nothing comes after a band without end
        (100_000, "1000-1000=50%", ["empty_band"]),
        (100_000, "1000-2000=100.01%", ["rate"]),
        (100_000, "1000-2000=0%", ["no_band"]),
        (100_000, "", ["no_band"]),
        (0, "0-99999999999=1%", ["too_much"]),
    ],
)
def test_bands_that_overlap_or_leave_a_gap_are_named(deductible: int, text: str, codes: list[str]) -> None:
    table = ReimbursementTable(deductible, parse_bands(text), None, None)
    assert [fault.short_code for fault in check_table(table)] == codes


def test_the_cap_of_a_claim_is_at_most_that_of_the_year() -> None:
    bands = (Band(0, None, 100),)
    assert [one.short_code for one in check_table(ReimbursementTable(0, bands, 2, 1))] == ["caps"]
    assert check_table(ReimbursementTable(0, bands, 1, 1)) == []


@pytest.mark.parametrize(
    ("rate", "text"), [(0, "0"), (1, "0.01"), (50, "0.5"), (5_000, "50"), (6_250, "62.5"), (10_000, "100")]
)
def test_percentages_are_written_without_zeros_at_the_end(rate: int, text: str) -> None:
    assert format_percent(rate) == text
