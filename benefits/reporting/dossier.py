"""The full history of one grant: rule, acts, event, decision, transactions, payments, the bank's answers.

It contains no personal data.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, func, or_, select

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
from benefits.verification.grant import check_grant
from benefits.verification.seals import RowSeal, RowSeals, SealState
from core.faults import Fault, FaultTable
from core.text_marks import N_
from store import inbox

DOSSIER_FAULTS = FaultTable(
    "dossier",
    {
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
    rule: StoredRule | None
    acts: tuple[Act, ...]
    event: DossierEvent
    decision: DecisionExplanation
    seals: Mapping[str, RowSeal]
    waiting: int
    steps: tuple[PostedTransaction, ...]
    payments: tuple[PaymentAttempt, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class GrantHistory:
    """The transactions of a grant, in the order of writing, with its positions and state."""

    steps: tuple[PostedTransaction, ...]
    stands: tuple[tuple[str, GrantPosition], ...]
    standing: GrantStanding


def load_grant_history(connection: Connection, grant_id: str, member_id: str, today: date) -> GrantHistory:
    """Return what was posted for a grant, and its state on a day; nothing of it is checked."""
    own = [each for each in list_member_grants(connection, member_id) if each.id == grant_id]
    [held] = load_held_benefits(connection, own, today)
    steps = tuple(_steps(connection, grant_id))
    return GrantHistory(steps, tuple(sorted(held.facts.positions.items())), held.stands)


def _steps(connection: Connection, grant_id: str) -> Iterable[PostedTransaction]:
    """Yield what was posted for a grant, in the order of writing."""
    rows = connection.execute(
        select(transactions).where(
            or_(
                transactions.c.id == grant_id,  # the promise; the index of the others is without promises
                and_(transactions.c.grant_id == grant_id, transactions.c.kind != "promise"),
            )
        ).order_by(transactions.c.recorded_at, transactions.c.id)
    ).all()  # fmt: skip
    lines = _lines(connection, [each.id for each in rows])
    for each in sorted(rows, key=lambda each: _first_line(lines.get(each.id, ()))):
        yield PostedTransaction(
            each.id,
            each.kind,
            each.occurred_on,
            each.recorded_at,
            each.reason,
            each.act_id,
            lines.get(each.id, ()),
        )


def load_dossier(connection: Connection, grant_id: str) -> Dossier:
    """Return the dossier of a grant, checked. *Raises*: ActRefused without a decision."""
    deciding = select(grants.c.decision_id).where(grants.c.id == grant_id).scalar_subquery()
    row = connection.execute(select(decisions).where(decisions.c.id == deciding)).one_or_none()
    if row is None:
        raise ActRefused(DOSSIER_FAULTS.build("no_decision", field="key", value=grant_id))
    found = explain_decisions(connection, row.member_id, rule_id=row.rule_id, on=row.occurred_on)
    decision = next(each for each in found if each.id == row.id)
    proof = check_grant(connection, grant_id)
    steps = tuple(_steps(connection, grant_id))
    seals = {step.id: _seal(proof.seals, step.id, "transactions", "grants", "slots") for step in steps}
    seals[row.id] = _seal(proof.seals, row.id, "decisions", "entries", "waiting_list")
    return Dossier(
        grant_id,
        load_stored_rules(connection, [row.rule_hash]).get(row.rule_hash),
        tuple(act for act in list_acts(connection, row.rule_id) if row.rule_hash in (act.before, act.after)),
        _event(connection, decision),
        decision,
        seals,
        sum(seal.state == "waiting" for seal in proof.seals.values()),
        steps,
        tuple(_payments(connection, grant_id)),
        proof.faults,
    )


def find_marked_grant(connection: Connection, mark: str) -> str | None:
    """Return the grant that a mark leads to: its id, our reference of a payment, the bank's number, a posting's number.

    *Raises*: ActRefused if the bank's number is that of payments of several grants.
    """
    order, answer = payout_orders.c, payout_answers.c
    of_bank = select(order.grant_id).join(payout_answers, answer.reference == order.reference)
    queries = [
        select(grants.c.id).where(grants.c.id == mark),
        select(order.grant_id).where(order.reference == mark),
        of_bank.where(answer.bank_reference == mark, answer.bank_reference != ""),
    ]
    if mark.isascii() and mark.isdecimal() and len(mark) < 19:
        posted = select(func.coalesce(transactions.c.grant_id, transactions.c.id)).join(
            postings, postings.c.transaction_id == transactions.c.id
        )
        queries.append(
            select(grants.c.id).where(grants.c.id.in_(posted.where(postings.c.sequence == int(mark))))
        )
    for query in queries:
        found = set[str](connection.execute(query).scalars())
        if len(found) > 1:
            raise ActRefused(DOSSIER_FAULTS.build("several", field="key", value=mark[:80]))
        if found:
            return found.pop()
    return None


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
