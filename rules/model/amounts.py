"""Amounts computed by an expression: computed exactly, rounded as stated, held between floor and ceiling."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from rules.expressions.expression import Expression
from rules.facts import FactValue
from rules.model.benefit import Rounding

MAX_AMOUNT_FEN = 10**12
AMOUNT_IS_ZERO = N_("the amount comes to nothing")
AMOUNT_UNKNOWN, AMOUNT_TOO_LARGE = "amount.unknown", "amount.too_large"
_FAULTS = FaultTable(
    "amount",
    {
        "unknown": (N_("the amount isn't known, since a fact that it is reckoned from isn't known"), ""),
        "divided_by_zero": (N_("the amount can't be reckoned: it would be divided by zero"), ""),
        "too_large": (N_("the amount comes to more than can be granted"), ""),
    },
)


@dataclass(frozen=True, slots=True)
class FormulaAmount:
    """An expression for an amount with its rounding and bounds in fen."""

    expression: Expression
    floor_fen: int = 0
    ceiling_fen: int | None = None
    rounding: Rounding = "down"
    to_fen: int = 1

    def amount_fen(self, values: Mapping[str, FactValue]) -> int:
        """Return the amount. *Raises*: FaultError if it is unknown, too large, or divided by zero."""
        return self.bound(self.compute_exact(values))

    def compute_exact(self, values: Mapping[str, FactValue]) -> int | Fraction:
        """Return the value before rounding. *Raises*: FaultError if it is unknown or divided by zero."""
        try:
            exact: int | Fraction | None = self.expression.evaluate(values)
        except ZeroDivisionError:
            raise FaultError(_FAULTS.build("divided_by_zero")) from None
        if exact is None:
            raise FaultError(_FAULTS.build("unknown"))
        return exact

    def bound(self, exact: int | Fraction) -> int:
        """Return the value rounded, between floor and ceiling. *Raises*: FaultError if it is too large."""
        amount_fen = max(round_to_fen(exact, self.rounding, self.to_fen), self.floor_fen)
        if self.ceiling_fen is not None:
            amount_fen = min(amount_fen, self.ceiling_fen)
        if amount_fen > MAX_AMOUNT_FEN:
            raise FaultError(_FAULTS.build("too_large"))
        return amount_fen


def round_to_fen(exact: int | Fraction, rounding: Rounding, to_fen: int) -> int:
    """Round to a multiple of ``to_fen``: down, up, or to the nearest one, a half as stated."""
    steps = Fraction(exact) / to_fen
    match rounding:
        case "down":
            return floor(steps) * to_fen
        case "up":
            return ceil(steps) * to_fen
        case "half_up":
            return floor(steps + Fraction(1, 2)) * to_fen
        case "half_even":
            return round(steps) * to_fen


def compute_whole_number(expression: Expression, values: Mapping[str, FactValue]) -> int | None:
    """Compute a whole number (a rank, a weight) and round it down; return None if a fact is unknown."""
    try:
        exact = expression.evaluate(values)
    except ZeroDivisionError:
        return None
    return None if exact is None else floor(exact)
