"""What is done to cases of the hotline: open, dispatch, accept, suspend, resume, answer, close, call back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from members.hotline.case import ACT_TITLES, CaseAct, CaseState, HotlineCase
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
    SuspendForm,
    UnitForm,
)
from yihui.cases.hotline.intake import is_listed, open_case
from yihui.cases.kernel.forms import ReasonForm
from yihui.cases.kernel.history import Data, History
from yihui.frame.acts import Act, Change, Doing
from yihui.frame.cells import Cell, Organisation
from yihui.frame.types import Form

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.histories import HistoryStore


def _find_further(case: HotlineCase, right: Right) -> Sequence[str]:
    """Return the units of a case, and whom it went up to; who had it before may still read it."""
    former = [part.unit for part in case.former_parts] if right is Right.READ_CASES else []
    return (*case.units, *(one.to for one in case.escalations if one.to), *former)


def _store() -> "HistoryStore[CaseAct, HotlineCase]":
    from members.hotline.repository import CASES

    return CASES


HISTORY = History(
    "hotline_case",
    _store,
    lambda number: HotlineRefused(HOTLINE_FAULTS.build("unknown_case", field="case", value=number)),
    lambda case: case.organisation,
    ACT_TITLES,
    Right.HANDLE_CASES,
    "hotline.",
    recorded=("clock", "percent", "to"),
    further=_find_further,
)
CASE = HISTORY.kind


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
    from members.hotline.clocks import compute_suspension_end
    from members.hotline.repository import calendar

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


OPEN = Act(
    "open",
    N_("Open a case"),
    OpenForm,
    open_case,
    HISTORY.right,
    "hotline.open",
    N_("The case was opened."),
    CASE,
    makes=True,
    places=lambda act: (act.form.organisation,),
)
DISPATCH = HISTORY.act(
    CaseAct.DISPATCH,
    N_("Dispatch"),
    DispatchForm,
    N_("The case was dispatched."),
    _dispatch,
    begin=lambda case: {"unit": case.place or ""} if not case.parts else {},
)
ACCEPT = HISTORY.act(
    CaseAct.ACCEPT,
    N_("Accept"),
    UnitForm,
    N_("The case was accepted."),
    _accept,
    places=_find_unit,
    offered=lambda case: {"unit": _name_units(list_accepting(case))},
)
SUSPEND = HISTORY.act(
    CaseAct.SUSPEND,
    N_("Suspend the case"),
    SuspendForm,
    N_("The case was suspended; its clocks stand still."),
    _suspend,
    button=N_("Suspend; the clocks stand still"),
)
RESUME = HISTORY.act(
    CaseAct.RESUME, N_("Resume the case; its clocks go on"), Form, N_("The case was resumed.")
)
ANSWER = HISTORY.act(
    CaseAct.ANSWER,
    N_("“Why did I not get it?”"),
    AnswerForm,
    N_("The case was answered from the ledger and closed."),
    answers.build_answer,
    preview=answers.preview_answer,
    button=N_("Send this answer and close the case"),
    help=N_("Answer from the ledger why the member got it or not, and close the case."),
    page="why",
)
CLOSE = HISTORY.act(
    CaseAct.CLOSE,
    N_("Answer and close"),
    CloseForm,
    N_("The answer was recorded."),
    _close,
    places=_find_unit,
    offered=lambda case: {"unit": _name_units(list_working(case))},
)
CALL_BACK = HISTORY.act(
    CaseAct.CALL_BACK, N_("Record the call-back"), CallBackForm, N_("The call-back was recorded."), _call_back
)
UNMASK = Act(
    "unmask",
    N_("Show the caller in clear"),
    ReasonForm,
    lambda act: Change(act.thing.number, reason=act.form.reason),
    HISTORY.right,
    callers.UNMASK_AUDIT,
    "",
    CASE,
    button=N_("Show it; it is recorded who saw it and why"),
    is_fresh=True,
    reveal=callers.reveal_caller,
)
ESCALATE = HISTORY.act(
    CaseAct.ESCALATE, N_("Pass it one level up"), EscalationForm, "", _escalate, doors=frozenset()
)
