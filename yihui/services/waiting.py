"""The waiting lists of rules."""

from benefits import WaitingListEntry, list_waiting_entries
from core.faults import FaultError
from events.sweeping import SweepResult
from yihui.bootstrap import Wiring
from yihui.services.sealing import seal_pending
from yihui.services.unknown_ids import unknown_rule_fault
from yihui.services.upkeep import run_upkeep


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
