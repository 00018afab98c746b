"""One yuan's whole way: from the paragraph that promises it to the bank's word that it arrived, and back.

Found by any of its marks: the reference of a payment, a grant, or a posting. Nothing in it names a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from benefits.ledger.positions import Position, positions
from benefits.model.accounts import BUDGET
from benefits.officer_acts import Act, ActRefused, acts
from benefits.payout.batches import Answer, Batch, Order, answers_to, batch_of, orders_for
from benefits.reporting.member_benefits import Why, why
from benefits.reporting.rule_versions import KeptRule, kept_rules
from benefits.sealing.records import OTHERS
from benefits.tables.decisions import decisions, grants, postings
from benefits.tables.payout import payout_answers, payout_orders
from benefits.tables.transactions import seals, transactions
from benefits.tables.vouchers import redemptions
from store import inbox

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Mark:
    """Where to begin: exactly one of them. ``payment`` is our reference, or the bank's own number."""

    payment: str | None = None
    grant: str | None = None
    posting: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """The link of the hash chain that covers a row."""

    book: str
    lane: int
    number: int
    hash: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One posting. ``sequence`` is its number in the ledger."""

    sequence: int
    account: str
    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class Posted:
    """One transaction with its lines; ``seal`` is None until it is sealed."""

    id: str
    kind: str
    occurred_on: date
    recorded_at: datetime
    reason: str
    act_id: str | None
    lines: tuple[Line, ...]
    seal: Link | None


@dataclass(frozen=True, slots=True)
class Payment:
    """An attempt to pay it by bank, with all that the bank said."""

    batch: Batch
    order: Order
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A use at a merchant's counter."""

    id: str
    merchant: str
    number: str
    used_at: datetime
    worth_fen: int


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. ``digest`` is that of the event as it came; None where it didn't come through the inbox."""

    source: str
    id: str
    type: str
    occurred_on: date
    digest: str | None
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """The whole way. ``rule`` is the version that decided; ``acts`` are those that brought it into force."""

    grant_id: str
    part: str
    member_id: str
    title: str
    kind: str
    amount_fen: int
    granted_on: date
    rule: KeptRule | None
    acts: tuple[Act, ...]
    event: Event
    decision: Why
    decision_seal: Link | None
    steps: tuple[Posted, ...]
    payments: tuple[Payment, ...]
    uses: tuple[Use, ...]
    stands: tuple[tuple[str, Position], ...]


def dossier(connection: Connection, mark: Mark) -> Dossier:
    """*Raises*: ActRefused where the mark leads to nothing, or to several."""
    grant_id = _grant_of(connection, mark)
    grant = connection.execute(select(grants).where(grants.c.id == grant_id)).mappings().one()
    row = connection.execute(select(decisions).where(decisions.c.id == grant["decision_id"])).one()
    found = why(connection, row.member_id, rule_id=row.rule_id, on=row.occurred_on)
    decision = next(each for each in found if each.id == row.id)
    rows = connection.execute(
        select(transactions).where(
            (transactions.c.id == grant_id) | (transactions.c.grant_id == grant_id)
        ).order_by(transactions.c.recorded_at, transactions.c.id)
    ).all()  # fmt: skip
    lines = _lines(connection, [each.id for each in rows])
    book = _book(lines.get(grant_id, ()))
    steps = tuple(
        Posted(
            each.id,
            each.kind,
            each.occurred_on,
            each.recorded_at,
            each.reason,
            each.act_id,
            lines.get(each.id, ()),
            _seal(connection, book, "transactions", each.id),
        )
        for each in sorted(rows, key=lambda each: _first_line(lines.get(each.id, ())))
    )
    return Dossier(
        grant_id,
        grant["part"],
        grant["member_id"],
        grant["title"],
        grant["kind"],
        grant["amount_fen"],
        grant["granted_on"],
        kept_rules(connection, [row.rule_hash]).get(row.rule_hash),
        tuple(act for act in acts(connection, row.rule_id) if row.rule_hash in (act.before, act.after)),
        _event(connection, decision),
        decision,
        _seal(connection, book, "decisions", row.id) or _seal(connection, None, "decisions", row.id),
        steps,
        tuple(_payments(connection, grant_id)),
        tuple(_uses(connection, grant_id)),
        tuple(sorted(positions(connection, [grant_id])[grant_id].items())),
    )


