"""Cash leaves by bank: A prepares a batch, B releases it, the bank says what became of it.

    promised ─prepare→ issued ─release→ redeemed ─the bank says paid→ settled
                          ↑────────────────┴──────── it says failed ←──┘

Every step works alone (one lock, before all others). Accounts are given at the edge and never come
here; what comes is who has one, and the digest of the file that would leave.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, update

from benefits.ledger.positions import positions
from benefits.ledger.posting import post_all
from benefits.lifecycle.debts import Debt, debts, is_owing
from benefits.model.accounts import FEN
from benefits.model.chunks import portions
from benefits.model.move_refusals import NotAllowed
from benefits.model.moves import Move
from benefits.officer_acts import Officer
from benefits.payout.batches import WORK, Batch, Order, batch_of, digest_of_orders, orders_of
from benefits.payout.refusals import (
    PayoutRefused,
    not_prepared,
    not_released,
    nothing_payable,
    only_owing,
    other_file,
    other_orders,
    same_person,
    taken_back,
)
from benefits.sealing.queue import to_seal
from benefits.tables.decisions import grants
from benefits.tables.payout import payout_batches, payout_orders
from benefits.tables.transactions import grant_balances
from rules import yuan
from store import one_at_a_time

N_ = str  # marks a text for the message catalogue

Written = Callable[[Batch, Sequence[Order]], str]
"""Makes the file of a batch and gives its digest (SHA-256)."""

NO_ACCOUNT = N_("no account of {member} is in the file of payees")
OWING = N_(
    "{member} owes {yuan} yuan of it (debt {debt}): settle or waive that first, or say --despite-debts"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which open cash benefits are to be paid; None: all. Of which something is owed: only ``despite_debts``."""

    rule_id: str | None = None
    granted_until: date | None = None
    at_most: int | None = None
    despite_debts: bool = False


@dataclass(frozen=True, slots=True)
class Payable:
    """A cash benefit that is open: ``promised_fen`` anew, ``issued_fen`` again after a failure or a cancelled batch."""

    grant_id: str
    member_id: str
    rule_id: str
    title: str
    promised_fen: int
    issued_fen: int
    attempt: int

    @property
    def amount_fen(self) -> int:
        return self.promised_fen + self.issued_fen


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is not paid now, and why."""

    grant_id: str
    member_id: str
    amount_fen: int
    message: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    batch: Batch
    orders: tuple[Order, ...]
    left_out: tuple[LeftOut, ...]


def payable(connection: Connection, wanted: Wanted) -> list[Payable]:
    """Open cash benefits that are in no batch under way and were not paid; the oldest first."""
    return _open(connection, wanted, None if wanted.despite_debts else ~is_owing(grants.c.id))


def _held_back(connection: Connection, wanted: Wanted) -> list[LeftOut]:
    """What the bank sent back while the rule's own terms claimed it."""
    if wanted.despite_debts:
        return []
    held = _open(connection, wanted, is_owing(grants.c.id))
    owed = {debt.grant_id: debt for debt in debts(connection, open_only=True)} if held else {}
    return [_owing(item, owed[item.grant_id]) for item in held]


def _owing(item: Payable, debt: Debt) -> LeftOut:
    params = {"member": item.member_id, "yuan": yuan(debt.left_fen), "debt": debt.id}
    return LeftOut(item.grant_id, item.member_id, item.amount_fen, OWING, params)


