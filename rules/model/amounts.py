"""Amounts that an expression gives: reckoned exactly, rounded as stated, held between floor and ceiling."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from rules.expressions.evaluator import reckon
from rules.expressions.expression import Expression
from rules.facts import Value
from rules.model.benefit import Rounding

N_ = str  # marks a text for the message catalogue

GREATEST_FEN = 10**12
NOT_KNOWN = N_("the amount isn't known, since a fact that it is reckoned from isn't known")
NOT_RECKONED = N_("the amount can't be reckoned: it would be divided by zero")
NOTHING = N_("the amount comes to nothing")
TOO_LARGE = N_("the amount comes to more than can be granted")


@dataclass(frozen=True, slots=True)
class AmountError(Exception):
    """There is no amount; ``unknown`` where a fact is lacking."""

    message: str
    unknown: bool


@dataclass(frozen=True, slots=True)
class Reckoned:
    """An expression for an amount with its rounding and bounds in fen."""

    expression: Expression
    floor_fen: int = 0
    ceiling_fen: int | None = None
    rounding: Rounding = "down"
    to_fen: int = 1

    def amount_fen(self, values: Mapping[str, Value]) -> int:
        """The amount. *Raises*: AmountError."""
        try:
            exact = reckon(self.expression.tree, values)
        except ZeroDivisionError:
            raise AmountError(NOT_RECKONED, False) from None
        if not isinstance(exact, Fraction):
            raise AmountError(NOT_KNOWN, True)
        amount_fen = max(rounded(exact, self.rounding, self.to_fen), self.floor_fen)
        if self.ceiling_fen is not None:
            amount_fen = min(amount_fen, self.ceiling_fen)
        if amount_fen > GREATEST_FEN:
            raise AmountError(TOO_LARGE, False)
        return amount_fen


def rounded(exact: Fraction, rounding: Rounding, to_fen: int) -> int:
    """A multiple of ``to_fen``: the next lower, the next higher, or the nearest, a half as stated."""
    steps = exact / to_fen
    match rounding:
        case "down":
            return floor(steps) * to_fen
        case "up":
            return ceil(steps) * to_fen
        case "half_up":
            return floor(steps + Fraction(1, 2)) * to_fen
        case "half_even":
            return round(steps) * to_fen


def whole(expression: Expression, values: Mapping[str, Value]) -> int | None:
    """The whole number that an expression gives (a rank, a weight), rounded down; None where it isn't known."""
    try:
        exact = reckon(expression.tree, values)
    except ZeroDivisionError:
        return None
    return floor(exact) if isinstance(exact, Fraction) else None
