"""The cached balances of accounts against what all postings sum to."""

from collections.abc import Iterator

from sqlalchemy import Connection

from benefits.sealing.balances import Balances, kept_balances, sums_of, waiting_transactions
from benefits.verification.bundles import Disagreement, wrong

N_ = str  # marks a text for the message catalogue


def account_disagreements(connection: Connection, posted: Balances) -> Iterator[Disagreement]:
    """``posted`` is what all postings sum to."""
    kept = kept_balances(connection)
    kept.update(sums_of(connection, list(waiting_transactions(connection))))
    for account, unit in sorted(kept.keys() | posted.keys()):
        key = account, unit
        if kept[key] != posted[key] or (key in kept) != (key in posted):
            yield wrong(
                N_("account {key} is kept at {kept} {unit}, its postings sum to {posted}"),
                key=account,
                kept=kept[key],
                unit=unit,
                posted=posted[key],
            )
