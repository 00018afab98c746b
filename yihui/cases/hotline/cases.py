"""What is done to cases of the hotline: open, dispatch, accept, suspend, resume, answer, close, call back."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from members.hotline.case import ACT_TITLES, CaseAct, CaseEvent, CaseState, HotlineCase
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from members.hotline.terms import TERMS
from yihui.access.roles import Right
from yihui.cases.hotline import answers, callers
from yihui.cases.hotline.forms import (
    AnswerForm,
    CallBackForm,
    CloseForm,
    DispatchForm,
    EscalationForm,
    OpenForm,
    ReasonForm,
    SuspendForm,
    UnitForm,
)
from yihui.cases.hotline.intake import is_listed, open_case
from yihui.cases.kernel.history import History
from yihui.frame.acts import Act, Change, Data, Doing, Kind
from yihui.frame.cells import Cell, Organisation
from yihui.frame.types import Form

if TYPE_CHECKING:
    from sqlalchemy import Connection

RIGHT = Right.HANDLE_CASES


def require_case(connection: "Connection", number: int, lock: bool = False) -> HotlineCase:
    """Return a case. *Raises*: HotlineRefused if there is none."""
    from members.hotline.repository import find_case

    case = find_case(connection, number, lock=lock) if 0 < number < 2**63 else None
    if case is None:
        raise HotlineRefused(HOTLINE_FAULTS.build("unknown_case", field="case", value=number))
    return case


def _append(
    connection: "Connection", case: HotlineCase, move: CaseAct, at: datetime, by: str, data: Data
) -> HotlineCase:
    from members.hotline.repository import append_event

    return append_event(connection, case, CaseEvent(case.version + 1, move, at, by, data))


def _find_further(case: HotlineCase, right: Right) -> Sequence[str]:
    """Return the units of a case, and whom it went up to; who had it before may still read it."""
    former = [part.unit for part in case.former_parts] if right is Right.READ_CASES else []
    return (*case.units, *(one.to for one in case.escalations if one.to), *former)


CASE = Kind(
    "hotline_case",
    lambda at, number, lock: require_case(at.connection, number, lock),
    lambda case: case.version,
    lambda case: case.organisation,
    _find_further,
)
HISTORY = History(_append, lambda case: case.organisation, ACT_TITLES, recorded=("clock", "percent", "to"))


def _dispatch(act: Doing[DispatchForm, HotlineCase]) -> Data:
    form, case, day = act.form, act.thing, civil_date(act.now)
    faults = [
        HOTLINE_FAULTS.build("unknown_organisation", field=name, value=code)
        for name, code in (("unit", form.unit), ("assist", form.assist))
        if code is not None and not is_listed(act.connection, code, day)
    ]
    if form.assist is None and case.crosses:
        faults.append(HOTLINE_FAULTS.build("two_units", field="assist"))
    if form.assist == form.unit:
        faults.append(HOTLINE_FAULTS.build("same_unit", field="assist", value=form.unit))
    if case.state is CaseState.DISPATCHED and not form.reason:  # to other units than before
        faults.append(HOTLINE_FAULTS.build("no_reason", field="reason"))
    if faults:
        raise FaultError(faults)
    terms = TERMS[case.category]  # type: ignore[index]
    units = [{"unit": form.unit, "is_main": True, "work_days": terms.main_work_days}]
    if form.assist is not None:
        units.append({"unit": form.assist, "is_main": False, "work_days": terms.assisting_work_days})
    return {"units": units, "reason": form.reason or ""}


def list_accepting(case: HotlineCase) -> list[str]:
    """Return the units that have not accepted their part yet."""
    return [part.unit for part in case.parts if part.accepted_at is None and part.done_at is None]


def list_working(case: HotlineCase) -> list[str]:
    """Return the units that have accepted their part and not done it."""
    return [part.unit for part in case.parts if part.accepted_at is not None and part.done_at is None]


def _name_units(units: Sequence[str]) -> dict[str, Cell]:
    return {unit: Organisation(unit) for unit in units}


def _accept(act: Doing[UnitForm, HotlineCase]) -> Data:
    unit = act.form.unit
    if act.thing.require_part(unit).accepted_at is not None:
        raise HotlineRefused(HOTLINE_FAULTS.build("accepted", field="unit", value=unit))
    return {"unit": unit}


def _suspend(act: Doing[SuspendForm, HotlineCase]) -> Data:
    from members.hotline.repository import calendar
    from members.hotline.suspension import compute_suspension_end

    until = compute_suspension_end(act.thing, act.now, act.form.until, calendar())
    return {"reason": act.form.reason, "until": until.isoformat()}


def _close(act: Doing[CloseForm, HotlineCase]) -> Data:
    case, unit = act.thing, act.form.unit
    if not case.parts and unit is None:
        return {"answer": act.form.answer}
    if unit is None and len(case.parts) == 1:
        unit = case.parts[0].unit
    part = case.require_part(unit or "")
    if part.accepted_at is None:
        raise HotlineRefused(HOTLINE_FAULTS.build("not_accepted", field="unit", value=part.unit))
    return {"answer": act.form.answer, "unit": part.unit}


def _call_back(act: Doing[CallBackForm, HotlineCase]) -> Data:
    return {"outcome": act.form.outcome.value, "reason": act.form.reason or ""}


def _escalate(act: Doing[EscalationForm, HotlineCase]) -> Data:
    """Return to whom a case goes: one level further up with each escalation of the same clock."""
    from members.hotline.clocks import find_due_escalations
    from members.hotline.repository import calendar

    case, clock = act.thing, act.form.clock
    found = (
        (one.unit, percent)
        for one, percent in find_due_escalations(case, calendar(), act.now)
        if one.id == clock
    )
    unit = next(unit for unit, percent in found if percent == act.form.percent)
    above = _list_above(act.connection, unit, act)
    made = sum(one.clock == clock for one in case.escalations)
    to = above[min(made, len(above) - 1)] if above else None
    return {"clock": clock, "percent": act.form.percent, "unit": unit, "to": to}


def _list_above(
    connection: "Connection", organisation: str, act: Doing[EscalationForm, HotlineCase]
) -> list[str]:
    """Return the organisations above one that there are on the day, the nearest first."""
    from members import load_lineages, read_spans, span_on

    day = civil_date(act.now)
    above = load_lineages(connection, [organisation]).lineage(organisation, day)[1:]
    spans = read_spans(connection, above)
    return [code for code in above if span_on(spans[code], day) is not None]


def _find_unit(act: Doing[UnitForm, HotlineCase] | Doing[CloseForm, HotlineCase]) -> Sequence[str]:
    return () if act.form.unit is None else (act.form.unit,)


def _unmask(act: Doing[ReasonForm, HotlineCase]) -> Change:
    return Change(act.thing.number, reason=act.form.reason)


OPEN = Act(
    "open",
    N_("Open a case"),
    OpenForm,
    open_case,
    RIGHT,
    "hotline.open",
    N_("The case was opened."),
    CASE,
    makes=True,
    places=lambda act: (act.form.organisation,),
)
DISPATCH = Act(
    "dispatch",
    N_("Dispatch"),
    DispatchForm,
    HISTORY.move(CaseAct.DISPATCH, _dispatch),
    RIGHT,
    "hotline.dispatch",
    N_("The case was dispatched."),
    CASE,
    ready=HISTORY.ready(CaseAct.DISPATCH),
    begin=lambda case: {"unit": case.place or ""} if not case.parts else {},
)
ACCEPT = Act(
    "accept",
    N_("Accept"),
    UnitForm,
    HISTORY.move(CaseAct.ACCEPT, _accept),
    RIGHT,
    "hotline.accept",
    N_("The case was accepted."),
    CASE,
    ready=HISTORY.ready(CaseAct.ACCEPT),
    places=_find_unit,
    offered=lambda case: {"unit": _name_units(list_accepting(case))},
)
SUSPEND = Act(
    "suspend",
    N_("Suspend the case"),
    SuspendForm,
    HISTORY.move(CaseAct.SUSPEND, _suspend),
    RIGHT,
    "hotline.suspend",
    N_("The case was suspended; its clocks stand still."),
    CASE,
    ready=HISTORY.ready(CaseAct.SUSPEND),
    button=N_("Suspend; the clocks stand still"),
)
RESUME = Act(
    "resume",
    N_("Resume the case; its clocks go on"),
    Form,
    HISTORY.move(CaseAct.RESUME),
    RIGHT,
    "hotline.resume",
    N_("The case was resumed."),
    CASE,
    ready=HISTORY.ready(CaseAct.RESUME),
)
ANSWER = Act(
    "answer",
    N_("“Why did I not get it?”"),
    AnswerForm,
    HISTORY.move(CaseAct.ANSWER, answers.build_answer),
    RIGHT,
    "hotline.answer",
    N_("The case was answered from the ledger and closed."),
    CASE,
    ready=HISTORY.ready(CaseAct.ANSWER),
    button=N_("Answer from the ledger and close the case"),
    help=N_("Answer from the ledger why the member got it or not, and close the case."),
    page="why",
)
CLOSE = Act(
    "close",
    N_("Answer and close"),
    CloseForm,
    HISTORY.move(CaseAct.CLOSE, _close),
    RIGHT,
    "hotline.close",
    N_("The answer was recorded."),
    CASE,
    ready=HISTORY.ready(CaseAct.CLOSE),
    places=_find_unit,
    offered=lambda case: {"unit": _name_units(list_working(case))},
)
CALL_BACK = Act(
    "call-back",
    N_("Record the call-back"),
    CallBackForm,
    HISTORY.move(CaseAct.CALL_BACK, _call_back),
    RIGHT,
    "hotline.call_back",
    N_("The call-back was recorded."),
    CASE,
    ready=HISTORY.ready(CaseAct.CALL_BACK),
)
UNMASK = Act(
    "unmask",
    N_("Show the caller in clear"),
    ReasonForm,
    _unmask,
    RIGHT,
    callers.UNMASK_AUDIT,
    "",
    CASE,
    button=N_("Show it; it is recorded who saw it and why"),
    is_fresh=True,
    reveal=callers.reveal_caller,
)
ESCALATE = Act(
    "escalate",
    N_("Pass it one level up"),
    EscalationForm,
    HISTORY.move(CaseAct.ESCALATE, _escalate),
    RIGHT,
    "hotline.escalate",
    "",
    CASE,
    doors=frozenset(),
    ready=HISTORY.ready(CaseAct.ESCALATE),
)
