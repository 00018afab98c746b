"""Open, dispatch, accept, suspend and close the hotline's cases; every change is an event of the case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from members.hotline.callers import store_caller
from members.hotline.case import CallBack, CaseAct, CaseEvent, CaseState, HotlineCase
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from members.hotline.repository import (
    append_event,
    calendar,
    find_opened,
    insert_case,
)
from members.hotline.suspension import compute_suspension_end
from members.hotline.terms import TERMS
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import CASE_OBJECT
from yihui.access.decide import Decision
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.authorisation import authorise
from yihui.services.access.history_acts import (
    ActSteps,
    EventData,
    HistoryKind,
    RequestedAct,
    audit_act,
    change_history,
)
from yihui.services.hotline.intake import (
    LONGEST_ANSWER,
    LONGEST_SUMMARY,
    CaseIntake,
    check_intake,
    is_listed,
    opening_call,
    reason_faults,
    text_faults,
)
from yihui.services.hotline.lists import CaseStatus, authorise_case, load_status, require_case

CASE_KIND = CASE_OBJECT
BuildData = Callable[[Connection, HotlineCase], EventData]
AlsoDone = Callable[[Connection, HotlineCase], None]


ActOnCase = RequestedAct[CaseAct]


def open_case(
    wiring: Wiring, actor: Actor | None, intake: CaseIntake, also: AlsoDone | None = None
) -> CaseStatus:
    """Open a case; a repeated request key opens nothing new. *Raises*: FaultError with every fault.

    ``also`` is done in the transaction that opens it.
    """
    require_running_clock(wiring)
    now = wiring.now()
    call = opening_call(intake)

    def work(connection: Connection) -> tuple[HotlineCase, bool]:
        decision = _authorise_opening(wiring, connection, actor, intake)
        assert actor is not None
        opened = find_opened(connection, call.key) if call else None
        if opened is not None and call is not None:
            if opened[1] != call.content:
                raise FaultError(HOTLINE_FAULTS.build("key_reused", field="Idempotency-Key", value=opened[0]))
            return require_case(connection, opened[0]), False
        data, caller = check_intake(wiring, connection, intake, civil_date(now))
        case = insert_case(connection, CaseEvent(1, CaseAct.OPEN, now, actor.id, data), call)
        if caller:
            assert wiring.vault is not None
            store_caller(connection, wiring.vault.keys.newest, case.number, caller, now)
        if also is not None:
            also(connection, case)
        after = {"state": case.state.value, "category": case.category, "has_caller": bool(caller)}
        act = ActOnCase(case.number, CaseAct.OPEN)
        audit_act(connection, actor, CASE, case, act, decision, {}, after, now)
        return case, True

    case, is_new = run_in_transaction(wiring.database, work)
    return replace(load_status(wiring, case), is_new=is_new)


def _authorise_opening(
    wiring: Wiring, connection: Connection, actor: Actor | None, intake: CaseIntake
) -> Decision:
    """Let an officer open a case for an organisation, and a member one about herself. *Raises*: FaultError."""
    if actor is not None and actor.kind is ActorKind.MEMBER and intake.member == actor.id:
        return Decision()
    return authorise(wiring, connection, actor, Right.HANDLE_CASES, intake.organisation)


def change_case(
    wiring: Wiring,
    actor: Actor | None,
    wanted: ActOnCase,
    build_data: BuildData,
    unit: str | None = None,
) -> CaseStatus:
    """Append one event to a case. Of two officers who act at once one wins, the other is refused in words.

    ``unit`` names the organisation for which the officer acts; otherwise any of the case's will do.

    *Raises*: FaultError.
    """

    def decide(connection: Connection, case: HotlineCase) -> Decision:
        if unit is None:
            return authorise_case(wiring, connection, actor, Right.HANDLE_CASES, case)
        return authorise(wiring, connection, actor, Right.HANDLE_CASES, unit)

    steps: ActSteps[HotlineCase, _Begun] = ActSteps(lambda begun: build_data(*begun), decide=decide)
    return load_status(wiring, change_history(wiring, actor, CASE, wanted, steps))


_Begun = tuple[Connection, HotlineCase]
CASE: HistoryKind[CaseAct, HotlineCase, _Begun] = HistoryKind(
    Right.HANDLE_CASES,
    CASE_KIND,
    "hotline.",
    lambda connection, number: require_case(connection, number, lock=True),
    lambda connection, case, act, at, by, data: append_event(
        connection, case, CaseEvent(case.version + 1, act, at, by, data)
    ),
    lambda case: case.organisation,
    lambda wiring, connection, actor, now, case: (connection, case),
    recorded=("clock", "percent", "to"),
)


def dispatch_case(
    wiring: Wiring, actor: Actor | None, wanted: ActOnCase, unit: str, assisting: str | None = None
) -> CaseStatus:
    """Dispatch a case to one unit, or to a main and an assisting one at once. *Raises*: FaultError."""
    today = civil_date(wiring.now())

    def build_data(connection: Connection, case: HotlineCase) -> EventData:
        faults = [
            HOTLINE_FAULTS.build("unknown_organisation", field=name, value=code[:15])
            for name, code in (("unit", unit), ("assist", assisting))
            if code is not None and not is_listed(connection, code, today)
        ]
        if assisting is None and case.crosses:
            faults.append(HOTLINE_FAULTS.build("two_units", field="assist"))
        if assisting == unit:
            faults.append(HOTLINE_FAULTS.build("same_unit", field="assist", value=unit))
        if case.state is CaseState.DISPATCHED:  # to other units than before
            faults += reason_faults(wanted.reason)
        elif wanted.reason.strip():
            faults += text_faults("reason", wanted.reason, LONGEST_SUMMARY)
        if faults:
            raise FaultError(faults)
        terms = TERMS[case.category]  # type: ignore[index]
        units = [{"unit": unit, "is_main": True, "work_days": terms.main_work_days}]
        if assisting is not None:
            units.append({"unit": assisting, "is_main": False, "work_days": terms.assisting_work_days})
        return {"units": units, "reason": wanted.reason.strip()}

    return change_case(wiring, actor, wanted, build_data)


def accept_case(wiring: Wiring, actor: Actor | None, wanted: ActOnCase, unit: str) -> CaseStatus:
    """Record that a unit takes on its part. *Raises*: FaultError."""

    def build_data(_connection: Connection, case: HotlineCase) -> EventData:
        if case.require_part(unit).accepted_at is not None:
            raise HotlineRefused(HOTLINE_FAULTS.build("accepted", field="unit", value=unit))
        return {"unit": unit}

    return change_case(wiring, actor, wanted, build_data, unit)


def suspend_case(
    wiring: Wiring, actor: Actor | None, wanted: ActOnCase, last_day: date | None = None
) -> CaseStatus:
    """Suspend a case with a reason; its clocks stand still until a last day is over, or it is resumed.

    *Raises*: FaultError.
    """
    if faults := reason_faults(wanted.reason):
        raise FaultError(faults)
    now = wiring.now()

    def build_data(_connection: Connection, case: HotlineCase) -> EventData:
        until = compute_suspension_end(case, now, last_day, calendar())
        return {"reason": wanted.reason.strip(), "until": until.isoformat()}

    return change_case(wiring, actor, wanted, build_data)


def resume_case(wiring: Wiring, actor: Actor | None, wanted: ActOnCase) -> CaseStatus:
    """Resume a suspended case; its clocks go on where they stood. *Raises*: FaultError."""
    return change_case(wiring, actor, wanted, lambda *_: {})


def close_case(
    wiring: Wiring, actor: Actor | None, wanted: ActOnCase, answer: str, unit: str | None = None
) -> CaseStatus:
    """Close a unit's part of a case with an answer, or a case that was never dispatched. *Raises*: FaultError."""
    if faults := text_faults("answer", answer, LONGEST_ANSWER):
        raise FaultError(faults)

    def build_data(_connection: Connection, case: HotlineCase) -> EventData:
        if not case.parts and unit is None:
            return {"answer": answer.strip()}
        part = case.require_part(unit or case.parts[0].unit if len(case.parts) == 1 else unit or "")
        if part.accepted_at is None:
            raise HotlineRefused(HOTLINE_FAULTS.build("not_accepted", field="unit", value=part.unit))
        return {"answer": answer.strip(), "unit": part.unit}

    return change_case(wiring, actor, wanted, build_data, unit)


def call_back(wiring: Wiring, actor: Actor | None, wanted: ActOnCase, outcome: str) -> CaseStatus:
    """Record what the caller said afterwards. *Raises*: FaultError."""
    known = [one.value for one in CallBack]
    if outcome not in known:
        raise FaultError(
            HOTLINE_FAULTS.build("unknown_code", field="outcome", value=outcome[:40], known=", ".join(known))
        )
    if wanted.reason.strip() and (faults := text_faults("reason", wanted.reason, LONGEST_SUMMARY)):
        raise FaultError(faults)
    return change_case(
        wiring, actor, wanted, lambda *_: {"outcome": outcome, "reason": wanted.reason.strip()}
    )
