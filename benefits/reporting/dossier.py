"""The full history of one grant: rule, acts, event, decision, transactions, payments, the bank's answers.

A dossier is found by a payment's reference, a grant's id or a posting's number. It contains no personal
data.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, or_, select

from benefits.ledger.positions import GrantPosition
from benefits.officer_acts import Act, list_acts
from benefits.officers import ActRefused
from benefits.payout.batches import (
    BankAnswer,
    PaymentOrder,
    PayoutBatch,
    list_grant_orders,
    load_bank_answers,
    load_payout_batch,
)
from benefits.reporting.grant_standing import GrantStanding, load_held_benefits
from benefits.reporting.member_benefits import DecisionExplanation, explain_decisions, list_member_grants
from benefits.reporting.rule_versions import StoredRule, load_stored_rules
from benefits.tables.decisions import decisions, grants, postings
from benefits.tables.payout import payout_answers, payout_orders
from benefits.tables.transactions import transactions
from benefits.tables.vouchers import redemptions
from benefits.verification.grant import check_grant
from benefits.verification.seals import RowSeal, RowSeals, SealState
from core.faults import Fault, FaultTable
from core.text_marks import N_
from store import inbox

DOSSIER_FAULTS = FaultTable(
    "dossier",
    {
        "unknown": (
            N_("nothing in the ledger has this mark: {value}"),
            N_("give a payment's reference such as PB000001-000001, a grant's id, or a posting's number"),
        ),
        "no_decision": (
            N_("the decision that gave {value} is not in the ledger: somebody removed it"),
            N_("run `yihui ledger verify`, and restore the database from a backup"),
        ),
        "several": (
            N_("several payments have this mark: {value}"),
            N_("give our own reference, such as PB000001-000001"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class DossierKey:
    """The key of a dossier; exactly one field is set. ``payment`` is our reference or the bank's number."""

    payment: str | None = None
    grant: str | None = None
    posting: int | None = None


@dataclass(frozen=True, slots=True)
class PostingLine:
    """One posting. ``sequence`` is its number in the ledger."""

    sequence: int
    account: str
    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class PostedTransaction:
    """One transaction with its lines."""

    id: str
    kind: str
    occurred_on: date
    recorded_at: datetime
    reason: str
    act_id: str | None
    lines: tuple[PostingLine, ...]


@dataclass(frozen=True, slots=True)
class PaymentAttempt:
    """One attempt to pay the grant by bank, with all answers of the bank."""

    batch: PayoutBatch
    order: PaymentOrder
    answers: tuple[BankAnswer, ...]


@dataclass(frozen=True, slots=True)
class MerchantUse:
    """One use of the grant at a merchant."""

    id: str
    merchant: str
    number: str
    used_at: datetime
    worth_fen: int


@dataclass(frozen=True, slots=True)
class DossierEvent:
    """The event that the decision is about.

    ``digest`` is that of the event as it was received; None if it didn't arrive through the inbox.
    """

    source: str
    id: str
    type: str
    occurred_on: date
    digest: str | None
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """The full history of a grant.

    ``faults`` are the rows that disagree with each other or with their seals, ``waiting`` counts the rows that have
    no seal yet; ``seals`` are those of the decision and of each step, by id. ``rule`` is the version that decided;
    ``acts`` are the officers' acts that put it into force or ended it.
    """

    grant_id: str
    part: str
    member_id: str
    title: str
    kind: str
    amount_fen: int
    granted_on: date
    rule: StoredRule | None
    acts: tuple[Act, ...]
    event: DossierEvent
    decision: DecisionExplanation
    seals: Mapping[str, RowSeal]
    waiting: int
    steps: tuple[PostedTransaction, ...]
    payments: tuple[PaymentAttempt, ...]
    uses: tuple[MerchantUse, ...]
    stands: tuple[tuple[str, GrantPosition], ...]
    standing: GrantStanding
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class GrantHistory:
    """The transactions of a grant, in the order of writing, with its positions and state."""

    steps: tuple[PostedTransaction, ...]
    stands: tuple[tuple[str, GrantPosition], ...]
    standing: GrantStanding


def load_grant_history(connection: Connection, grant_id: str, member_id: str, today: date) -> GrantHistory:
    """Return what was posted for a grant, and its state on a day; nothing of it is checked."""
    rows = connection.execute(
        select(transactions).where(
            or_(
                transactions.c.id == grant_id,  # the promise; the index of the others is without promises
                and_(transactions.c.grant_id == grant_id, transactions.c.kind != "promise"),
            )
        ).order_by(transactions.c.recorded_at, transactions.c.id)
    ).all()  # fmt: skip
    lines = _lines(connection, [each.id for each in rows])
    own = [each for each in list_member_grants(connection, member_id) if each.id == grant_id]
    [held] = load_held_benefits(connection, own, today)
    steps = tuple(
        PostedTransaction(
            each.id,
            each.kind,
            each.occurred_on,
            each.recorded_at,
            each.reason,
            each.act_id,
            lines.get(each.id, ()),
        )
        for each in sorted(rows, key=lambda each: _first_line(lines.get(each.id, ())))
    )
    return GrantHistory(steps, tuple(sorted(held.facts.positions.items())), held.stands)


