"""Pay cash by bank: one officer prepares a batch, another releases it, the bank confirms each payment.

    promised ─prepare→ issued ─release→ redeemed ─bank: paid→ settled
                          ↑────────────────┴──────bank: failed←──┘

Every step holds one lock, which it takes before all others. Bank accounts stay in the application's
noun: this module receives only the ids of members who have one, and the digest of the file to send.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, update

from benefits.ledger.positions import read_grant_positions
from benefits.ledger.posting import post_moves
from benefits.lifecycle.debts import has_open_debt, list_debts
from benefits.model.accounts import FEN
from benefits.model.chunks import chunks
from benefits.model.faults import MoveRefused
from benefits.model.moves import Move
from benefits.officers import ActRefused, Officer, is_same_officer
from benefits.payout.batches import (
    PAYOUT_LOCK,
    PaymentOrder,
    PayoutBatch,
    compute_orders_digest,
    list_batch_orders,
    load_payout_batch,
)
from benefits.payout.faults import PAYOUT_FAULTS
from benefits.tables.decisions import grants
from benefits.tables.payout import payout_batches, payout_orders
from benefits.tables.transactions import grant_balances
from core.faults import Fault
from core.money import format_yuan
from store import enqueue_for_sealing, in_json_array, json_array, lock_exclusive

FileDigester = Callable[[PayoutBatch, Sequence[PaymentOrder]], str]
"""Makes the file of a batch and gives its digest (SHA-256)."""


@dataclass(frozen=True, slots=True)
class PayoutCriteria:
    """Which open cash benefits to pay; None: no restriction.

    Benefits with an open debt are paid only with ``despite_debts``. ``grants`` are paid all of them or none.
    ``rules`` are those whose benefits the officer pays.
    """

    rule_id: str | None = None
    granted_until: date | None = None
    despite_debts: bool = False
    grants: frozenset[str] | None = None
    rules: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class PayableGrant:
    """An open cash benefit.

    ``promised_fen`` was never in a batch. ``issued_fen`` is paid again after a failure or a cancelled
    batch.
    """

    grant_id: str
    member_id: str
    rule_id: str
    title: str
    promised_fen: int
    issued_fen: int
    attempt: int

    @property
    def amount_fen(self) -> int:
        """Return the whole amount to pay."""
        return self.promised_fen + self.issued_fen


@dataclass(frozen=True, slots=True)
class ExcludedGrant:
    """A grant that is not paid now, with the reason."""

    grant_id: str
    member_id: str
    amount_fen: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """A newly prepared batch, its orders and the grants it excludes."""

    batch: PayoutBatch
    orders: tuple[PaymentOrder, ...]
    left_out: tuple[ExcludedGrant, ...]


def list_payable_grants(connection: Connection, wanted: PayoutCriteria) -> list[PayableGrant]:
    """Return the open cash benefits that were not paid and are in no current batch, the oldest first."""
    return _open(connection, wanted, None if wanted.despite_debts else ~has_open_debt(grants.c.id))


def _held_back(connection: Connection, wanted: PayoutCriteria) -> list[ExcludedGrant]:
    """Return the payable grants that are excluded because part of their debt is open."""
    if wanted.despite_debts:
        return []
    held = _open(connection, wanted, has_open_debt(grants.c.id))
    owed = {debt.grant_id: debt for debt in list_debts(connection, open_only=True)} if held else {}
    left_out = []
    for item in held:
        debt, yuan = owed[item.grant_id], format_yuan(owed[item.grant_id].left_fen)
        fault = PAYOUT_FAULTS.build("owed", member=item.member_id, yuan=yuan, debt=debt.id)
        left_out.append(_excluded(item, fault))
    return left_out


def _open(
    connection: Connection, wanted: PayoutCriteria, also: ColumnElement[bool] | None
) -> list[PayableGrant]:
    taken = exists().where(
        payout_orders.c.grant_id == grants.c.id, payout_orders.c.state.in_(("open", "paid"))
    )
    standing = and_(grant_balances.c.grant_id == grants.c.id, grant_balances.c.unit == FEN)
    query = (
        select(grants.c.id, grants.c.member_id, grants.c.rule_id, grants.c.title, grants.c.granted_on)
        .outerjoin(grant_balances, standing)
        .where(
            grants.c.kind == "cash",
            grants.c.amount_fen > 0,
            or_(grant_balances.c.grant_id.is_(None), grant_balances.c.promised + grant_balances.c.issued > 0),
            ~taken,
        )
        .order_by(grants.c.granted_on, grants.c.id)
    )
    if also is not None:
        query = query.where(also)
    if wanted.rule_id:
        query = query.where(grants.c.rule_id == wanted.rule_id)
    if wanted.rules is not None:
        query = query.where(in_json_array(grants.c.rule_id, "rules")).params(rules=json_array(wanted.rules))
    if wanted.granted_until:
        query = query.where(grants.c.granted_on <= wanted.granted_until)
    parts = [query]
    if wanted.grants is not None:
        parts = [query.where(grants.c.id.in_(some)) for some in chunks(sorted(wanted.grants))]
    rows = [row for part in parts for row in connection.execute(part)]
    if len(parts) > 1:
        rows.sort(key=lambda row: (row.granted_on, row.id))
    found: list[PayableGrant] = []
    for some in chunks(rows):
        ids = [row.id for row in some]
        standings = read_grant_positions(connection, ids)
        tried = _attempts(connection, ids)
        for row in some:
            stands = standings[row.id][FEN]
            found.append(PayableGrant(*row[:4], stands.promised, stands.issued, tried.get(row.id, 0) + 1))
    return found


def _attempts(connection: Connection, grant_ids: Sequence[str]) -> dict[str, int]:
    query = (
        select(payout_orders.c.grant_id, func.max(payout_orders.c.attempt).label("number"))
        .where(payout_orders.c.grant_id.in_(grant_ids))
        .group_by(payout_orders.c.grant_id)
    )
    return {row.grant_id: row.number for row in connection.execute(query)}


def create_payout_batch(
    connection: Connection,
    officer: Officer,
    wanted: PayoutCriteria,
    accounts: Collection[str] | None,
    terms_digest: str,
    written: FileDigester,
) -> PreparedBatch:
    """Put open cash benefits of members with an account into a new batch and issue them.

    ``accounts`` are the members who have one; None: all, as in a replay of what was prepared.

    *Raises*: ActRefused if there is nothing to pay, or one of the selected grants can't be paid.
    """
    lock_exclusive(connection, PAYOUT_LOCK)
    payable: list[PayableGrant] = []
    without: list[PayableGrant] = []
    for item in list_payable_grants(connection, wanted):
        (payable if accounts is None or item.member_id in accounts else without).append(item)
    held = _held_back(connection, wanted)
    left = held + [
        _excluded(item, PAYOUT_FAULTS.build("no_account", member=item.member_id)) for item in without
    ]
    number = 1 + connection.execute(select(func.coalesce(func.max(payout_batches.c.number), 0))).scalar_one()
    batch_id = f"PB{number:06}"
    going = []
    for item, refusal in _issue(connection, officer, batch_id, payable):
        if refusal is None:
            going.append(item)
        else:
            left.append(_excluded(item, refusal.faults[0]))
    _require_selected(wanted, going, left)
    if not going:
        raise ActRefused(
            PAYOUT_FAULTS.build("only_owed", field="--despite-debts", value=len(held))
            if held
            else PAYOUT_FAULTS.build("nothing_payable", field="--payees", value="")
        )
    orders = tuple(_order(batch_id, line, item) for line, item in enumerate(going, 1))
    draft = PayoutBatch(
        batch_id,
        number,
        "prepared",
        len(orders),
        sum(order.amount_fen for order in orders),
        compute_orders_digest(orders),
        "",
        terms_digest,
        officer.who,
        officer.at,
        officer.today,
        officer.reason,
    )
    batch = replace(draft, file_digest=written(draft, orders))
    _store_batch(connection, batch, orders)
    return PreparedBatch(batch, orders, tuple(left))


def _require_selected(
    wanted: PayoutCriteria, going: Sequence[PayableGrant], left: Sequence[ExcludedGrant]
) -> None:
    """*Raises*: ActRefused with every selected grant that is left out, or isn't open any more."""
    if wanted.grants is None:
        return
    known = {item.grant_id for item in going} | {item.grant_id for item in left}
    gone = [
        PAYOUT_FAULTS.build("not_open", field="grant", value=grant) for grant in sorted(wanted.grants - known)
    ]
    if faults := [*(item.fault for item in left), *gone]:
        raise ActRefused(faults)


