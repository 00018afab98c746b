"""Compare the ceilings of budgets with the acts that set them."""

import json
from collections.abc import Iterator

from sqlalchemy import Connection, select

from benefits.model.accounts import BUDGET_PREFIX
from benefits.tables.decisions import counters
from benefits.tables.rulebook import rule_acts
from benefits.verification.bundles import Disagreement, disagreement

N_ = str  # marks a text for the message catalogue


def budget_disagreements(connection: Connection) -> Iterator[Disagreement]:
    """Yield every budget whose ceiling isn't the one set by the last act on it."""
    acts = select(rule_acts.c.rule_id, rule_acts.c.detail).where(rule_acts.c.act == "budget_set")
    last = {row.rule_id: row.detail for row in connection.execute(acts.order_by(rule_acts.c.sequence))}
    budgets = select(counters.c.key, counters.c.ceiling).where(counters.c.key.startswith(BUDGET_PREFIX))
    for key, ceiling in connection.execute(budgets.order_by(counters.c.key)):
        expected = _amount(last.pop(key, None))
        if ceiling != expected:
            told = N_("{key} is limited to {ceiling} fen, the last act on it says {expected}")
            yield disagreement(told, key=key, ceiling=_fen_text(ceiling), expected=_fen_text(expected))
    for key in last:
        yield disagreement(N_("the amount of {key} was set, its counter is missing"), key=key)


def _amount(detail: str | None) -> int | None:
    try:
        amount = json.loads(detail)["ceiling_fen"] if detail is not None else None
    except (ValueError, KeyError, TypeError):  # the row was tampered with; the seal reports it as well
        return -1
    return amount if type(amount) is int else None if amount is None else -1


def _fen_text(fen: int | None) -> str:
    return "—" if fen is None else str(fen)
