"""The waiting lists of rules."""

from typing import get_args

from sqlalchemy import Connection

from benefits import WaitingListEntry, list_waiting_entries
from benefits.draws.repricing import WaitingChoice, record_waiting_choice
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.acts import record_act
from events.sweeping import SweepResult
from yihui.bootstrap import Wiring
from yihui.services.ledger.sealing import seal_pending
from yihui.services.members.unknown_ids import unknown_rule_fault
from yihui.services.operation.upkeep import run_upkeep
from yihui.services.rules.life import RuleService, acting_officer

WAITING_FAULTS = FaultTable(
    "waiting_choice",
    {
        "unknown_choice": (N_("{value} is no choice"), N_("write keep or reprice")),
        "not_asked": (
            N_("the version of {value} in force today asks no officer about those who wait"),
            N_("only a version with on_change: {{waiting: ask}} does"),
        ),
    },
)


def decide_waiting_values(wiring: Wiring, rule: str, choice: str, who: str, reason: str) -> None:
    """Record which value those who wait get of the version in force, if it asks. *Raises*: FaultError."""
    choices: dict[str, WaitingChoice] = {word: word for word in get_args(WaitingChoice)}
    if choice not in choices:
        raise FaultError(WAITING_FAULTS.build("unknown_choice", field="CHOICE", value=choice))

    def act(connection: Connection, version: str | None) -> None:
        officer = acting_officer(wiring, who, reason)
        known = wiring.rulebook.in_force(connection).versions(rule)
        today = civil_date(wiring.now())
        held = [one for one in known if one.hash == version and one.definition.in_force.holds(today)]
        asks = [one for one in held if one.definition.on_change and one.definition.on_change.waiting == "ask"]
        if not asks:
            raise FaultError(WAITING_FAULTS.build("not_asked", field="rule", value=rule))
        record_waiting_choice(connection, officer, asks[0], choices[choice])
        terms = {"rule": rule, "version": version, "choice": choice, "by": officer.who, "reason": reason}
        record_act(connection, "reprice", officer.at, **terms)

    RuleService(wiring).act_on_rule(rule, act)


def list_rule_waiting_entries(wiring: Wiring, rule: str) -> list[WaitingListEntry]:
    """List who waits for a rule's places, in order. *Raises*: FaultError for an unknown rule."""
    with wiring.database.read() as connection:
        found = list_waiting_entries(connection, rule)
    if not found and rule not in {known.id for known in wiring.library.rules}:
        raise FaultError([unknown_rule_fault(wiring.library, rule, wiring.language)])
    return found


def move_up_and_seal(wiring: Wiring) -> SweepResult:
    """Let lapse what was not claimed in time, give free places to whoever waits longest, and seal."""
    done = run_upkeep(wiring)
    seal_pending(wiring)
    return done