def _open(connection: Connection, wanted: Wanted, also: ColumnElement[bool] | None) -> list[Payable]:
    taken = exists().where(
        payout_orders.c.grant_id == grants.c.id, payout_orders.c.state.in_(("open", "paid"))
    )
    standing = and_(grant_balances.c.grant_id == grants.c.id, grant_balances.c.unit == FEN)
    query = (
        select(grants.c.id, grants.c.member_id, grants.c.rule_id, grants.c.title)
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
    if wanted.granted_until:
        query = query.where(grants.c.granted_on <= wanted.granted_until)
    if wanted.at_most:
        query = query.limit(wanted.at_most)
    rows = connection.execute(query).all()
    found: list[Payable] = []
    for some in portions(rows):
        ids = [row.id for row in some]
        standings = positions(connection, ids)
        tried = _attempts(connection, ids)
        for row in some:
            stands = standings[row.id][FEN]
            found.append(Payable(*row, stands.promised, stands.issued, tried.get(row.id, 0) + 1))
    return found


def _attempts(connection: Connection, grant_ids: Sequence[str]) -> dict[str, int]:
    query = (
        select(payout_orders.c.grant_id, func.max(payout_orders.c.attempt).label("number"))
        .where(payout_orders.c.grant_id.in_(grant_ids))
        .group_by(payout_orders.c.grant_id)
    )
    return {row.grant_id: row.number for row in connection.execute(query)}


def prepare(
    connection: Connection,
    officer: Officer,
    wanted: Wanted,
    accounts: Collection[str],
    terms_digest: str,
    written: Written,
) -> Prepared:
    """Put open cash benefits of members with an account into a new batch, which locks them for it.

    *Raises*: ActRefused where nothing is to be paid.
    """
    one_at_a_time(connection, WORK)
    open_ = payable(connection, wanted)
    held = _held_back(connection, wanted)
    left = held + [_no_account(item) for item in open_ if item.member_id not in accounts]
    number = 1 + connection.execute(select(func.coalesce(func.max(payout_batches.c.number), 0))).scalar_one()
    batch_id = f"PB{number:06}"
    going = []
    for item, refusal in _issue(connection, officer, batch_id, [i for i in open_ if i.member_id in accounts]):
        if refusal is None:
            going.append(item)
        else:
            left.append(
                LeftOut(item.grant_id, item.member_id, item.amount_fen, refusal.message, refusal.params)
            )
    if not going:
        raise only_owing(len(held)) if held else nothing_payable()
    orders = tuple(_order(batch_id, line, item) for line, item in enumerate(going, 1))
    draft = Batch(
        batch_id,
        number,
        "prepared",
        len(orders),
        sum(order.amount_fen for order in orders),
        digest_of_orders(orders),
        "",
        terms_digest,
        officer.who,
        officer.at,
        officer.today,
        officer.reason,
    )
    batch = replace(draft, file_digest=written(draft, orders))
    _keep(connection, batch, orders)
    return Prepared(batch, orders, tuple(left))


def _no_account(item: Payable) -> LeftOut:
    return LeftOut(item.grant_id, item.member_id, item.amount_fen, NO_ACCOUNT, {"member": item.member_id})


def _order(batch_id: str, line: int, item: Payable) -> Order:
    return Order(
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
    connection: Connection, officer: Officer, batch_id: str, items: Sequence[Payable]
) -> list[tuple[Payable, NotAllowed | None]]:
    """Promised → issued; what is issued already stays so. Each with its refusal, if any."""
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
    results = post_all(connection, moves, officer.at)
    refused = {
        item.grant_id: result
        for item, result in zip(anew, results, strict=True)
        if isinstance(result, NotAllowed)
    }
    return [(item, refused.get(item.grant_id)) for item in items]


def _keep(connection: Connection, batch: Batch, orders: Sequence[Order]) -> None:
    row = {column.name: getattr(batch, column.name) for column in payout_batches.columns}
    connection.execute(insert(payout_batches), row)
    names = [column.name for column in payout_orders.columns if column.name != "batch_id"]
    rows = [{"batch_id": batch.id, **{name: getattr(o, name) for name in names}} for o in orders]
    connection.execute(insert(payout_orders), rows)
    to_seal(connection, {"payout_batches": [batch.id]}, batch.prepared_at)


def release_batch(connection: Connection, officer: Officer, batch_id: str, written: Written) -> Batch:
    """Let a batch go: by somebody other than who prepared it, and only as it was prepared.

    *Raises*: ActRefused; PayoutRefused with every order that can't be paid any more.
    """
    one_at_a_time(connection, WORK)
    batch = batch_of(connection, batch_id)
    if batch.state != "prepared":
        raise not_prepared(batch.id, batch.state, str(batch.decided_by))
    if officer.who.casefold() == batch.prepared_by.casefold():
        raise same_person(batch.id, officer.who)
    orders = unchanged_orders(connection, batch)
    if written(batch, orders) != batch.file_digest:
        raise other_file(batch.id)
    _pay(connection, officer, batch, orders)
    return _decide(connection, officer, batch, "released")


def _pay(connection: Connection, officer: Officer, batch: Batch, orders: Sequence[Order]) -> None:
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
    results = post_all(connection, moves, officer.at)
    wrong = [
        taken_back(order.reference, order.grant_id)
        for order, result in zip(orders, results, strict=True)
        if isinstance(result, NotAllowed)
    ]
    if wrong:
        raise PayoutRefused(wrong)


def cancel_batch(connection: Connection, officer: Officer, batch_id: str) -> Batch:
    """Drop a batch that was not released; what was in it can go into another. *Raises*: ActRefused."""
    officer.with_reason()
    one_at_a_time(connection, WORK)
    batch = batch_of(connection, batch_id)
    if batch.state != "prepared":
        raise not_prepared(batch.id, batch.state, str(batch.decided_by))
    connection.execute(
        update(payout_orders).where(payout_orders.c.batch_id == batch.id).values(state="cancelled")
    )
    return _decide(connection, officer, batch, "cancelled")


def export_batch(connection: Connection, officer: Officer, batch_id: str, written: Written) -> Batch:
    """Check that a released batch leaves as it was released, and note when. *Raises*: ActRefused."""
    one_at_a_time(connection, WORK)
    batch = batch_of(connection, batch_id)
    if batch.state != "released":
        raise not_released(batch.id)
    if written(batch, unchanged_orders(connection, batch)) != batch.file_digest:
        raise other_file(batch.id)
    connection.execute(
        update(payout_batches).where(payout_batches.c.id == batch.id).values(exported_at=officer.at)
    )
    return replace(batch, exported_at=officer.at)


def unchanged_orders(connection: Connection, batch: Batch) -> list[Order]:
    """The orders as they were prepared. *Raises*: ActRefused where the database says otherwise."""
    orders = orders_of(connection, batch.id)
    sums = (len(orders), sum(order.amount_fen for order in orders), digest_of_orders(orders))
    if sums != (batch.orders, batch.amount_fen, batch.orders_digest):
        raise other_orders(batch.id)
    return orders


def _decide(connection: Connection, officer: Officer, batch: Batch, state: str) -> Batch:
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
    to_seal(connection, {"payout_decisions": [batch.id]}, officer.at)
    return replace(batch, **said)  # type: ignore[arg-type]
