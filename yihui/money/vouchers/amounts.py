"""How much of a benefit: money in yuan, things in their own unit."""

from yihui.frame.cells import Cell, Choice, Money, Several


def amount_cell(amount: int, unit: str) -> Cell:
    """Return an amount of a benefit: money as such, things with their unit."""
    return Money(amount) if unit == "fen" else Several((amount, Choice(unit, unit)), sign=" ")
