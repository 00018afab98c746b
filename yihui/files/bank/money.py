"""Amounts as people write them: “1,234.50元”, full-width digits, what a workbook keeps of a float → fen.

Exact throughout: the text is read as a decimal, never as a float. What a program added up in floats
(0.30000000000000004) is told from what somebody typed with three decimals.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

N_ = str  # marks a text for the message catalogue

Unit = Literal["yuan", "fen"]
MOST_FEN = 2**63 - 1
NOISE_FEN = Decimal("0.000001")  # of a sum of floats; nobody types a millionth of a fen
_LONGEST = 64
_SIGNS = re.compile(r"^(?:人民币|RMB|CNY|¥)?(?P<number>.*?)(?:元整|元|圆|CNY|RMB)?$", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<part>\d*))?(?:[eE](?P<ten>[-+]?\d{1,2}))?"
)

# What is wrong with a text that is no amount, by code.
TEXTS = {
    "empty": N_("the amount is empty"),
    "text": N_("{value} is no amount"),
    "zero": N_("the amount is zero"),
    "negative": N_("the amount {value} is negative"),
    "fraction": N_("the amount {value} holds a fraction of a fen"),
    "too_large": N_("the amount {value} is too large"),
}
REMEDY = N_("write an amount above zero in {unit}, such as 1234.50, with at most two decimals of a yuan")


@dataclass(frozen=True, slots=True)
class Amount:
    """``fen`` is None where the text is none; ``fault`` says why (a key of TEXTS). A negative one keeps its fen."""

    text: str
    fen: int | None
    fault: str | None = None
    was_noisy: bool = False


def amount_of(text: str, unit: Unit = "yuan") -> Amount:
    """What a cell says. Signs of currency, 元, full-width letters and thousands' commas are understood."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).replace("−", "-")
    if not plain:
        return Amount(text, None, "empty")
    bracketed = re.fullmatch(r"\((.+)\)", plain)
    matched = _SIGNS.fullmatch(bracketed[1] if bracketed else plain)
    number = _NUMBER.fullmatch(matched["number"]) if matched and len(plain) <= _LONGEST else None
    if number is None:
        return Amount(text, None, "text")
    exact = Decimal(number[0].replace(",", "")) * (100 if unit == "yuan" else 1)
    if bracketed:
        exact = -exact
    return _whole(text, exact)


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
