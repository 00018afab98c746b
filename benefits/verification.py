"""Recompute the ledger from its rows and name everything that does not agree."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic_core import from_json
from sqlalchemy import Connection, Select, func, select

from benefits.checks import checks
from benefits.reversal_checks import is_taken_back
from benefits.tables import counters, decisions, grants, postings

N_ = str  # marks a text for the message catalogue

_MISCOUNTED = N_("counter {key} says {used}, the grants sum to {total}")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One row that does not agree with the others."""

    message: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was counted and what was found. ``promised_fen`` is what was not taken back."""

    decisions: int
    grants: int
    postings: int
    promised_fen: int
    disagreements: tuple[Disagreement, ...] = field(default=())


def verify(connection: Connection) -> Verification:
    """Check that all transactions sum to zero and that every derived figure follows from the rows."""
    promised = select(func.coalesce(func.sum(grants.c.amount_fen), 0)).where(~is_taken_back(grants.c.id))
    return Verification(
        decisions=_count(connection, select(func.count()).select_from(decisions)),
        grants=_count(connection, select(func.count()).select_from(grants)),
        postings=_count(connection, select(func.count()).select_from(postings)),
        promised_fen=_count(connection, promised),
        disagreements=(*_found(connection), *_miscounted(connection)),
    )


def _count(connection: Connection, query: Select[int]) -> int:
    return int(connection.execute(query).scalar_one())


def _found(connection: Connection) -> Iterator[Disagreement]:
    for message, query in checks():
        for row in connection.execute(query):
            yield Disagreement(message, {name: str(value) for name, value in row._mapping.items()})


def _miscounted(connection: Connection) -> Iterator[Disagreement]:
    """Every counter against what the decisions say that their grants took of it."""
    taken = _taken(connection)
    kept = {row.key: row.used for row in connection.execute(select(counters))}
    for key in sorted(kept.keys() | taken.keys()):
        used, total = kept.get(key), taken[key]
        if used != total:
            yield Disagreement(_MISCOUNTED, {"key": key, "used": str(used), "total": str(total)})


def _taken(connection: Connection) -> Counter[str]:
    granted = select(decisions.c.explanation).where(
        decisions.c.outcome != "refused", ~is_taken_back(decisions.c.id)
    )
    taken: Counter[str] = Counter()
    for text in connection.execute(granted.execution_options(yield_per=1000)).scalars():
        taken.update(from_json(text)["uses"])
    return taken
