"""Amounts as people write them, exact to the fen."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.money import MOST_FEN, AmountUnit, parse_amount


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1234.5", 123_450),
        ("1,234.50元", 123_450),  # a thousands' comma and the word
        ("１，２３４．５０", 123_450),  # full-width digits
        ("￥ 1,234.50", 123_450),
        ("人民币1234元整", 123_400),
        ("1.5万", 1_500_000),
        ("5 万元", 5_000_000),
        ("1,234.5萬元", 1_234_500_000),
        ("0.0001万元", 100),
        ("0.07", 7),
        ("1e3", 100_000),  # how a workbook spells a float
        ("0.30000000000000004", 30),  # what a program added up in floats
        ("1234.5599999999999", 123_456),  # noise below a millionth of a fen
        ("92233720368547758.07", MOST_FEN),
    ],
)
def test_an_amount_is_read_to_the_fen(text: str, fen: int) -> None:
    found = parse_amount(text)
    assert (found.fen, found.fault) == (fen, None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        *((text, "empty") for text in ("", "  ")),
        *(
            (text, "text")
            for text in ("待定", "壹佰元整", "1 千元", "万元", "12 元 5 角", "1.2.3", "NaN", "inf", "=1+1")
        ),
        # a comma where no thousands are, or for a decimal point
        *((text, "text") for text in ("12,34", "1000,5", "1000，5", "10,50,00", "1,000,00", ",500")),
        ("9" * 100, "text"),  # longer than any amount
        *((text, "zero") for text in ("0", "0.00元")),
        ("-5", "negative"),
        ("(5.00)", "negative"),  # how accountants write it
        ("−5", "negative"),  # a minus that is no hyphen
        *((text, "fraction") for text in ("1.234", "0.005", "0.0000001万元")),
        *((text, "too_large") for text in ("92233720368547758.08", "1e99")),
    ],
)
def test_what_is_no_amount_says_why(text: str, fault: str) -> None:
    assert parse_amount(text).fault == fault


def test_a_unit_that_contradicts_the_column_is_no_amount() -> None:
    assert (
        parse_amount("5万", "ten_thousand_yuan").fen
        == parse_amount("5", "ten_thousand_yuan").fen
        == 5_000_000
    )
    assert [parse_amount(text, "fen").fault for text in ("12元", "5万", "12")] == ["text", "text", None]


@given(st.integers(1, MOST_FEN), st.sampled_from(["yuan", "fen"]), st.booleans(), st.booleans())
@settings(deadline=None, derandomize=True)
def test_every_amount_that_is_written_is_read_again(
    fen: int, unit: AmountUnit, grouped: bool, wide: bool
) -> None:
    whole = f"{fen // 100:,}" if grouped else str(fen // 100)
    text = f"{whole}.{fen % 100:02}元" if unit == "yuan" else (f"{fen:,}" if grouped else str(fen))
    if wide:
        text = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.,"})
    assert parse_amount(text, unit).fen == fen


@given(st.floats(0.01, 10**9))
@settings(deadline=None, derandomize=True)
def test_a_float_is_read_by_its_text_or_refused_never_rounded(number: float) -> None:
    found = parse_amount(repr(number))
    exact = Decimal(repr(number)) * 100
    if found.fault is None:
        assert found.fen is not None
        assert abs(exact - found.fen) <= Decimal("0.000001")
    else:
        assert found.fault == "fraction"
