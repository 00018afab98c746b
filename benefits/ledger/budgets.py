"""Budgets: the total that may be promised; an officer sets it and the ledger counts against it."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from benefits.officer_acts import NewAct, record_act
from benefits.officers import Officer
from benefits.tables.decisions import counters
from core.faults import FaultError, FaultTable
from core.money import format_yuan
from core.text_marks import N_
from store import insert_into

_PREFIX = "budget/"
_MOST_FEN = 2**63 - 1  # the largest integer that every database can store
BUDGET_FAULTS = FaultTable(
    "budget",
    {
        "below_promises": (
            N_("a budget can't be {value} yuan: {in_use} yuan of it are in use"),
            N_("set at least what is in use: promised, less what came back"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget in fen; ``ceiling_fen`` is None until an officer sets it: counted, not limited.

    ``in_use_fen`` is what was promised out of it, less what came back by expiry or reversal.
    """

    id: str
    in_use_fen: int
    ceiling_fen: int | None


class BudgetBelowPromises(FaultError):
    """A budget can't be lowered below the amount that is in use."""


def set_budget(connection: Connection, budget_id: str, ceiling_fen: int, officer: Officer) -> Budget:
    """Set a budget's amount and record the officer's act; an unchanged amount changes nothing.

    *Raises*: BudgetBelowPromises; ValueError if the amount is not an integer, below zero or too large.
    """
    from rules import budget_key

    if type(ceiling_fen) is not int or not 0 <= ceiling_fen <= _MOST_FEN:
        raise ValueError(f"a budget can't be {ceiling_fen} fen")
    key = budget_key(budget_id)
    new = insert_into(connection, counters).values(key=key, used=0, ceiling=None)
    connection.execute(new.on_conflict_do_nothing())
    found = select(counters.c.used, counters.c.ceiling).where(counters.c.key == key)
    used, before = connection.execute(found.with_for_update()).one()
    require_covered_promises(ceiling_fen, used)
    if before != ceiling_fen:
        connection.execute(update(counters).where(counters.c.key == key).values(ceiling=ceiling_fen))
        detail = {"ceiling_fen": ceiling_fen, "before_fen": before}
        record_act(connection, officer, NewAct("budget_set", key, detail=detail))
    return Budget(budget_id, used, ceiling_fen)


def require_covered_promises(ceiling_fen: int, in_use_fen: int) -> None:
    """Refuse an amount below what is in use of the budget. *Raises*: BudgetBelowPromises."""
    if in_use_fen > ceiling_fen:
        yuan, in_use = format_yuan(ceiling_fen), format_yuan(in_use_fen)
        raise BudgetBelowPromises(
            BUDGET_FAULTS.build("below_promises", field="amount", value=yuan, in_use=in_use)
        )


def list_budgets(connection: Connection) -> list[Budget]:
    """List all budgets, by id."""
    rows = connection.execute(
        select(counters).where(counters.c.key.like(_PREFIX + "%")).order_by(counters.c.key)
    )
    return [Budget(row.key.removeprefix(_PREFIX), row.used, row.ceiling) for row in rows]
