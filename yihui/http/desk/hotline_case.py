"""/desk/hotline/cases: a case with its clocks, its history and what may be done with it now."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.faults import FORM_FAULTS, check_choice
from yihui.http.desk.members import parse_form_day
from yihui.http.desk.pages import (
    MAX_FORM_BYTES,
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_value,
)
from yihui.http.desk.visit import OfficerVisit

if TYPE_CHECKING:
    from members.hotline.callers import Caller
    from yihui.services.hotline.answers import LedgerAnswer
    from yihui.services.hotline.cases import ActOnCase
    from yihui.services.hotline.lists import CaseStatus

CaseNumber = Annotated[int, Path(ge=1, lt=2**63)]
_DONE: Mapping[str, str] = MappingProxyType(
    {
        "open": N_("The case was opened."),
        "dispatch": N_("The case was dispatched."),
        "accept": N_("The case was accepted."),
        "suspend": N_("The case was suspended; its clocks stand still."),
        "resume": N_("The case was resumed."),
        "answer": N_("The case was answered from the ledger and closed."),
        "close": N_("The answer was recorded."),
        "call_back": N_("The call-back was recorded."),
    }
)
CLOCK_LABELS: Mapping[str, str] = MappingProxyType(
    {"intake": N_("Dispatch"), "accept": N_("Acceptance"), "close": N_("Closing")}
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/hotline/cases/{number}")
    def case(request: Request, number: CaseNumber, why: str = "") -> Response:
        visit = pages.open(request, Right.READ_CASES)
        return show(visit, number, NO_FEEDBACK, shows_why=bool(why), done=visit.done(request, _DONE))

    def show(
        visit: OfficerVisit,
        number: int,
        feedback: FormFeedback,
        *,
        shows_why: bool = False,
        caller: "Caller | None" = None,
        done: str | None = None,
    ) -> Response:
        return _show_case(pages, visit, number, feedback, shows_why, caller, done)

    @made.post("/hotline/cases/{number}/acts/{act}")
    async def change(request: Request, number: CaseNumber, act: str) -> Response:
        def carry_out(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _change(pages, visit, number, act, sent)

        return await pages.submit(
            request,
            Right.HANDLE_CASES,
            act[:20],
            carry_out,
            lambda visit, feedback: show(visit, number, feedback, shows_why=feedback.form == "answer"),
        )

    @made.post("/hotline/cases/{number}/caller")
    async def unmask(request: Request, number: CaseNumber) -> Response:
        """Show who called in clear, once: the answer is stored nowhere, and each showing is in the audit log."""
        visit = await pages.open_form(request, Right.HANDLE_CASES)
        sent = await read_form(request, MAX_FORM_BYTES)
        pages.check_key(visit, sent)

        def work() -> Response:
            from yihui.services.hotline.callers import unmask_caller

            try:
                caller = unmask_caller(pages.site.wiring, visit.actor, number, form_value(sent, "reason"))
            except FaultError as error:
                feedback = pages.refuse(visit, error, "unmask")
                if feedback.status != 422:
                    raise
                return show(visit, number, feedback)
            return show(visit, number, NO_FEEDBACK, caller=caller)

        return await run_in_threadpool(work)


def _show_case(
    pages: OfficerPages,
    visit: OfficerVisit,
    number: int,
    feedback: FormFeedback,
    shows_why: bool,
    caller: "Caller | None",
    done: str | None,
) -> Response:
    from members.hotline.case import MOVES, STATE_TITLES
    from members.hotline.suspension import last_suspension_day
    from members.hotline.terms import CHANNEL_TITLES, TERMS
    from yihui.services.hotline.desk import load_unit_choices
    from yihui.services.hotline.lists import load_case
    from yihui.services.members.certificates import list_case_files
    from yihui.views.hotline_history import CALL_BACK_TITLES, format_deadline, history_sentences, name_titles

    wiring = pages.site.wiring
    history = load_case(wiring, visit.actor, number)
    found, handles = history.status.case, visit.holds(Right.HANDLE_CASES)
    now = wiring.now()
    until = found.suspended_until
    return pages.render(
        visit,
        "hotline_case.html",
        feedback,
        status=history.status,
        case=found,
        files=list_case_files(wiring, found),
        sentences=list(history_sentences(history, visit.language, pages.record_names())),
        possible={act.value for act, states in MOVES.items() if handles and found.state in states},
        ledger=_load_answers(pages, visit, number) if shows_why and handles and found.member_id else None,
        rules=_rule_titles(pages) if handles and found.member_id else {},
        units=load_unit_choices(wiring, found) if handles else {},
        last_day=last_suspension_day(found, now),
        suspended_last=until and (until - timedelta(seconds=1)),
        caller=caller,
        handles=handles,
        now=now,
        states=STATE_TITLES,
        channels=CHANNEL_TITLES,
        terms=TERMS,
        clocks=CLOCK_LABELS,
        outcomes=CALL_BACK_TITLES,
        done=done,
        name=name_titles(visit.language),
        deadline=format_deadline,
    )


def _load_answers(pages: OfficerPages, visit: OfficerVisit, number: int) -> "list[LedgerAnswer]":
    from yihui.services.hotline.answers import load_ledger_answers
    from yihui.views.hotline import build_sentence_renderers

    renderers = build_sentence_renderers(visit.language)
    return load_ledger_answers(pages.site.wiring, visit.actor, number, renderers)


def _rule_titles(pages: OfficerPages) -> dict[str, str]:
    rules = pages.site.wiring.library.rules
    return {rule.id: rule.definition.title for rule in sorted(rules, key=lambda rule: rule.id)}


def _change(pages: OfficerPages, visit: OfficerVisit, number: int, name: str, sent: FormFields) -> ActOutcome:
    from members.hotline.case import CaseAct
    from yihui.services.hotline.cases import ActOnCase

    check_choice("act", name, _DONE.keys() - {"open"})
    version = form_value(sent, "version")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise FaultError(FORM_FAULTS.build("choice", field="version", value=version[:40]))
    reason = form_value(sent, "reason")
    wanted = ActOnCase(number, CaseAct(name), int(version), reason)
    _do(pages, visit, wanted, sent)
    return ActOutcome(build_link(f"/desk/hotline/cases/{number}", done=name))


def _do(pages: OfficerPages, visit: OfficerVisit, wanted: "ActOnCase", sent: FormFields) -> "CaseStatus":
    from members.hotline.case import CaseAct
    from yihui.services.hotline import cases as hotline

    wiring, actor = pages.site.wiring, visit.actor
    unit = form_value(sent, "unit") or None
    match wanted.act:
        case CaseAct.DISPATCH:
            main = require_value(sent, "unit", N_("main unit"))
            return hotline.dispatch_case(wiring, actor, wanted, main, form_value(sent, "assist") or None)
        case CaseAct.ACCEPT:
            return hotline.accept_case(wiring, actor, wanted, require_value(sent, "unit", N_("unit")))
        case CaseAct.SUSPEND:
            last_day = parse_form_day(require_value(sent, "until", N_("last day")), visit.day)
            return hotline.suspend_case(wiring, actor, wanted, last_day)
        case CaseAct.RESUME:
            return hotline.resume_case(wiring, actor, wanted)
        case CaseAct.CLOSE:
            return hotline.close_case(wiring, actor, wanted, form_value(sent, "answer"), unit)
        case CaseAct.CALL_BACK:
            return hotline.call_back(wiring, actor, wanted, form_value(sent, "outcome"))
        case _:
            return _answer(pages, visit, wanted, sent)


def _answer(pages: OfficerPages, visit: OfficerVisit, wanted: "ActOnCase", sent: FormFields) -> "CaseStatus":
    from yihui.services.hotline.answers import LedgerQuestion, answer_case
    from yihui.views.hotline import build_sentence_renderers

    question = LedgerQuestion(form_value(sent, "decision") or None, form_value(sent, "rule") or None)
    renderers = build_sentence_renderers(visit.language)
    return answer_case(pages.site.wiring, visit.actor, wanted, question, renderers)
