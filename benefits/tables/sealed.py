"""Rows that are sealed besides decisions and transactions: their tables, names and columns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Column, ColumnElement, Connection, Table, bindparam, select

from benefits.tables.appeals import appeal_answers, appeals, clawbacks, debt_acts
from benefits.tables.draws import (
    claims,
    draw_results,
    draws,
    lapses,
    returned_places,
    waiting_moves,
    withdrawals,
)
from benefits.tables.payout import payout_answers, payout_batches, payout_returns
from benefits.tables.rulebook import reversals, rule_acts
from benefits.tables.vouchers import (
    merchant_key_terms,
    merchant_keys,
    merchants,
    point_spendings,
    redemption_batches,
    redemptions,
    refunds,
    vouchers,
)
from store import erased_rows, read_records
from store.tables import row_batches

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_NUMBER = re.compile("-?[0-9]{1,18}")  # of a row, in less than 64 bits
Record = dict[str, Any]  # a row of any table
_LATER = ("state", "decided_by", "decided_at", "decided_on", "decided_reason", "exported_at")


@dataclass(frozen=True, slots=True)
class SealedTable:
    """The rows of a table that never change, or their fixed part: keys, sealed columns, and a condition."""

    keys: tuple[Column[Any], ...]
    columns: tuple[Column[Any], ...]
    which: ColumnElement[bool] | None = None

    def ids(self, connection: Connection) -> Iterator[str]:
        """Yield the ids of all rows that are to be sealed."""
        query = select(*self.keys)
        if self.which is not None:
            query = query.where(self.which)
        for row in connection.execute(query.execution_options(yield_per=10_000)):
            yield ":".join(str(part) for part in row)

    def rows(self, connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, Record]]:
        """Yield those of these rows that exist, by id."""
        wanted = frozenset(ids)
        query = select(*self.columns).where(self.keys[0].in_(_IDS)).order_by(*self.keys)
        if self.which is not None:
            query = query.where(self.which)
        asked = sorted({key for id_ in ids if (key := self._first_key(id_)) is not None})
        for row in read_records(connection.execute(query, {"ids": asked})):
            id_ = ":".join(str(row[key.name]) for key in self.keys)
            if id_ in wanted:
                yield id_, row

    def _first_key(self, id_: str) -> Any:
        """Return the first key of the row with an id, or None if no row can have it."""
        if self.keys[0].type.python_type is int:
            return int(id_) if _NUMBER.fullmatch(id_) else None
        return id_.partition(":")[0] if len(self.keys) > 1 else id_


def _whole(*keys: Column[Any]) -> SealedTable:
    return SealedTable(keys, tuple(keys[0].table.columns))


def _without(key: Column[Any], *names: str) -> SealedTable:
    return SealedTable((key,), tuple(column for column in key.table.columns if column.name not in names))


def _decided(batches: Table) -> SealedTable:
    """Return the decision on a batch of payments, which is sealed once an officer has decided."""
    c = batches.c
    said = (c.id, c.state, c.decided_by, c.decided_at, c.decided_on, c.decided_reason)
    return SealedTable((c.id,), said, c.state != "prepared")


def _revoked(keys: Table) -> SealedTable:
    """Return the end of a merchant's key, which is sealed once the key is revoked."""
    c = keys.c
    return SealedTable((c.id,), (c.id, c.revoked_at), c.revoked_at.is_not(None))


# By the name that seals use: the table's name, if all of it is sealed at once.
SEALED_TABLES: Mapping[str, SealedTable] = {
    "reversals": _whole(reversals.c.id),
    "lapses": _whole(lapses.c.grant_id),
    "returned_places": _whole(returned_places.c.id),
    "claims": _whole(claims.c.decision_id),
    "withdrawals": _whole(withdrawals.c.id),
    "waiting_moves": _whole(waiting_moves.c.waiting_id),
    "draws": _whole(draws.c.id),
    "draw_results": _whole(draw_results.c.draw_id),
    "redemptions": _whole(redemptions.c.id),
    "refunds": _whole(refunds.c.id),
    "point_spendings": _whole(point_spendings.c.id),
    "redemption_batches": _whole(redemption_batches.c.id),
    "merchants": _whole(merchants.c.id),
    "merchant_keys": _without(merchant_keys.c.id, "revoked_at"),
    "merchant_key_ends": _revoked(merchant_keys),
    "merchant_key_terms": _whole(merchant_key_terms.c.id),
    "vouchers": _without(vouchers.c.digest, "salt", "withdrawn_on"),  # no secret, no changing column
    "rule_acts": _whole(rule_acts.c.sequence),
    "clawbacks": _whole(clawbacks.c.id),
    "debt_acts": _whole(debt_acts.c.debt_id, debt_acts.c.number),
    "appeals": _whole(appeals.c.id),
    "appeal_answers": _whole(appeal_answers.c.appeal_id),
    "row_batches": _whole(row_batches.c.number),
    "erased_rows": _whole(erased_rows.c.id),
    "payout_batches": _without(payout_batches.c.id, *_LATER),
    "payout_decisions": _decided(payout_batches),
    "payout_returns": _whole(payout_returns.c.id),
    "payout_answers": _whole(payout_answers.c.reference, payout_answers.c.number),
}
