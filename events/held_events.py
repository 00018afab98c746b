"""A stopped rule goes on: what was held for it is decided in order, in the transaction that lets it go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

import benefits
from benefits import Held, Officer, Ruling, Stop
from events import dead_letters
from events.applications import application_desk
from events.clawbacks import claw_back, lock_first
from events.dead_letters import DeadLetter
from events.envelope import Event, Unreadable, read_event
from events.pipeline import decisions_on
from members import read_changes
from rules import Decision, EventFacts, Library

_AT_ONCE = 500


@dataclass(slots=True)
class Resumed:
    """What became of what was held. ``silent`` events the rule doesn't look at any more."""

    stop: Stop
    decided: int = 0
    silent: int = 0
    letters: list[DeadLetter] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)


def resume(
    connection: Connection,
    officer: Officer,
    rule_id: str,
    library: Callable[[Connection], Library],
    version: str | None = None,
) -> Resumed:
    """Let a rule go on and decide what was held, under the version in force on the day of each event.

    All in this transaction: what comes later can't overtake what waited. Each event is decided on
    what had arrived of its member when it was held.

    *Raises*: ActRefused where the rule isn't stopped.
    """
    resumed = Resumed(benefits.lift_stop(connection, officer, rule_id, version))
    rules = library(connection)
    for portion in benefits.held_for(connection, rule_id, _AT_ONCE):
        _decide(connection, rule_id, portion, rules, officer.at, resumed)
        benefits.release(connection, portion, officer.at)
    dead_letters.record(connection, resumed.letters)
    return resumed


def _decide(
    connection: Connection,
    rule_id: str,
    portion: Sequence[Held],
    rules: Library,
    now: datetime,
    resumed: Resumed,
) -> None:
    read = [(held, read_event(held.event, now)) for held in portion]
    events = [event for _, event in read if isinstance(event, Event)]
    histories = read_changes(connection, {event.subject for event in events})
    applications = application_desk(events, connection)
    decided: list[tuple[EventFacts, Decision]] = []
    for held, event in read:
        if isinstance(event, Unreadable):
            resumed.letters.append(dead_letters.letter(event, event.faults, f"held:{rule_id}", now))
            continue
        history = histories[event.subject][: held.changes_known]
        made = decisions_on(event, history, applications, rules)
        own = [pair for pair in made if pair[1].rule_id == rule_id]
        resumed.silent += not own
        decided += own
    benefits.keep_rules(connection, {made.rule_hash for _, made in decided}, rules.rules, now)
    lock_first(connection, events)
    rulings = benefits.admit_and_record(connection, decided, now)
    claw_back(connection, events, rulings, now)
    resumed.decided += len(rulings)
    resumed.rulings += rulings
