"""Payout batches, their orders and the bank's answers: read them from the database."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Select, select

from benefits.model.chunks import chunks
from benefits.officers import ActRefused
from benefits.payout.faults import PAYOUT_FAULTS
from benefits.tables.decisions import grants
from benefits.tables.payout import payout_answers, payout_batches, payout_orders

PAYOUT_LOCK = "payout"


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One payment of one grant. ``state`` is open, paid, failed or cancelled."""

    reference: str
    line: int
    grant_id: str
    member_id: str
    rule_id: str
    title: str
    amount_fen: int
    attempt: int
    state: str = "open"


@dataclass(frozen=True, slots=True)
class PayoutBatch:
    """Payment orders that are paid together. ``state`` is prepared, released or cancelled."""

    id: str
    number: int
    state: str
    orders: int
    amount_fen: int
    orders_digest: str
    file_digest: str
    terms_digest: str
    prepared_by: str
    prepared_at: datetime
    prepared_on: date
    reason: str
    decided_by: str | None = None
    decided_at: datetime | None = None
    decided_on: date | None = None
    decided_reason: str | None = None
    exported_at: datetime | None = None

    def holds(self, orders: "Sequence[PaymentOrder]") -> bool:
        """Return whether these are the orders that were prepared: their number, sum and digest."""
        sums = (len(orders), sum(order.amount_fen for order in orders), compute_orders_digest(orders))
        return sums == (self.orders, self.amount_fen, self.orders_digest)


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """The bank's answer to an order."""

    reference: str
    number: int
    outcome: str
    amount_fen: int
    bank_reference: str
    answered_on: date
    reason: str
    return_id: str
    line: int
    transaction_id: str


def list_payout_batches(connection: Connection) -> list[PayoutBatch]:
    """Return all payout batches, the newest first."""
    rows = connection.execute(select(payout_batches).order_by(payout_batches.c.number.desc()))
    return [PayoutBatch(**row) for row in rows.mappings()]


def load_payout_batch(connection: Connection, batch_id: str) -> PayoutBatch:
    """Return a payout batch by its id. *Raises*: ActRefused if there is none."""
    row = connection.execute(select(payout_batches).where(payout_batches.c.id == batch_id)).mappings().first()
    if row is None:
        raise ActRefused(PAYOUT_FAULTS.build("unknown_batch", field="batch", value=batch_id[:40]))
    return PayoutBatch(**row)


def list_batch_orders(connection: Connection, batch_id: str) -> list[PaymentOrder]:
    """Return the orders of a batch in the order of its file."""
    query = _orders().where(payout_orders.c.batch_id == batch_id).order_by(payout_orders.c.line)
    return [PaymentOrder(**row) for row in connection.execute(query).mappings()]


def list_grant_orders(connection: Connection, grant_id: str) -> list[tuple[str, PaymentOrder]]:
    """Return every order for a grant with its batch's id, the first attempt first."""
    query = _orders().add_columns(payout_orders.c.batch_id).where(payout_orders.c.grant_id == grant_id)
    rows = connection.execute(query.order_by(payout_orders.c.attempt))
    found = []
    for row in rows.mappings():
        order = {name: value for name, value in row.items() if name != "batch_id"}
        found.append((row["batch_id"], PaymentOrder(**order)))
    return found


def _orders() -> Select[tuple[str, int, str, str, str, str, int, int, str]]:
    return select(
        payout_orders.c.reference,
        payout_orders.c.line,
        payout_orders.c.grant_id,
        grants.c.member_id,
        grants.c.rule_id,
        grants.c.title,
        payout_orders.c.amount_fen,
        payout_orders.c.attempt,
        payout_orders.c.state,
    ).join(grants, grants.c.id == payout_orders.c.grant_id)


def load_bank_answers(connection: Connection, references: Iterable[str]) -> dict[str, list[BankAnswer]]:
    """Return the bank's answers by order reference, the earliest first."""
    found: dict[str, list[BankAnswer]] = {}
    for some in chunks(sorted(set(references))):
        query = select(payout_answers).where(payout_answers.c.reference.in_(some))
        ordered = query.order_by(payout_answers.c.reference, payout_answers.c.number)
        for row in connection.execute(ordered).mappings():
            found.setdefault(row["reference"], []).append(BankAnswer(**row))
    return found


def compute_orders_digest(orders: Sequence[PaymentOrder]) -> str:
    """Return one SHA-256 digest over reference, line, grant, attempt and amount of every order."""
    lines = [[o.reference, o.line, o.grant_id, o.attempt, o.amount_fen] for o in orders]
    return hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).hexdigest()
