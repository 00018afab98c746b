"""Compare the cached balances of accounts with the sums of their postings."""

from collections.abc import Iterator

from sqlalchemy import Connection

from benefits.sealing.balances import (
    AccountSums,
    iter_unsealed_transactions,
    read_sealed_balances,
    sum_postings,
)
from benefits.verification.bundles import Disagreement, disagreement

N_ = str  # marks a text for the message catalogue


def account_disagreements(connection: Connection, posted: AccountSums) -> Iterator[Disagreement]:
    """Yield every cached balance that differs from ``posted``, the sums of all postings."""
    kept = read_sealed_balances(connection)
    kept.update(sum_postings(connection, list(iter_unsealed_transactions(connection))))
    for account, unit in sorted(kept.keys() | posted.keys()):
        key = account, unit
        if kept[key] != posted[key] or (key in kept) != (key in posted):
            yield disagreement(
                N_("account {key} is kept at {kept} {unit}, its postings sum to {posted}"),
                key=account,
                kept=kept[key],
                unit=unit,
                posted=posted[key],
            )
