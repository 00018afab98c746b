"""Admit decisions within their bounds and record every ruling; every grant goes through this module.

Everything runs in the caller's transaction. Grants are admitted first come, first served: in commit
order, and within a batch in the order of arrival.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection

from benefits.ledger.bounds import Bounds, peek_bounds, read_bounds, record_waiting_lines
from benefits.ledger.explanation_forms import store_explanation_forms
from benefits.ledger.rows import (
    claim_slot_row,
    decision_row,
    due_slot_rows,
    entry_row,
    grant_rows,
    posting_rows,
    ruling_outbox_row,
    transaction_rows,
    waiting_row,
)
from benefits.messages.explanation import admission_reasons, condition_reasons
from benefits.model.ruling import Ruling, grant_part_id, ruling_id
from benefits.tables.decisions import decisions, entries, grants, postings, waiting_list
from benefits.tables.draws import claim_slots
from benefits.tables.transactions import transactions
from benefits.tables.vouchers import due_slots
from rules import (
    Decision,
    EventFacts,
    budget_key,
    quota_key_of,
    settle_decisions,
    waiting_line_key,
    waiting_list_key,
)
from store import OUTBOX_BATCHES, append_batch, append_rows, enqueue_for_sealing

DecidedEvent = tuple[EventFacts, Decision]
RulingIdFunction = Callable[[EventFacts, str], str]  # event, rule → the decision's id


def admit_and_record(
    connection: Connection,
    decided: Sequence[DecidedEvent],
    now: datetime,
    id_of: RulingIdFunction = ruling_id,
    *,
    has_forms: bool = False,
) -> list[Ruling]:
    """Turn decisions into rulings and record them: decision, grants, postings, slots, outbox.

    ``id_of`` computes the id of a new decision on an event that was decided before. ``has_forms``: the caller
    has stored the forms of the decisions' explanations.

    *Raises*: StoreError (through the connection); then nothing of the batch has happened.
    """
    if not has_forms:
        store_explanation_forms(connection, [decision for _, decision in decided])
    bounds = read_bounds(connection, [decision for _, decision in decided])
    rulings = _admit(decided, bounds, id_of)
    _record(connection, rulings, now)
    bounds.write(connection, [ruling for ruling in rulings if ruling.outcome == "granted"])
    return rulings


def forecast_rulings(connection: Connection, decided: Sequence[DecidedEvent]) -> list[Ruling]:
    """Return the rulings to which decisions would come as the ledger stands; nothing is locked or recorded."""
    return _admit(decided, peek_bounds(connection, [decision for _, decision in decided]), ruling_id)


def _admit(decided: Sequence[DecidedEvent], bounds: Bounds, id_of: RulingIdFunction) -> list[Ruling]:
    return [
        ruling
        for _, made in groupby(decided, key=_event_key)
        for ruling in _on_one_event([*made], bounds, id_of)
    ]


def _event_key(pair: DecidedEvent) -> tuple[str, str]:
    return pair[0].source, pair[0].id


def _on_one_event(
    decided: Sequence[DecidedEvent], bounds: Bounds, id_of: RulingIdFunction
) -> Iterator[Ruling]:
    """Admit the decisions on one event in their order; what one takes is taken for the next."""
    admissions = settle_decisions([decision for _, decision in decided], bounds)
    for (event, decision), admission in zip(decided, admissions, strict=True):
        id_ = id_of(event, decision.rule_id)
        if admission is None:
            yield Ruling(id_, event, decision, "refused", condition_reasons(decision))
        else:
            position = arrival = None
            if admission.outcome == "waiting":
                position = bounds.used(waiting_list_key(decision))
                arrival = bounds.used(waiting_line_key(decision))
            reasons = admission_reasons(admission)
            stood = _bounds(decision, bounds)
            decision = admission.of(decision)
            yield Ruling(
                id_, event, decision, admission.outcome, reasons, admission, position, stood, arrival
            )


def _bounds(decision: Decision, bounds: Bounds) -> dict[str, tuple[int, int | None]]:
    """Return how much of the budgets and places is used after an event, to explain it later."""
    keys = [budget_key(budget) for budget in decision.budgets]
    stood = {key: (bounds.used(key), bounds.ceiling(key)) for key in keys}
    for quota in decision.quotas:
        if decision.entry and not quota.size:
            continue  # a share of the participants, counted when the entries are fixed
        key = quota_key_of(decision, quota)
        stood[key] = (bounds.used(key), quota.size)
    return stood


def _record(connection: Connection, rulings: Sequence[Ruling], now: datetime) -> None:
    granted = [ruling for ruling in rulings if ruling.outcome == "granted"]
    append_rows(connection, decisions, [decision_row(ruling, now) for ruling in rulings])
    append_rows(connection, grants, [row for ruling in granted for row in grant_rows(ruling)])
    append_rows(
        connection, transactions, [row for ruling in granted for row in transaction_rows(ruling, now)]
    )
    append_rows(connection, postings, [row for ruling in granted for row in posting_rows(ruling, now)])
    claimable = [r for r in granted if any(due.claim_by for due in r.decision.benefits)]
    append_rows(connection, claim_slots, [claim_slot_row(ruling) for ruling in claimable])
    append_rows(connection, due_slots, [row for ruling in granted for row in due_slot_rows(ruling)])
    append_rows(connection, entries, [entry_row(r, now) for r in rulings if r.outcome == "entered"])
    record_waiting_lines(
        connection, [waiting_list_key(r.decision) for r in rulings if r.outcome == "waiting"]
    )
    append_rows(connection, waiting_list, [waiting_row(r, now) for r in rulings if r.outcome == "waiting"])
    append_batch(connection, OUTBOX_BATCHES, [ruling_outbox_row(ruling, now) for ruling in rulings], now)
    promises = [
        grant_part_id(r.id, n, due.name) for r in granted for n, due in enumerate(r.decision.benefits)
    ]
    written = {"decisions": [ruling.id for ruling in rulings], "transactions": promises}
    enqueue_for_sealing(connection, written, now)