def load_dossier(connection: Connection, grant_id: str, today: date) -> Dossier:
    """Return the dossier of a grant, checked, with its state on a day. *Raises*: ActRefused without a decision."""
    grant = connection.execute(select(grants).where(grants.c.id == grant_id)).mappings().one()
    row = connection.execute(select(decisions).where(decisions.c.id == grant["decision_id"])).one_or_none()
    if row is None:
        raise ActRefused(DOSSIER_FAULTS.build("no_decision", field="--grant", value=grant_id))
    found = explain_decisions(connection, row.member_id, rule_id=row.rule_id, on=row.occurred_on)
    decision = next(each for each in found if each.id == row.id)
    proof = check_grant(connection, grant_id)
    history = load_grant_history(connection, grant_id, grant["member_id"], today)
    seals = {
        step.id: _seal(proof.seals, step.id, "transactions", "grants", "slots") for step in history.steps
    }
    seals[row.id] = _seal(proof.seals, row.id, "decisions", "entries", "waiting_list")
    return Dossier(
        grant_id,
        grant["part"],
        grant["member_id"],
        grant["title"],
        grant["kind"],
        grant["amount_fen"],
        grant["granted_on"],
        load_stored_rules(connection, [row.rule_hash]).get(row.rule_hash),
        tuple(act for act in list_acts(connection, row.rule_id) if row.rule_hash in (act.before, act.after)),
        _event(connection, decision),
        decision,
        seals,
        sum(seal.state == "waiting" for seal in proof.seals.values()),
        history.steps,
        tuple(_payments(connection, grant_id)),
        tuple(_uses(connection, grant_id)),
        history.stands,
        history.standing,
        proof.faults,
    )


def find_marked_grant(connection: Connection, mark: DossierKey) -> tuple[str, str]:
    """Return the grant that a key leads to, and its member. *Raises*: ActRefused if there is none, or several."""
    grant_id = _grant_of(connection, mark)
    member = select(grants.c.member_id).where(grants.c.id == grant_id)
    return grant_id, connection.execute(member).scalar_one()


def _grant_of(connection: Connection, mark: DossierKey) -> str:
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
    """Return the grant paid under our reference, or else under the bank's own number."""
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
        raise ActRefused(DOSSIER_FAULTS.build("unknown", field=field, value=value[:80]))
    if len(ids) > 1:
        raise ActRefused(DOSSIER_FAULTS.build("several", field=field, value=value[:80]))
    return ids[0]


def _lines(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[PostingLine, ...]]:
    query = select(postings).where(postings.c.transaction_id.in_(sorted(ids)))
    found: dict[str, tuple[PostingLine, ...]] = {}
    for row in connection.execute(query.order_by(postings.c.transaction_id, postings.c.line)):
        line = PostingLine(row.sequence, row.account, row.amount, row.unit)
        found[row.transaction_id] = (*found.get(row.transaction_id, ()), line)
    return found


def _first_line(lines: Sequence[PostingLine]) -> int:
    """Return the sequence number of the first posting: postings are numbered in the order of writing."""
    return lines[0].sequence if lines else 0


_WORST_FIRST: tuple[SealState, ...] = ("changed", "none", "waiting", "sealed")


def _seal(sealed: RowSeals, id_: str, *tables: str) -> RowSeal:
    """Return how the rows of one id are sealed: the first one's link, and whether any was changed."""
    found = [seal for table in tables if (seal := sealed.get((table, id_))) is not None]
    states = {seal.state for seal in found}
    state: SealState = next((one for one in _WORST_FIRST if one in states), "none")
    return RowSeal(state, found[0].link if found else None)


def _event(connection: Connection, decision: DecisionExplanation) -> DossierEvent:
    kept = connection.execute(
        select(inbox.c.digest, inbox.c.recorded_at).where(
            inbox.c.source == decision.event_source, inbox.c.id == decision.event_id
        )
    ).one_or_none()
    return DossierEvent(
        decision.event_source,
        decision.event_id,
        decision.event_type,
        decision.occurred_on,
        kept.digest if kept else None,
        kept.recorded_at if kept else None,
    )


def _payments(connection: Connection, grant_id: str) -> Iterable[PaymentAttempt]:
    orders = list_grant_orders(connection, grant_id)
    answers = load_bank_answers(connection, [order.reference for _, order in orders])
    for batch_id, order in orders:
        yield PaymentAttempt(
            load_payout_batch(connection, batch_id), order, tuple(answers.get(order.reference, ()))
        )


def _uses(connection: Connection, grant_id: str) -> Iterable[MerchantUse]:
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
        yield MerchantUse(*row)
