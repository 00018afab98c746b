"""What the hotline's clocks make due: escalations, and the end of the time for which callers' data are stored."""

from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.services.hotline.callers import delete_old_caller_data
from yihui.services.hotline.escalation import escalate_cases, record_case_deadlines, resume_ended_suspensions

HOTLINE_JOB = Actor("job:hotline", "job:hotline", ActorKind.JOB)


def run_hotline_escalation(wiring: Wiring) -> int:
    """Resume cases whose suspension is over, escalate what is due, and return how many escalations there were."""
    record_case_deadlines(wiring)
    resume_ended_suspensions(wiring, HOTLINE_JOB)
    return len(escalate_cases(wiring, HOTLINE_JOB))


def run_hotline_retention(wiring: Wiring) -> None:
    """Delete callers' data that were stored long enough."""
    delete_old_caller_data(wiring, HOTLINE_JOB, rewrite=False)