def _grant_of(connection: Connection, mark: Mark) -> str:
    if mark.grant is not None:
        query = select(grants.c.id).where(grants.c.id == mark.grant)
        return _only(connection.execute(query).scalars().all(), "--grant", mark.grant)
    if mark.payment is not None:
        return _of_payment(connection, mark.payment)
    posted = select(postings.c.transaction_id).where(postings.c.sequence == mark.posting)
    id_ = connection.execute(posted).scalar_one_or_none()
    grant = connection.execute(select(transactions.c.grant_id).where(transactions.c.id == id_)).scalar()
    known = select(grants.c.id).where(grants.c.id.in_([grant or id_ or ""]))
    return _only(connection.execute(known).scalars().all(), "--posting", str(mark.posting))


def _of_payment(connection: Connection, reference: str) -> str:
    """By our reference, else by the bank's own number."""
    own = select(payout_orders.c.grant_id).where(payout_orders.c.reference == reference)
    if ids := connection.execute(own).scalars().all():
        return _only(ids, "--payment", reference)
    banks = (
        select(payout_orders.c.grant_id)
        .join(payout_answers, payout_answers.c.reference == payout_orders.c.reference)
        .where(payout_answers.c.bank_reference == reference, payout_answers.c.bank_reference != "")
    )
    return _only(sorted(set(connection.execute(banks).scalars())), "--payment", reference)


def _only(ids: Sequence[str], field: str, value: str) -> str:
    if not ids:
        raise ActRefused(
            N_("nothing in the ledger has this mark: {value}"),
            N_("give a payment's reference such as PB000001-000001, a grant's id, or a posting's number"),
            field,
            value[:80],
        )
    if len(ids) > 1:
        raise ActRefused(
            N_("several payments have this mark: {value}"),
            N_("give our own reference, such as PB000001-000001"),
            field,
            value[:80],
        )
    return ids[0]


def _lines(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[Line, ...]]:
    query = select(postings).where(postings.c.transaction_id.in_(sorted(ids)))
    found: dict[str, tuple[Line, ...]] = {}
    for row in connection.execute(query.order_by(postings.c.transaction_id, postings.c.line)):
        line = Line(row.sequence, row.account, row.amount, row.unit)
        found[row.transaction_id] = (*found.get(row.transaction_id, ()), line)
    return found


def _first_line(lines: Sequence[Line]) -> int:
    """The order in which they were written: postings are numbered."""
    return lines[0].sequence if lines else 0


def _book(lines: Sequence[Line]) -> str:
    budgets = [line.account for line in lines if line.amount < 0 and line.account.startswith(BUDGET)]
    return min(budgets, default=OTHERS)


def _seal(connection: Connection, book: str | None, table: str, id_: str) -> Link | None:
    """The link that covers a row; within its book it is looked for through the texts of the links."""
    holds = seals.c.digests.like(f"{table} {id_} %") | seals.c.digests.like(f"%\n{table} {id_} %")
    query = select(seals.c.book, seals.c.lane, seals.c.number, seals.c.hash, seals.c.sealed_at).where(holds)
    if book is not None:
        query = query.where(seals.c.book == book)
    row = connection.execute(query.order_by(seals.c.number).limit(1)).one_or_none()
    return Link(*row) if row else None


def _event(connection: Connection, decision: Why) -> Event:
    kept = connection.execute(
        select(inbox.c.digest, inbox.c.recorded_at).where(
            inbox.c.source == decision.event_source, inbox.c.id == decision.event_id
        )
    ).one_or_none()
    return Event(
        decision.event_source,
        decision.event_id,
        decision.event_type,
        decision.occurred_on,
        kept.digest if kept else None,
        kept.recorded_at if kept else None,
    )


def _payments(connection: Connection, grant_id: str) -> Iterable[Payment]:
    orders = orders_for(connection, grant_id)
    answers = answers_to(connection, [order.reference for _, order in orders])
    for batch_id, order in orders:
        yield Payment(batch_of(connection, batch_id), order, tuple(answers.get(order.reference, ())))


def _uses(connection: Connection, grant_id: str) -> Iterable[Use]:
    query = (
        select(
            redemptions.c.id,
            redemptions.c.merchant_id,
            redemptions.c.request_key,
            redemptions.c.used_at,
            redemptions.c.worth_fen,
        )
        .where(redemptions.c.grant_id == grant_id)
        .order_by(redemptions.c.used_at, redemptions.c.id)
    )
    for row in connection.execute(query):
        yield Use(*row)
