"""Recompute the ledger from its rows and report every disagreement."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from benefits.sealing.sealing import SealGap, read_seal_gap
from benefits.tables.bundles import iter_decision_bundles, iter_orphan_records
from benefits.tables.decisions import counters
from benefits.verification.accounts import account_disagreements
from benefits.verification.appeals import find_changed_rules
from benefits.verification.audit import LedgerAudit
from benefits.verification.budgets import budget_disagreements
from benefits.verification.bundles import Disagreement
from benefits.verification.checks import list_table_checks
from benefits.verification.draws import draw_disagreements
from benefits.verification.payout import find_changed_batches
from benefits.verification.positions import position_disagreements
from benefits.verification.rulebook import rulebook_disagreements
from benefits.verification.seals import seal_disagreements
from benefits.verification.waiting import auxiliary_disagreements

__all__ = ["Disagreement", "Verification", "verify_ledger"]


@dataclass(frozen=True, slots=True)
class Verification:
    """The counts and the disagreements of one verification.

    ``promised_fen`` is the sum of all grants that were neither reversed nor lapsed. ``gap`` counts the
    committed batches that are not sealed yet.
    """

    decisions: int
    grants: int
    postings: int
    promised_fen: int
    gap: SealGap = field(default=SealGap())
    disagreements: tuple[Disagreement, ...] = field(default=())


def verify_ledger(connection: Connection) -> Verification:
    """Check every row: sums, allowed sequences of moves, counters, cached positions and balances, seals."""
    audit = LedgerAudit()
    for bundle in iter_decision_bundles(connection):
        audit.add_bundle(bundle)
    for table, row in iter_orphan_records(connection):
        audit.add_orphan(table, row)
    return Verification(
        audit.decisions,
        audit.grants,
        audit.postings,
        audit.promised_fen,
        read_seal_gap(connection),
        tuple(_all(connection, audit)),
    )


def _all(connection: Connection, audit: LedgerAudit) -> Iterator[Disagreement]:
    yield from audit.all_disagreements([dict(row) for row in connection.execute(select(counters)).mappings()])
    yield from budget_disagreements(connection)
    yield from position_disagreements(connection)
    yield from account_disagreements(connection, audit.balances)
    yield from seal_disagreements(connection)
    yield from draw_disagreements(connection)
    yield from auxiliary_disagreements(connection)
    yield from rulebook_disagreements(connection)
    for message, query in list_table_checks():
        for row in connection.execute(query):
            yield Disagreement(message, {name: str(value) for name, value in row._mapping.items()})
    yield from (Disagreement(message, params) for message, params in find_changed_batches(connection))
    yield from (Disagreement(message, params) for message, params in find_changed_rules(connection))
