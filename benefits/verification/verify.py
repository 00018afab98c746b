"""Recompute the ledger from its rows and name everything that does not agree."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from benefits.sealing.sealing import Gap, gap
from benefits.tables.bundles import bundles, orphans
from benefits.tables.decisions import counters
from benefits.verification.accounts import account_disagreements
from benefits.verification.appeals import changed_rules
from benefits.verification.audit import Audit
from benefits.verification.budgets import budget_disagreements
from benefits.verification.bundles import Disagreement
from benefits.verification.checks import checks
from benefits.verification.draws import draw_disagreements
from benefits.verification.payout import changed_batches
from benefits.verification.positions import position_disagreements
from benefits.verification.rulebook import rulebook_disagreements
from benefits.verification.seals import seal_disagreements
from benefits.verification.waiting import waiting_disagreements

__all__ = ["Disagreement", "Verification", "verify"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was counted and what was found. ``promised_fen`` is what was not taken back.

    ``gap`` is what was committed and not sealed yet.
    """

    decisions: int
    grants: int
    postings: int
    promised_fen: int
    gap: Gap = field(default=Gap())
    disagreements: tuple[Disagreement, ...] = field(default=())


def verify(connection: Connection) -> Verification:
    """Check every row: sums, what may follow what, counters, cached positions and balances, seals."""
    audit = Audit()
    for bundle in bundles(connection):
        audit.take(bundle)
    for table, row in orphans(connection):
        audit.orphan(table, row)
    return Verification(
        audit.decisions,
        audit.grants,
        audit.postings,
        audit.promised_fen,
        gap(connection),
        tuple(_all(connection, audit)),
    )


def _all(connection: Connection, audit: Audit) -> Iterator[Disagreement]:
    yield from audit.close([dict(row) for row in connection.execute(select(counters)).mappings()])
    yield from budget_disagreements(connection)
    yield from position_disagreements(connection)
    yield from account_disagreements(connection, audit.balances)
    yield from seal_disagreements(connection)
    yield from draw_disagreements(connection)
    yield from waiting_disagreements(connection)
    yield from rulebook_disagreements(connection)
    for message, query in checks():
        for row in connection.execute(query):
            yield Disagreement(message, {name: str(value) for name, value in row._mapping.items()})
    yield from (Disagreement(message, params) for message, params in changed_batches(connection))
    yield from (Disagreement(message, params) for message, params in changed_rules(connection))
