"""The waiting lists of rules."""

from sqlalchemy import Connection

from benefits.draws.waiting_list import WaitingChoice, record_waiting_choice
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.acts import record_act
from events.sweeping import SweepResult
from yihui.bootstrap import Wiring
from yihui.services.access.acting import acting_officer
from yihui.services.ledger.sealing import seal_pending
from yihui.services.operation.upkeep import run_upkeep
from yihui.services.rules.life import RuleService

WAITING_FAULTS = FaultTable(
    "waiting_choice",
    {
        "not_asked": (
            N_("the version of {value} in force today asks no officer about those who wait"),
            N_("only a version with on_change: {{waiting: ask}} does"),
        )
    },
)


def decide_waiting_values(wiring: Wiring, rule: str, choice: WaitingChoice, who: str, reason: str) -> None:
    """Record which value those who wait get of the version in force, if it asks. *Raises*: FaultError."""

    def act(connection: Connection, version: str | None) -> None:
        officer = acting_officer(wiring, who, reason)
        known = wiring.rulebook.in_force(connection).versions(rule)
        today = civil_date(wiring.now())
        held = [one for one in known if one.hash == version and one.definition.in_force.holds(today)]
        asks = [one for one in held if one.definition.on_change and one.definition.on_change.waiting == "ask"]
        if not asks:
            raise FaultError(WAITING_FAULTS.build("not_asked", field="rule", value=rule))
        record_waiting_choice(connection, officer, asks[0], choice)
        terms = {"rule": rule, "version": version, "choice": choice, "by": officer.who, "reason": reason}
        record_act(connection, "reprice", officer.at, **terms)

    RuleService(wiring).act_on_rule(rule, act)


def move_up_and_seal(wiring: Wiring) -> SweepResult:
    """Let lapse what was not claimed in time, give free places to whoever waits longest, and seal."""
    done = run_upkeep(wiring)
    seal_pending(wiring)
    return done
