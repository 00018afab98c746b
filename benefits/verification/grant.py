"""Check one grant: the rows of its decision, what followed, and the seals over them.

The checks are those of ``verify_ledger``, for rows that are found by the ids of the grant and its decision. A row
that was deleted, the sums of accounts and published heads are for the verification of the whole ledger.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, select

from benefits.model.chunks import chunks
from benefits.tables.appeals import appeal_answers, appeals, clawbacks, debt_acts
from benefits.tables.bundles import DecisionBundle, read_decision_bundles
from benefits.tables.decisions import decisions, grants
from benefits.tables.draws import claims, lapses, returned_places, waiting_moves, withdrawals
from benefits.tables.payout import payout_answers, payout_batches, payout_orders, payout_returns
from benefits.tables.rulebook import reversals
from benefits.tables.sealed import SEALED_TABLES
from benefits.tables.vouchers import point_spendings, redemptions, refunds, vouchers
from benefits.verification.bundles import check_bundle, disagreement
from benefits.verification.seals import RowSeals, find_row_seals
from benefits.verification.table_checks import (
    FORM_USED,
    find_changed_batches,
    find_changed_forms,
    find_changed_rules,
    list_table_checks,
)
from benefits.verification.verify import check_positions
from core.faults import Fault
from core.text_marks import N_
from store import read_records

_Ids = dict[str, list[str]]  # of rows by the name that seals use


@dataclass(frozen=True, slots=True)
class GrantProof:
    """How the rows of a grant are sealed, by table and id, and every disagreement among them."""

    seals: RowSeals
    faults: tuple[Fault, ...]


def check_grant(connection: Connection, grant_id: str) -> GrantProof:
    """Check the rows of a grant and of the decision that gave it against each other and against their seals."""
    decision = select(grants.c.decision_id).where(grants.c.id == grant_id).scalar_subquery()
    rows = connection.execute(select(decisions).where(decisions.c.id == decision))
    bundles = read_decision_bundles(connection, [*read_records(rows)])
    if not bundles:
        return GrantProof({}, (disagreement(N_("grant {id} has no decision"), id=grant_id),))
    (bundle,) = bundles
    own = [row["id"] for row in bundle.rows_of("grants")]
    orders = _read(connection, payout_orders.c.grant_id, own, (payout_orders.c.reference,))
    ids = _rows_of(connection, bundle, own, orders)
    marks = {*own, *orders, *(id_ for some in ids.values() for id_ in some)}
    seals, broken = find_row_seals(connection, ids)
    faults = (
        *check_bundle(bundle),
        *check_positions(connection, own),
        *find_changed_batches(connection, ids["payout_batches"]),
        *find_changed_rules(
            connection, _read(connection, decisions.c.id, [bundle.id], (decisions.c.rule_hash,))
        ),
        *find_changed_forms(connection, _read(connection, decisions.c.id, [bundle.id], (FORM_USED,))),
        *_check_tables(connection, marks),
        *broken,
    )
    return GrantProof(seals, faults)


def _rows_of(
    connection: Connection, bundle: DecisionBundle, own: Sequence[str], orders: Sequence[str]
) -> _Ids:
    """Return the ids of the rows that are sealed: of the decision, its grants, their uses, payments and debts."""
    moves = bundle.rows_of("transactions")
    found: _Ids = {"decisions": [bundle.id], "transactions": [row["id"] for row in moves]}

    def add(column: Column[Any], ids: Sequence[str]) -> None:
        name = column.table.name
        found[name] = _read(connection, column, ids, SEALED_TABLES[name].keys)

    for table in (reversals, lapses, returned_places, redemptions, vouchers, clawbacks):
        add(table.c.grant_id, own)
    for column in (claims.c.decision_id, withdrawals.c.id, waiting_moves.c.waiting_id, appeals.c.decision_id):
        add(column, [bundle.id])
    add(refunds.c.redemption_id, found["redemptions"])
    add(debt_acts.c.debt_id, found["clawbacks"])
    add(appeal_answers.c.appeal_id, found["appeals"])
    add(point_spendings.c.id, [row["act_id"] for row in moves if row["act_id"]])
    add(payout_answers.c.reference, orders)
    batches = _read(connection, payout_orders.c.reference, orders, (payout_orders.c.batch_id,))
    add(payout_batches.c.id, batches)
    add(
        payout_returns.c.id,
        _read(connection, payout_answers.c.reference, orders, (payout_answers.c.return_id,)),
    )
    found["payout_decisions"] = found["payout_batches"]
    return found


def _read(
    connection: Connection, column: Column[Any], ids: Sequence[str], keys: Sequence[ColumnElement[Any]]
) -> list[str]:
    """Return the keys, as seals write them, of the rows in which a column has one of these values."""
    return [
        ":".join(str(part) for part in row)
        for some in chunks(ids)
        for row in connection.execute(select(*keys).where(column.in_(some)).distinct().order_by(*keys))
    ]


def _check_tables(connection: Connection, marks: Collection[str]) -> Iterator[Fault]:
    for _, message, query in list_table_checks():
        found = query.subquery()
        for some in chunks(sorted(marks)):
            for row in connection.execute(select(found).where(found.c.id.in_(some))).mappings():
                yield disagreement(message, **row)