def _excluded(item: PayableGrant, fault: Fault) -> ExcludedGrant:
    return ExcludedGrant(item.grant_id, item.member_id, item.amount_fen, fault)


def _order(batch_id: str, line: int, item: PayableGrant) -> PaymentOrder:
    return PaymentOrder(
        f"{batch_id}-{line:06}",
        line,
        item.grant_id,
        item.member_id,
        item.rule_id,
        item.title,
        item.amount_fen,
        item.attempt,
    )


def _issue(
    connection: Connection, officer: Officer, batch_id: str, items: Sequence[PayableGrant]
) -> list[tuple[PayableGrant, MoveRefused | None]]:
    """Post promised → issued; issued amounts stay as they are. Return each grant with its refusal, if any."""
    anew = [item for item in items if item.promised_fen]
    moves = [
        Move(
            "issue",
            item.grant_id,
            item.promised_fen,
            "promised",
            "issued",
            f"payout/issue/{item.grant_id}/{item.attempt}",
            officer.today,
            reason=officer.reason,
            act_id=batch_id,
        )
        for item in anew
    ]
    results = post_moves(connection, moves, officer.at)
    refused = {
        item.grant_id: result
        for item, result in zip(anew, results, strict=True)
        if isinstance(result, MoveRefused)
    }
    return [(item, refused.get(item.grant_id)) for item in items]


