"""Parse amounts as people write them into fen: “1,234.50元”, “5万元”, full-width digits, a workbook's float noise.

The text is read as a decimal, never as a float. The sum of a program's floats (0.30000000000000004)
is distinguished from three decimals that a user typed. A comma separates thousands or is a fault: “1000,5”
is neither 10,005 nor 1000.5.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from core.faults import FaultTable
from core.text_marks import N_

AmountUnit = Literal["yuan", "fen", "ten_thousand_yuan"]
MOST_FEN = 2**63 - 1
NOISE_FEN = Decimal("0.000001")  # tolerance for sums of floats; users never type a millionth of a fen
_LONGEST = 64
_SIGNS = re.compile(
    r"^(?:人民币|RMB|CNY|¥)?(?P<number>.*?)(?P<unit>万元整|万元|萬元|万|萬|元整|元|圆|圓|CNY|RMB)?$",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<part>\d*))?(?:[eE](?P<ten>[-+]?\d{1,2}))?"
)
_FEN: Mapping[AmountUnit, int] = {"yuan": 100, "fen": 1, "ten_thousand_yuan": 1_000_000}

_REMEDY = N_("write an amount above zero in {unit}, such as 1234.50, with at most two decimals of a yuan")
AMOUNT_FAULTS = FaultTable(
    "written_amount",
    {
        "empty": (N_("the amount is empty"), _REMEDY),
        "text": (N_("{value} is no amount"), _REMEDY),
        "zero": (N_("the amount is zero"), _REMEDY),
        "negative": (N_("the amount {value} is negative"), _REMEDY),
        "fraction": (N_("the amount {value} holds a fraction of a fen"), _REMEDY),
        "too_large": (N_("the amount {value} is too large"), _REMEDY),
    },
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A parsed amount; ``fen`` is None if the text is none, and ``fault`` is a code of AMOUNT_FAULTS.

    A negative amount keeps its fen.
    """

    text: str
    fen: int | None
    fault: str | None = None
    was_noisy: bool = False


def parse_amount(text: str, unit: AmountUnit = "yuan") -> Amount:
    """Parse an amount; currency signs, 元, 万元, full-width characters and thousands' commas are allowed.

    ``unit`` is the column's or option's. A text that names 万 itself is in 万元 whatever the unit is, unless
    that is fen: such a text contradicts its column, as one in 元 does.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).replace("−", "-")
    if not plain:
        return Amount(text, None, "empty")
    bracketed = re.fullmatch(r"\((.+)\)", plain)
    matched = _SIGNS.fullmatch(bracketed[1] if bracketed else plain)
    number = _NUMBER.fullmatch(matched["number"]) if matched and len(plain) <= _LONGEST else None
    if matched is None or number is None or (unit == "fen" and matched["unit"]):
        return Amount(text, None, "text")
    named = (matched["unit"] or "").startswith(("万", "萬"))
    exact = Decimal(number[0].replace(",", "")) * _FEN["ten_thousand_yuan" if named else unit]
    return _whole(text, -exact if bracketed else exact)


def _whole(text: str, exact: Decimal) -> Amount:
    if abs(exact) > MOST_FEN:
        return Amount(text, None, "too_large")
    fen = int(exact.to_integral_value())
    if abs(exact - fen) > NOISE_FEN:
        return Amount(text, None, "fraction")
    noisy = exact != fen
    if fen == 0:
        return Amount(text, 0, "zero", noisy)
    return Amount(text, fen, "negative" if fen < 0 else None, noisy)


def format_yuan(amount_fen: int) -> str:
    """Format fen as yuan, without decimals if there are none: 123450 → 1,234.50, 30000 → 300."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{fen:02}" if fen else f"{sign}{whole:,}"
