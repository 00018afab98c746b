"""What the hotline's clocks make due: escalations, and the end of the time for which callers' data are stored."""

from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.services.hotline_callers import delete_old_caller_data
from yihui.services.hotline_escalation import escalate_cases

HOTLINE_JOB = Actor("job:hotline", "job:hotline", ActorKind.JOB)


def run_hotline_upkeep(wiring: Wiring) -> int:
    """Escalate what is due and delete what was stored long enough; return how many escalations there were."""
    done = len(escalate_cases(wiring, HOTLINE_JOB))
    delete_old_caller_data(wiring, HOTLINE_JOB, rewrite=False)
    return done
