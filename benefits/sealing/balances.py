"""Account balances: stored sums of what is sealed, plus the sums of what is not sealed yet."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from benefits.model.chunks import chunks
from benefits.sealing.queue import parse_queued_ids
from benefits.tables.decisions import postings
from benefits.tables.transactions import account_balances, unsealed
from store import insert_into

AccountSums = Counter[tuple[str, str]]  # account and unit → amount
_SUMS = (
    select(postings.c.account, postings.c.unit, func.sum(postings.c.amount))
    .where(postings.c.transaction_id.in_(bindparam("ids", expanding=True)))
    .group_by(postings.c.account, postings.c.unit)
)


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """The balance of an account in one unit; what left the account counts as negative."""

    account: str
    unit: str
    amount: int


def list_account_balances(connection: Connection) -> list[AccountBalance]:
    """List the balances of all accounts by name, up to the last commit, sealed or not."""
    total = read_sealed_balances(connection)
    total.update(sum_postings(connection, list(iter_unsealed_transactions(connection))))
    return [AccountBalance(account, unit, amount) for (account, unit), amount in sorted(total.items())]


def read_sealed_balances(connection: Connection) -> AccountSums:
    """Read the balances that sealing has summed up."""
    rows = connection.execute(select(account_balances))
    return Counter({(row.account, row.unit): row.balance for row in rows})


def sum_postings(connection: Connection, transaction_ids: Sequence[str]) -> AccountSums:
    """Return what these transactions add to each account."""
    total: AccountSums = Counter()
    for some in chunks(transaction_ids):
        for account, unit, amount in connection.execute(_SUMS, {"ids": some}):
            total[account, unit] += int(amount)
    return total


def iter_unsealed_transactions(connection: Connection) -> Iterator[str]:
    """Yield the ids of the transactions that wait to be sealed."""
    for text in connection.execute(select(unsealed.c.rows).order_by(unsealed.c.number)).scalars():
        yield from parse_queued_ids(text).get("transactions", ())


def add_to_sealed_balances(connection: Connection, sums: AccountSums) -> None:
    """Add to the stored balances in the order of accounts, as every sealer does."""
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
