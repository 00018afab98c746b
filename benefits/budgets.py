"""Budgets: how much may be promised in all; set by an officer, counted by the ledger."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from benefits.tables import counters
from rules import budget_key
from store import insert_into

_PREFIX = "budget/"
_MOST_FEN = 2**63 - 1  # as much as every database can keep


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget in fen; ``ceiling_fen`` is None until somebody sets it: counted, not limited."""

    id: str
    promised_fen: int
    ceiling_fen: int | None


class BudgetBelowPromises(ValueError):
    """A budget can't be lowered under what is promised out of it."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        super().__init__(f"{budget.id}: {budget.promised_fen} fen are promised")


def set_budget(connection: Connection, budget_id: str, ceiling_fen: int) -> Budget:
    """Set a budget's amount. *Raises*: BudgetBelowPromises; ValueError for what is no amount, or one below zero."""
    if type(ceiling_fen) is not int or not 0 <= ceiling_fen <= _MOST_FEN:
        raise ValueError(f"a budget can't be {ceiling_fen} fen")
    key = budget_key(budget_id)
    new = insert_into(connection, counters).values(key=key, used=0, ceiling=None)
    connection.execute(new.on_conflict_do_nothing())
    used = connection.execute(
        select(counters.c.used).where(counters.c.key == key).with_for_update()
    ).scalar_one()
    if used > ceiling_fen:
        raise BudgetBelowPromises(Budget(budget_id, used, ceiling_fen))
    connection.execute(update(counters).where(counters.c.key == key).values(ceiling=ceiling_fen))
    return Budget(budget_id, used, ceiling_fen)


def budgets(connection: Connection) -> list[Budget]:
    """All budgets, by id."""
    rows = connection.execute(
        select(counters).where(counters.c.key.like(_PREFIX + "%")).order_by(counters.c.key)
    )
    return [Budget(row.key.removeprefix(_PREFIX), row.used, row.ceiling) for row in rows]