def _store_batch(connection: Connection, batch: PayoutBatch, orders: Sequence[PaymentOrder]) -> None:
    row = {column.name: getattr(batch, column.name) for column in payout_batches.columns}
    connection.execute(insert(payout_batches), row)
    names = [column.name for column in payout_orders.columns if column.name != "batch_id"]
    rows = [{"batch_id": batch.id, **{name: getattr(o, name) for name in names}} for o in orders]
    connection.execute(insert(payout_orders), rows)
    enqueue_for_sealing(connection, {"payout_batches": [batch.id]}, batch.prepared_at)


def _load_prepared_batch(connection: Connection, batch_id: str) -> PayoutBatch:
    """Return a batch on which no officer has decided yet. *Raises*: ActRefused."""
    batch = load_payout_batch(connection, batch_id)
    if batch.state != "prepared":
        who = batch.decided_by
        raise ActRefused(PAYOUT_FAULTS.build(batch.state, field="batch", value=batch.id, who=who))
    return batch


def release_batch(
    connection: Connection, officer: Officer, batch_id: str, written: FileDigester
) -> PayoutBatch:
    """Release a batch, unchanged, by another officer than the one who prepared it.

    *Raises*: ActRefused with every order that can't be paid any more.
    """
    lock_exclusive(connection, PAYOUT_LOCK)
    batch = _load_prepared_batch(connection, batch_id)
    if is_same_officer(batch.prepared_by, officer.who):
        raise ActRefused(PAYOUT_FAULTS.build("same_officer", field="--as", value=batch.id, who=officer.who))
    orders = load_unchanged_orders(connection, batch, written)
    _pay(connection, officer, batch, orders)
    return _decide(connection, officer, batch, "released")


def _pay(
    connection: Connection, officer: Officer, batch: PayoutBatch, orders: Sequence[PaymentOrder]
) -> None:
    moves = [
        Move(
            "pay",
            order.grant_id,
            order.amount_fen,
            "issued",
            "redeemed",
            f"payout/pay/{order.reference}",
            officer.today,
            reason=officer.reason,
            act_id=batch.id,
        )
        for order in orders
    ]
    results = post_moves(connection, moves, officer.at)
    wrong = [
        PAYOUT_FAULTS.build("order_reversed", field="order", value=order.reference, grant=order.grant_id)
        for order, result in zip(orders, results, strict=True)
        if isinstance(result, MoveRefused)
    ]
    if wrong:
        raise ActRefused(wrong)


def cancel_batch(connection: Connection, officer: Officer, batch_id: str) -> PayoutBatch:
    """Cancel a batch that was not released; its grants can go into another. *Raises*: ActRefused."""
    officer.require_reason()
    lock_exclusive(connection, PAYOUT_LOCK)
    batch = _load_prepared_batch(connection, batch_id)
    connection.execute(
        update(payout_orders).where(payout_orders.c.batch_id == batch.id).values(state="cancelled")
    )
    return _decide(connection, officer, batch, "cancelled")


def record_batch_export(
    connection: Connection, officer: Officer, batch_id: str, written: FileDigester
) -> PayoutBatch:
    """Check that the file of a released batch is unchanged, and record the export. *Raises*: ActRefused."""
    lock_exclusive(connection, PAYOUT_LOCK)
    batch = load_payout_batch(connection, batch_id)
    if batch.state != "released":
        raise ActRefused(PAYOUT_FAULTS.build("not_released", field="batch", value=batch.id))
    load_unchanged_orders(connection, batch, written)
    connection.execute(
        update(payout_batches).where(payout_batches.c.id == batch.id).values(exported_at=officer.at)
    )
    return replace(batch, exported_at=officer.at)


def load_unchanged_orders(
    connection: Connection, batch: PayoutBatch, written: FileDigester
) -> list[PaymentOrder]:
    """Return the orders of a batch. *Raises*: ActRefused if they, or their file, differ from what was prepared."""
    orders = list_batch_orders(connection, batch.id)
    if not batch.holds(orders):
        raise ActRefused(PAYOUT_FAULTS.build("orders_differ", field="batch", value=batch.id))
    if written(batch, orders) != batch.file_digest:
        raise ActRefused(PAYOUT_FAULTS.build("file_differs", field="--payees", value=batch.id))
    return orders


def _decide(connection: Connection, officer: Officer, batch: PayoutBatch, state: str) -> PayoutBatch:
    said = {
        "state": state,
        "decided_by": officer.who,
        "decided_at": officer.at,
        "decided_on": officer.today,
        "decided_reason": officer.reason,
    }
    changed = connection.execute(
        update(payout_batches)
        .where(payout_batches.c.id == batch.id, payout_batches.c.state == "prepared")
        .values(said)
    )
    assert changed.rowcount == 1, "the lock let two through"
    enqueue_for_sealing(connection, {"payout_decisions": [batch.id]}, officer.at)
    return replace(batch, **said)  # type: ignore[arg-type]
