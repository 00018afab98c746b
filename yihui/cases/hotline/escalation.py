"""What the clocks of cases make due: escalations, the end of a suspension, the end of the storing of callers' data."""

from contextlib import suppress
from functools import partial

from core.faults import FaultError
from events.retries import run_in_transaction
from members.hotline.case import CaseState, HotlineCase
from members.hotline.clocks import find_due_escalations, is_suspension_over
from members.hotline.repository import (
    CaseQuery,
    calendar,
    find_stale_cases,
    list_cases,
    record_deadlines,
)
from yihui.access.actor import Actor, ActorKind
from yihui.access.decide import AUTHORISATION_FAULTS, Refusal
from yihui.bootstrap import Wiring
from yihui.cases.hotline.callers import delete_old_caller_data
from yihui.cases.hotline.cases import ESCALATE, RESUME
from yihui.cases.hotline.forms import EscalationForm
from yihui.frame.doing import ActRequest, ThingChangedError, do_act
from yihui.frame.types import Form

HOTLINE_JOB = Actor("job:hotline", "job:hotline", ActorKind.JOB)


def run_hotline_escalation(wiring: Wiring) -> int:
    """Resume cases whose suspension is over, escalate what is due, and return how many escalations there were."""
    record_case_deadlines(wiring)
    resume_ended_suspensions(wiring)
    return len(escalate_cases(wiring, HOTLINE_JOB))


def run_hotline_retention(wiring: Wiring) -> None:
    """Delete callers' data that were stored long enough."""
    delete_old_caller_data(wiring, HOTLINE_JOB, rewrite=False)


def escalate_cases(wiring: Wiring, actor: Actor) -> list[int]:
    """Pass every case whose time is nearly or quite over one level up, each share of each clock exactly once.

    Several processes may call this at once: each escalation is about the version that was read, and of two that
    read the same one is refused. Return the number of the case of each escalation.

    *Raises*: FaultError, the first one, after all other cases were tried; cases of others are left to them.
    """
    now, table = wiring.now(), calendar()
    done: list[int] = []
    refused: FaultError | None = None
    for case in _list_oldest_first(wiring, CaseQuery(only_open=True)):
        try:
            for step, (clock, percent) in enumerate(find_due_escalations(case, table, now)):
                form = EscalationForm(clock=clock.id, percent=percent)
                do_act(wiring, actor, ESCALATE, ActRequest(case.number, case.version + step), form)
                done.append(case.number)
        except ThingChangedError:  # the next run sees what it became
            continue
        except FaultError as error:
            is_anothers = error.code == f"{AUTHORISATION_FAULTS.area}.{Refusal.ELSEWHERE}"
            refused = refused if is_anothers else refused or error
    if refused is not None:
        raise refused
    return done


def record_case_deadlines(wiring: Wiring) -> None:
    """Record the deadlines of open cases, and what they add to the rates, by today's table of work-days."""
    from benefits.model.chunks import chunks

    with wiring.database.read() as connection:
        open_cases = list_cases(connection, CaseQuery(only_open=True))
        stale = find_stale_cases(connection, open_cases)
    for some in chunks(stale):
        run_in_transaction(wiring.database, partial(record_deadlines, cases=some))


def resume_ended_suspensions(wiring: Wiring) -> list[int]:
    """Resume every case whose suspension is over; its clocks went on at that instant. Return their numbers."""
    now = wiring.now()
    suspended = _list_oldest_first(wiring, CaseQuery(state=CaseState.SUSPENDED))
    ended = [case for case in suspended if is_suspension_over(case, now)]
    for case in ended:
        with suppress(ThingChangedError):  # an officer was faster
            do_act(wiring, HOTLINE_JOB, RESUME, ActRequest(case.number, case.version), Form())
    return [case.number for case in ended]


def _list_oldest_first(wiring: Wiring, query: CaseQuery) -> list[HotlineCase]:
    with wiring.database.read() as connection:
        return list_cases(connection, query)[::-1]
