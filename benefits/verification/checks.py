"""What must hold of tables beside the books, each as a query that finds nothing in a sound ledger.

The books themselves are looked through in ``benefits.verification.audit``; who adds a table that decides something
adds its checks here.
"""

from collections.abc import Iterator

from sqlalchemy import Select

from benefits.verification.appeals import told_checks
from benefits.verification.payout import payout_checks
from benefits.verification.vouchers import voucher_checks

Rows = Select[*tuple[object, ...]]


def checks() -> Iterator[tuple[str, Rows]]:
    """Each message with its query, whose columns fill the message in."""
    yield from voucher_checks()
    yield from payout_checks()
    yield from told_checks()
