"""A decision taken anew, because a member appealed: the same event, the rule in force on its day, the
facts as they are known now, through the same admission; linked to the old one and never beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Connection, RowMapping, select

import benefits
from benefits import ActRefused, Answer, Appeal, Officer, Ruling, Wrong
from benefits.draws.redated_terms import dated_anew
from benefits.tables.decisions import decisions, grants
from benefits.tables.rulebook import reversals
from events.applications import application_desk
from events.clawbacks import claw_back
from events.envelope import Event, read_event
from events.pipeline import decisions_on
from events.tables import journal
from members import read_changes
from rules import Decision, Demand, EventFacts, Library

N_ = str  # marks a text for the message catalogue

_STANDS = ("granted", "entered", "waiting")


@dataclass(frozen=True, slots=True)
class Redecided:
    """What came of an appeal that was upheld; ``taken_back_fen`` is what the old decision had granted."""

    appeal: Appeal
    answer: Answer
    ruling: Ruling
    taken_back_fen: int = 0


def redecide(
    connection: Connection, officer: Officer, appeal_id: str, library: Callable[[Connection], Library]
) -> Redecided:
    """Uphold an appeal: take the decision anew and write both down, in this transaction.

    What the old decision granted is taken back first. Terms that run from the grant run from today.

    *Raises*: ActRefused where it can't be decided anew, or where the member would get less than he has.
    """
    officer.with_reason()
    benefits.alone(connection)
    appeal = benefits.open_appeal(connection, appeal_id)
    rows = _of_one_event(connection, appeal.decision_id)
    old = next(row for row in rows if row["id"] == appeal.decision_id)
    _check_stop(connection, old["rule_id"])
    before_fen = _clear(connection, officer, old, rows)
    rules = library(connection)
    facts, decision = _decide(connection, old, rules, officer.at)
    benefits.keep_rules(connection, {decision.rule_hash}, rules.rules, officer.at)
    decision = _from_today(connection, _beside_rivals(decision), officer.today)
    (ruling,) = benefits.admit_and_record(
        connection, [(facts, decision)], officer.at, lambda *_: again_id(appeal.id)
    )
    _check_not_worse(ruling, before_fen)
    claw_back(connection, (), [ruling], officer.at)
    answer = benefits.record_answer(connection, officer, appeal, "upheld", ruling.id)
    return Redecided(appeal, answer, ruling, before_fen or 0)


def again_id(appeal_id: str) -> str:
    """The id of the decision that an appeal brings about: the same on every runner."""
    return sha256(f"again\0{appeal_id}".encode()).hexdigest()[:40]


def _of_one_event(connection: Connection, decision_id: str) -> Sequence[RowMapping]:
    """All that the rule ever decided on the event: the first time, and anew."""
    old = select(decisions).where(decisions.c.id == decision_id).subquery()
    query = (
        select(decisions, reversals.c.id.label("taken_back"))
        .join(old, (decisions.c.member_id == old.c.member_id) & (decisions.c.rule_id == old.c.rule_id))
        .outerjoin(reversals, reversals.c.grant_id == decisions.c.id)
        .where(decisions.c.source == old.c.source, decisions.c.event_id == old.c.event_id)
    )
    return connection.execute(query).mappings().all()


def _check_stop(connection: Connection, rule_id: str) -> None:
    stop = benefits.stops(connection).get(rule_id)
    if stop is not None:
        raise ActRefused(
            N_("the rule {value} is stopped since {day}: {reason}"),
            N_("answer the appeal when the rule goes on"),
            "appeal",
            rule_id,
            day=stop.day.isoformat(),
            reason=stop.reason,
        )


def _clear(
    connection: Connection, officer: Officer, old: RowMapping, rows: Sequence[RowMapping]
) -> int | None:
    """Take back what the old decision granted; gives its worth in fen, None where it had granted nothing."""
    standing = [row for row in rows if row["outcome"] in _STANDS and row["taken_back"] is None]
    if not standing:
        return None
    (row,) = standing
    if row["id"] != old["id"] or row["outcome"] != "granted":
        raise ActRefused(
            N_("this event was decided already in the member's favour ({outcome}): decision {value}"),
            N_("reject the appeal, or let the member appeal against that decision"),
            "appeal",
            row["id"],
            outcome=row["outcome"],
        )
    done = benefits.reverse(connection, officer, Wrong(old["rule_id"], decision=old["id"]))
    if _is_left(connection, old["id"]):
        raise ActRefused(
            N_("what decision {value} granted was used, paid or expired in part already"),
            N_("it can't be decided anew; grant the difference under a rule of its own"),
            "appeal",
            old["id"],
        )
    return done.amount_fen


def _is_left(connection: Connection, decision_id: str) -> bool:
    """Whether anything that a decision granted could not be taken back whole."""
    left = (
        select(grants.c.id)
        .outerjoin(reversals, reversals.c.grant_id == grants.c.id)
        .where(grants.c.decision_id == decision_id, reversals.c.id.is_(None))
    )
    return bool(connection.execute(select(left.exists())).scalar_one())


def _decide(
    connection: Connection, old: RowMapping, library: Library, now: datetime
) -> tuple[EventFacts, Decision]:
    event = _event(connection, old, now)
    history = read_changes(connection, [event.subject])[event.subject]
    made = decisions_on(event, history, application_desk([event], connection), library)
    for pair in made:
        if pair[1].rule_id == old["rule_id"]:
            return pair
    raise ActRefused(
        N_("by what is known now, the rule {value} does not look at this member on {day}"),
        N_("correct the member's organisation or the rule, or reject the appeal"),
        "appeal",
        old["rule_id"],
        day=old["occurred_on"].isoformat(),
    )


def _event(connection: Connection, old: RowMapping, now: datetime) -> Event:
    query = select(journal.c.event).where(
        journal.c.source == old["source"], journal.c.event_id == old["event_id"]
    )
    text = connection.execute(query).scalar_one_or_none()
    event = read_event(text, now) if text else None
    if not isinstance(event, Event):
        raise ActRefused(
            N_("the event of decision {value} was not kept, so that it can't be decided anew"),
            N_("let whoever sent the event send it again under a new id, then reject the appeal"),
            "appeal",
            old["id"],
        )
    return event


def _beside_rivals(decision: Decision) -> Decision:
    """What a rival was granted on that day stands against it, as it did then."""
    day = decision.occurred_on
    demands = tuple(
        Demand("not_with", rival.rule, False, day, day, rival.otherwise, rival.remedy)
        for rival in decision.rivals
    )
    return replace(decision, demands=(*decision.demands, *demands), rivals=())


def _from_today(connection: Connection, decision: Decision, today: date) -> Decision:
    """A benefit that is granted late must not be over when it is granted."""
    (later,) = dated_anew(connection, [decision], today)
    return replace(decision, benefits=later.benefits)


def _check_not_worse(ruling: Ruling, before_fen: int | None) -> None:
    if before_fen is None:
        return
    would_be = ruling.decision.amount_fen if ruling.outcome == "granted" else 0
    if would_be <= before_fen:
        raise ActRefused(
            N_("decided anew it would be worth {value} fen, the member has {before} fen"),
            N_("correct the facts first, or reject the appeal; nothing was changed"),
            "appeal",
            str(would_be),
            before=str(before_fen),
        )
