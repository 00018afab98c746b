"""What every account holds: what is sealed was added up already, the rest is added now."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from benefits.model.chunks import portions
from benefits.sealing.queue import queued
from benefits.tables.decisions import postings
from benefits.tables.transactions import account_balances, unsealed
from store import insert_into

Balances = Counter[tuple[str, str]]  # account and unit → amount
_SUMS = (
    select(postings.c.account, postings.c.unit, func.sum(postings.c.amount))
    .where(postings.c.transaction_id.in_(bindparam("ids", expanding=True)))
    .group_by(postings.c.account, postings.c.unit)
)


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds of a unit; what went out of it is negative."""

    account: str
    unit: str
    amount: int


def balances(connection: Connection) -> list[Balance]:
    """All accounts, by name; to the last commit, sealed or not."""
    total = kept_balances(connection)
    total.update(sums_of(connection, list(waiting_transactions(connection))))
    return [Balance(account, unit, amount) for (account, unit), amount in sorted(total.items())]


def kept_balances(connection: Connection) -> Balances:
    """What was added up when it was sealed."""
    rows = connection.execute(select(account_balances))
    return Counter({(row.account, row.unit): row.balance for row in rows})


def sums_of(connection: Connection, transaction_ids: Sequence[str]) -> Balances:
    """What these transactions add to each account."""
    total: Balances = Counter()
    for some in portions(transaction_ids):
        for account, unit, amount in connection.execute(_SUMS, {"ids": some}):
            total[account, unit] += int(amount)
    return total


def waiting_transactions(connection: Connection) -> Iterator[str]:
    """Those that wait to be sealed."""
    for text in connection.execute(select(unsealed.c.rows).order_by(unsealed.c.number)).scalars():
        yield from queued(text).get("transactions", ())


def add_to_balances(connection: Connection, sums: Balances) -> None:
    """Add to what is kept; in the order of accounts, as every sealer does."""
    rows = [
        {"account": account, "unit": unit, "balance": amount}
        for (account, unit), amount in sorted(sums.items())
    ]
    if rows:
        statement = insert_into(connection, account_balances)
        added = account_balances.c.balance + statement.excluded.balance
        connection.execute(
            statement.on_conflict_do_update(index_elements=["account", "unit"], set_={"balance": added}), rows
        )
