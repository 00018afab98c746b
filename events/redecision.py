"""Decide an appealed event again, under the rule in force on its day and the facts known now.

The new decision goes through the same admission, is linked to the old one and replaces it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Connection, RowMapping, select

import benefits
from benefits import ActRefused, Officer, ReversalCriteria, Ruling, redate_decisions
from benefits.model.terms import ledger_terms
from benefits.tables.decisions import decisions, grants
from benefits.tables.rulebook import reversals
from core.faults import FaultTable
from core.money import format_yuan
from core.text_marks import N_
from events.applications import load_application_batch
from events.clawbacks import claw_back_for_events
from events.envelope import Event, parse_event
from events.organisations import load_history_lineages
from events.pipeline import evaluate_event
from events.tables import journal
from members import read_member_changes
from rules import Decision, EventFacts, GrantDependency, RuleLibrary

REDECISION_FAULTS = FaultTable(
    "redecision",
    {
        "stopped": (
            N_("the rule {value} is stopped since {day}: {reason}"),
            N_("answer the appeal when the rule goes on"),
        ),
        "decided_for_member": (
            N_("this event was decided already in the member's favour"),
            N_("reject the appeal, or let the member appeal against that decision"),
        ),
        "used": (
            N_("what was granted was used, paid or expired in part already"),
            N_("it can't be decided anew; grant the difference under a rule of its own"),
        ),
        "not_considered": (
            N_("by what is known now, the rule {value} does not look at this member on {day}"),
            N_("correct the member's organisation or the rule, or reject the appeal"),
        ),
        "no_event": (
            N_("the event was not kept, so that it can't be decided anew"),
            N_("let whoever sent the event send it again under a new id, then reject the appeal"),
        ),
        "not_better": (
            N_("decided anew it would be worth {value} yuan, the member has {before} yuan"),
            N_("correct the facts first, or reject the appeal; nothing was changed"),
        ),
    },
    ledger_terms,
)

_STANDS = ("granted", "entered", "waiting")


def redecide_appeal(
    connection: Connection, officer: Officer, appeal_id: str, library: Callable[[Connection], RuleLibrary]
) -> Ruling:
    """Uphold an appeal: decide the event again, record both decisions in this transaction, and return the new ruling.

    What the old decision granted is reversed first. Terms that run from the grant run from today.

    *Raises*: ActRefused if the event can't be decided again, or if the member would get less than before.
    """
    officer.require_reason()
    benefits.lock_rulebook_exclusive(connection)
    appeal = benefits.load_open_appeal(connection, appeal_id)
    rows = _of_one_event(connection, appeal.decision_id)
    old = next(row for row in rows if row["id"] == appeal.decision_id)
    _check_stop(connection, old["rule_id"])
    before_fen = _reverse_old_grant(connection, officer, old, rows)
    rules = library(connection)
    facts, decision = _decide(connection, old, rules, officer.at)
    benefits.store_rules(connection, {decision.rule_hash}, rules.rules, officer.at)
    decision = _from_today(connection, _beside_rivals(decision), officer.today)
    (ruling,) = benefits.admit_and_record(
        connection, [(facts, decision)], officer.at, lambda *_: redecision_id(appeal.id)
    )
    _check_not_worse(ruling, before_fen)
    claw_back_for_events(connection, (), [ruling], officer.at)
    benefits.record_appeal_answer(connection, officer, appeal, "upheld", ruling.id)
    return ruling


def redecision_id(appeal_id: str) -> str:
    """Return the id of the decision that an appeal leads to; it is the same in every process."""
    return sha256(f"again\0{appeal_id}".encode()).hexdigest()[:40]


def _of_one_event(connection: Connection, decision_id: str) -> Sequence[RowMapping]:
    """Return all decisions of the rule on the event: the first one and later ones."""
    old = select(decisions).where(decisions.c.id == decision_id).subquery()
    query = (
        select(decisions, reversals.c.id.label("taken_back"))
        .join(old, (decisions.c.member_id == old.c.member_id) & (decisions.c.rule_id == old.c.rule_id))
        .outerjoin(reversals, reversals.c.grant_id == decisions.c.id)
        .where(decisions.c.source == old.c.source, decisions.c.event_id == old.c.event_id)
    )
    return connection.execute(query).mappings().all()


def _check_stop(connection: Connection, rule_id: str) -> None:
    stop = benefits.read_rule_stops(connection).get(rule_id)
    if stop is not None:
        raise ActRefused(
            REDECISION_FAULTS.build(
                "stopped", field="appeal", value=rule_id, day=stop.day, reason=stop.reason
            )
        )


def _reverse_old_grant(
    connection: Connection, officer: Officer, old: RowMapping, rows: Sequence[RowMapping]
) -> int | None:
    """Reverse what the old decision granted; return its worth in fen, or None if it had granted nothing."""
    standing = [row for row in rows if row["outcome"] in _STANDS and row["taken_back"] is None]
    if not standing:
        return None
    (row,) = standing
    if row["id"] != old["id"] or row["outcome"] != "granted":
        raise ActRefused(
            REDECISION_FAULTS.build(
                "decided_for_member", field="appeal", value=row["id"], outcome=row["outcome"]
            )
        )
    done = benefits.apply_reversal(connection, officer, ReversalCriteria(old["rule_id"], decision=old["id"]))
    if _is_left(connection, old["id"]):
        raise ActRefused(REDECISION_FAULTS.build("used", field="appeal", value=old["id"]))
    return done.amount_fen


def _is_left(connection: Connection, decision_id: str) -> bool:
    """Return whether any grant of a decision could not be reversed in full."""
    left = (
        select(grants.c.id)
        .outerjoin(reversals, reversals.c.grant_id == grants.c.id)
        .where(grants.c.decision_id == decision_id, reversals.c.id.is_(None))
    )
    return bool(connection.execute(select(left.exists())).scalar_one())


def _decide(
    connection: Connection, old: RowMapping, library: RuleLibrary, now: datetime
) -> tuple[EventFacts, Decision]:
    event = _event(connection, old, now)
    history = read_member_changes(connection, [event.subject])[event.subject]
    lineages = load_history_lineages(connection, [history])
    applications = load_application_batch([event], connection)
    made = evaluate_event(event, history, applications, library, lineages)
    for pair in made:
        if pair[1].rule_id == old["rule_id"]:
            return pair
    raise ActRefused(
        REDECISION_FAULTS.build(
            "not_considered", field="appeal", value=old["rule_id"], day=old["occurred_on"]
        )
    )


def _event(connection: Connection, old: RowMapping, now: datetime) -> Event:
    query = select(journal.c.event).where(
        journal.c.source == old["source"], journal.c.event_id == old["event_id"]
    )
    text = connection.execute(query).scalar_one_or_none()
    event = parse_event(text, now) if text else None
    if not isinstance(event, Event):
        raise ActRefused(REDECISION_FAULTS.build("no_event", field="appeal", value=old["id"]))
    return event


def _beside_rivals(decision: Decision) -> Decision:
    """Add what a rival rule granted on that day as a demand, since it still excludes this benefit."""
    day = decision.occurred_on
    demands = tuple(
        GrantDependency("not_with", rival.rule, False, day, day, rival.otherwise, rival.remedy)
        for rival in decision.rivals
    )
    return replace(decision, demands=(*decision.demands, *demands), rivals=())


def _from_today(connection: Connection, decision: Decision, today: date) -> Decision:
    """Date the benefits from today: a benefit that is granted late must not have expired already."""
    (later,) = redate_decisions(connection, [decision], today)
    return replace(decision, benefits=later.benefits)


def _check_not_worse(ruling: Ruling, before_fen: int | None) -> None:
    if before_fen is None:
        return
    would_be = ruling.decision.amount_fen if ruling.outcome == "granted" else 0
    if would_be <= before_fen:
        raise ActRefused(
            REDECISION_FAULTS.build(
                "not_better", field="appeal", value=format_yuan(would_be), before=format_yuan(before_fen)
            )
        )
