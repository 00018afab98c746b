"""Resume a stopped rule: decide its held events in order, in the transaction that resumes the rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

import benefits
from benefits import HeldEvent, Officer, RuleStop, Ruling
from events import dead_letters
from events.applications import load_application_batch
from events.clawbacks import claw_back_for_events, lock_clawback_grants
from events.dead_letters import DeadLetter
from events.envelope import Event, InvalidEvent, parse_event
from events.organisations import load_history_lineages
from events.pipeline import evaluate_event
from members import read_member_changes
from rules import Decision, EventFacts, RuleLibrary

_AT_ONCE = 500


@dataclass(slots=True)
class ResumeResult:
    """The result of resuming a rule. ``out_of_scope`` counts events that the rule no longer applies to."""

    stop: RuleStop
    decided: int = 0
    out_of_scope: int = 0
    dead_letters: list[DeadLetter] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)


def resume_rule(
    connection: Connection,
    officer: Officer,
    rule_id: str,
    library: Callable[[Connection], RuleLibrary],
    version: str | None = None,
) -> ResumeResult:
    """Resume a rule and decide its held events under the version in force on the day of each event.

    All of this is one transaction, so that later events cannot overtake held ones. Each event is decided
    on the facts of its member that had arrived when it was held.

    *Raises*: ActRefused if the rule is not stopped.
    """
    resumed = ResumeResult(benefits.lift_rule_stop(connection, officer, rule_id, version))
    rules = library(connection)
    for portion in benefits.iter_held_events(connection, rule_id, _AT_ONCE):
        _decide(connection, rule_id, portion, rules, officer.at, resumed)
        benefits.release_held_events(connection, portion, officer.at)
    dead_letters.record_dead_letters(connection, resumed.dead_letters)
    return resumed


def _decide(
    connection: Connection,
    rule_id: str,
    portion: Sequence[HeldEvent],
    rules: RuleLibrary,
    now: datetime,
    resumed: ResumeResult,
) -> None:
    read = [(held, parse_event(held.event, now)) for held in portion]
    events = [event for _, event in read if isinstance(event, Event)]
    histories = read_member_changes(connection, {event.subject for event in events})
    lineages = load_history_lineages(connection, histories.values())
    applications = load_application_batch(events, connection)
    decided: list[tuple[EventFacts, Decision]] = []
    for held, event in read:
        if isinstance(event, InvalidEvent):
            resumed.dead_letters.append(
                dead_letters.build_dead_letter(event, event.faults, f"held:{rule_id}", now)
            )
            continue
        history = histories[event.subject][: held.changes_known]
        made = evaluate_event(event, history, applications, rules, lineages)
        own = [pair for pair in made if pair[1].rule_id == rule_id]
        resumed.out_of_scope += not own
        decided += own
    benefits.store_rules(connection, {made.rule_hash for _, made in decided}, rules.rules, now)
    lock_clawback_grants(connection, events)
    rulings = benefits.admit_and_record(connection, decided, now)
    claw_back_for_events(connection, events, rulings, now)
    resumed.decided += len(rulings)
    resumed.rulings += rulings
