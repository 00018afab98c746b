"""Parse amounts as people write them into fen: “1,234.50元”, full-width digits, float noise of workbooks.

The text is read as a decimal, never as a float. The sum of a program's floats (0.30000000000000004)
is distinguished from three decimals that a user typed.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from core.text_marks import N_

AmountUnit = Literal["yuan", "fen"]
MOST_FEN = 2**63 - 1
NOISE_FEN = Decimal("0.000001")  # tolerance for sums of floats; users never type a millionth of a fen
_LONGEST = 64
_SIGNS = re.compile(r"^(?:人民币|RMB|CNY|¥)?(?P<number>.*?)(?:元整|元|圆|CNY|RMB)?$", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<part>\d*))?(?:[eE](?P<ten>[-+]?\d{1,2}))?"
)

# Messages for texts that aren't valid amounts, by code.
AMOUNT_FAULT_TEXTS = {
    "empty": N_("the amount is empty"),
    "text": N_("{value} is no amount"),
    "zero": N_("the amount is zero"),
    "negative": N_("the amount {value} is negative"),
    "fraction": N_("the amount {value} holds a fraction of a fen"),
    "too_large": N_("the amount {value} is too large"),
}
AMOUNT_REMEDY = N_(
    "write an amount above zero in {unit}, such as 1234.50, with at most two decimals of a yuan"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A parsed amount; ``fen`` is None if the text is none, and ``fault`` is a key of AMOUNT_FAULT_TEXTS.

    A negative amount keeps its fen.
    """

    text: str
    fen: int | None
    fault: str | None = None
    was_noisy: bool = False


def parse_amount(text: str, unit: AmountUnit = "yuan") -> Amount:
    """Parse the amount in a cell: currency signs, 元, full-width characters and thousands' commas are allowed."""
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
