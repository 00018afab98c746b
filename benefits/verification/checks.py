"""Invariants of the tables beside the ledger, each as a query that returns no row in a sound ledger.

``benefits.proof.audit`` checks the ledger itself. Add the checks of a new table here.
"""

from collections.abc import Iterator

from sqlalchemy import Select

from benefits.verification.appeals import appeal_and_debt_checks
from benefits.verification.payout import payout_checks
from benefits.verification.vouchers import voucher_checks

CheckQuery = Select[*tuple[object, ...]]


def list_table_checks() -> Iterator[tuple[str, CheckQuery]]:
    """Yield each message with its query; the query's columns fill the message in."""
    yield from voucher_checks()
    yield from payout_checks()
    yield from appeal_and_debt_checks()
