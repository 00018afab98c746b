"""Show what organisations owe in their yearly cycle, their records, and what is overdue."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from core.money import format_yuan
from core.text_marks import N_
from geo.formats.cells import escape_formula
from members.duties.due import DutyState
from members.duties.messages import (
    DuesPassedUp,
    DuesReceived,
    DutyRecord,
    ElectionHeld,
    MembersCounted,
    ReportFiled,
)
from members.duties.records import StoredRecord
from yihui.runtime.language import Language
from yihui.services.members.duties import DutyRecordResult, OrganisationDuties, OverdueDuties
from yihui.views.actors import actor_label

DUTY_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "election": N_("election of the committee"),
        "member_count": N_("count of members"),
        "dues_received": N_("dues received"),
        "dues_passed_up": N_("dues passed up"),
        "report": N_("report"),
    }
)
REPORT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "statistics": N_("yearly statistics"),
        "work": N_("report on the work"),
        "budget": N_("budget plan"),
        "accounts": N_("final accounts"),
    }
)
STATUS_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "done": N_("done"),
        "open": N_("not due yet"),
        "soon": N_("due soon"),
        "overdue": N_("overdue"),
        "unknown": N_("never recorded, due day not known"),
    }
)
POST_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "chair": N_("chair"),
        "vice_chair": N_("vice chair"),
        "standing_member": N_("standing committee member"),
        "audit_chair": N_("chair of the audit committee"),
        "women_chair": N_("chair of the women workers' committee"),
    }
)
_OVERDUE_HEADERS = ("组织代码", "组织名称", "事项", "期间", "最迟日期", "逾期天数", "状态")


def record_line(code: str, done: DutyRecordResult, language: Language) -> str:
    """Return what became of a record."""
    if done.is_repeated:
        return language.render(N_("{code}: this was recorded before; nothing has changed"), code=code)
    return language.render(N_("{code}: recorded as {record}"), code=code, record=done.event_id)


def duty_state_json(state: DutyState) -> dict[str, object]:
    """Return one duty as JSON; ``done_on`` is null where nothing is recorded, which is not zero."""
    return {
        "duty": state.duty,
        "report": state.report,
        "period": state.period or None,
        "status": state.status,
        "due_on": state.due_on.isoformat() if state.due_on else None,
        "done_on": state.done_on.isoformat() if state.done_on else None,
        "assumed_term": state.is_assumed,
    }


def duties_json(found: OrganisationDuties) -> dict[str, object]:
    """Return what an organisation owes on a day, and its records, as JSON."""
    return {
        "on": found.day.isoformat(),
        "code": found.span.code,
        "name": found.span.name,
        "is_there": found.is_there,
        "duties": [duty_state_json(state) for state in found.states],
        "records": [_record_json(one) for one in found.records],
    }


def _record_json(one: StoredRecord) -> dict[str, object]:
    data = one.payload.model_dump(mode="json", exclude_none=True)
    return {"record": one.event_id, "type": one.type, **data}


def overdue_json(found: OverdueDuties) -> dict[str, object]:
    """Return an organisation with what is overdue as JSON."""
    return {
        "code": found.span.code,
        "name": found.span.name,
        "duties": [duty_state_json(state) for state in found.states],
    }


def duties_lines(found: OrganisationDuties, language: Language) -> Iterator[str]:
    """Yield a line for each duty of an organisation, and for each record in force."""
    yield f"{found.span.code}  {found.span.name}"
    if not found.is_there:
        yield language.render(N_("it is not there on {day} and owes nothing"), day=found.day)
    for state in found.states:
        yield f"  {_state_text(state, found.day, language)}"
    if found.records:
        yield language.translate(N_("records:"))
    for one in found.records:
        yield f"  {one.payload.on}  {_record_text(one, language)}  {one.event_id}"


def _state_text(state: DutyState, day: date, language: Language) -> str:
    status = language.translate(STATUS_LABELS[state.status])
    parts = [language.render(N_("{name}: {detail}"), name=_duty_name(state, language), detail=status)]
    if state.due_on is not None and state.status != "done":
        parts.append(language.render(N_("due by {day}"), day=state.due_on))
    if state.due_on is not None and state.status == "overdue":
        parts.append(language.render(N_("days overdue: {days}"), days=(day - state.due_on).days))
    if state.done_on is not None:
        label = N_("last held on {day}") if state.duty == "election" else N_("recorded for {day}")
        parts.append(language.render(label, day=state.done_on))
    elif state.status == "overdue":
        parts.append(language.translate(N_("never recorded")))
    if state.is_assumed and state.due_on is not None:
        parts.append(language.translate(N_("length of the term by the settings")))
    return " · ".join(parts)


def _duty_name(state: DutyState, language: Language) -> str:
    label = REPORT_LABELS[state.report] if state.report else DUTY_LABELS[state.duty]
    return " ".join(part for part in (language.translate(label), state.period) if part)


def _record_text(one: StoredRecord, language: Language) -> str:
    payload = one.payload
    assert isinstance(payload, DutyRecord), "only records are in force"
    texts = [language.translate(DUTY_LABELS[payload.duty])]
    match payload:
        case ElectionHeld():
            if payload.term_years:
                texts.append(language.render(N_("term in years: {years}"), years=payload.term_years))
            if payload.seats:
                texts.append(language.render(N_("seats: {seats}"), seats=payload.seats))
            texts += [language.translate(POST_LABELS[post]) for post in payload.posts]
        case MembersCounted(number=number):
            texts.append(f"{number:,}")
        case DuesReceived(period=period, amount_fen=fen):
            texts += [period, language.render(N_("{yuan} yuan"), yuan=format_yuan(fen))]
        case DuesPassedUp(period=period, amount_fen=fen, to=to):
            texts += [period, language.render(N_("{yuan} yuan"), yuan=format_yuan(fen)), f"→ {to}"]
        case ReportFiled(report=report, year=year):
            texts = [language.translate(REPORT_LABELS[report]), str(year)]
    known = [text for text in (payload.document, actor_label(payload.by or "", language)) if text]
    return " ".join(texts) + (f" ({' · '.join(known)})" if known else "")


def overdue_lines(found: Sequence[OverdueDuties], day: date, language: Language) -> Iterator[str]:
    """Yield each organisation with what is overdue below it, and the numbers."""
    for one in found:
        yield f"{one.span.code}  {one.span.name}"
        for state in one.states:
            yield f"  {_state_text(state, day, language)}"
    yield language.render(
        N_("organisations: {organisations}, duties: {duties}, on {day}"),
        organisations=len(found),
        duties=sum(len(one.states) for one in found),
        day=day,
    )


def render_overdue_csv(found: Sequence[OverdueDuties], day: date, language: Language) -> bytes:
    """Render what is overdue as CSV with a byte order mark, a row for each duty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_OVERDUE_HEADERS)
    for one in found:
        for state in one.states:
            label = REPORT_LABELS[state.report] if state.report else DUTY_LABELS[state.duty]
            due_on = state.due_on
            cells = [one.span.code, one.span.name, language.translate(label), state.period]
            cells += [due_on.isoformat(), str((day - due_on).days)] if due_on else ["", ""]
            cells.append(language.translate(STATUS_LABELS[state.status]))
            writer.writerow([escape_formula(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")
