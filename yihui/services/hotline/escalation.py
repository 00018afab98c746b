"""Pass cases whose time is nearly or quite over one level up, and resume those whose suspension is over."""

from datetime import date
from functools import partial

from sqlalchemy import Connection

from benefits.model.chunks import chunks
from core.civil_time import civil_date
from events.retries import run_in_transaction
from members import load_lineages, read_spans, span_on
from members.hotline.case import CaseAct, CaseState
from members.hotline.clocks import find_due_escalations
from members.hotline.repository import (
    calendar,
    find_stale_cases,
    fold_cases,
    list_open_numbers,
    record_deadlines,
)
from members.hotline.suspension import is_suspension_over
from yihui.access.actor import Actor
from yihui.access.decide import Decision
from yihui.bootstrap import Wiring
from yihui.services.access.history_acts import EventData, append_act
from yihui.services.hotline.cases import CASE, ActOnCase
from yihui.services.hotline.lists import require_case


def escalate_cases(wiring: Wiring, actor: Actor) -> list[tuple[int, EventData]]:
    """Pass every case whose time is nearly or quite over one level up, each share of each clock exactly once.

    Several processes may call this at once: the case's row is locked, and its history says what was done.
    """
    now, table = wiring.now(), calendar()
    with wiring.database.read() as connection:
        cases = fold_cases(connection, list_open_numbers(connection))
    due = [case.number for case in cases if any(find_due_escalations(case, table, now))]
    done: list[tuple[int, EventData]] = []
    for number in due:
        found = run_in_transaction(wiring.database, partial(_escalate, wiring, actor, number))
        done += [(number, data) for data in found]
    return done


def _escalate(wiring: Wiring, actor: Actor, number: int, connection: Connection) -> list[EventData]:
    now, table = wiring.now(), calendar()
    case = require_case(connection, number, lock=True)
    done: list[EventData] = []
    for clock, percent in list(find_due_escalations(case, table, now)):
        above = _list_above(connection, clock.unit, civil_date(now))
        made = sum(one.clock == clock.id for one in case.escalations)
        to = above[min(made, len(above) - 1)] if above else None
        data = {"clock": clock.id, "percent": percent, "unit": clock.unit, "to": to}
        wanted = ActOnCase(number, CaseAct.ESCALATE)
        case = append_act(connection, actor, CASE, case, wanted, Decision(), data, now)
        done.append(data)
    return done


def record_case_deadlines(wiring: Wiring) -> None:
    """Record the deadlines of open cases, and what they add to the rates, by today's table of work-days."""
    with wiring.database.read() as connection:
        open_cases = fold_cases(connection, list_open_numbers(connection))
        stale = find_stale_cases(connection, open_cases)
    for some in chunks(stale):
        run_in_transaction(wiring.database, partial(record_deadlines, cases=some))


def resume_ended_suspensions(wiring: Wiring, actor: Actor) -> list[int]:
    """Resume every case whose suspension is over; its clocks went on at that instant. Return their numbers."""
    now = wiring.now()
    with wiring.database.read() as connection:
        cases = fold_cases(connection, list_open_numbers(connection, CaseState.SUSPENDED))
    ended = [case.number for case in cases if is_suspension_over(case, now)]
    for number in ended:
        run_in_transaction(wiring.database, partial(_resume, wiring, actor, number))
    return ended


def _resume(wiring: Wiring, actor: Actor, number: int, connection: Connection) -> None:
    now = wiring.now()
    case = require_case(connection, number, lock=True)
    if not is_suspension_over(case, now):  # an officer was faster
        return
    wanted = ActOnCase(number, CaseAct.RESUME)
    append_act(connection, actor, CASE, case, wanted, Decision(), {}, now)


def _list_above(connection: Connection, organisation: str, day: date) -> list[str]:
    """Return the organisations above one that there are on a day, the nearest first."""
    above = load_lineages(connection, [organisation]).lineage(organisation, day)[1:]
    spans = read_spans(connection, above)
    return [code for code in above if span_on(spans[code], day) is not None]
