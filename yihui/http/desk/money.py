"""/desk/money: budgets, and appeals with their answers."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.http.body import FormFields
from yihui.http.desk.faults import form_choice
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.visit import OfficerVisit

_DONE: Mapping[str, str] = MappingProxyType(
    {
        "budget": N_("The budget was set."),
        "upheld": N_("The appeal was upheld and decided anew."),
        "rejected": N_("The appeal was rejected."),
    }
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/money")
    def money(request: Request) -> Response:
        visit = pages.open(request, Right.READ_MONEY)
        return show_budgets(visit, NO_FEEDBACK, visit.done(request, _DONE))

    def show_budgets(visit: OfficerVisit, feedback: FormFeedback, done: str | None = None) -> Response:
        from yihui.services.desk.home import used_share
        from yihui.services.ledger.ledger import list_ledger_budgets, load_rule_titles

        budgets = list_ledger_budgets(pages.site.wiring)
        titles = load_rule_titles(pages.site.wiring).budgets
        known = {id_: titles.get(id_, "") for id_ in sorted({one.id for one in budgets} | set(titles))}
        return pages.render(
            visit, "budgets.html", feedback, budgets=budgets, known=known, used_share=used_share, done=done
        )

    @made.post("/money/budgets")
    async def set_budget(request: Request) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _set_budget(pages, visit, sent)

        return await pages.submit(request, Right.SET_BUDGETS, "budget", act, show_budgets)

    @made.get("/money/appeals")
    def appeals(request: Request) -> Response:
        visit = pages.open(request, Right.READ_APPLICATIONS)
        return show_appeals(visit, NO_FEEDBACK, visit.done(request, _DONE))

    def show_appeals(visit: OfficerVisit, feedback: FormFeedback, done: str | None = None) -> Response:
        from yihui.services.benefits.appeals import list_appeal_files
        from yihui.services.money.desk import list_covered_appeals
        from yihui.views.decisions import appeal_lines

        names = pages.record_names()
        scope = pages.scope(visit, Right.READ_APPLICATIONS)
        found = list_covered_appeals(pages.site.wiring, scope)
        pages.record_reading(visit, Right.READ_APPLICATIONS, *(one.member_id for one in found))
        shown = [(one, appeal_lines(one, visit.language, names)) for one in found]
        may_decide = visit.holds(Right.DECIDE_APPLICATIONS)
        files = list_appeal_files(pages.site.wiring, found)
        return pages.render(
            visit, "appeals.html", feedback, appeals=shown, files=files, may_decide=may_decide, done=done
        )

    @made.post("/money/appeals/{appeal}")
    async def answer(request: Request, appeal: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _answer(pages, visit, appeal, sent)

        return await pages.submit(request, Right.DECIDE_APPLICATIONS, f"answer-{appeal}", act, show_appeals)


def _set_budget(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> ActOutcome:
    """Set a budget, or propose to raise it: a second person confirms that."""
    from yihui.services.desk.choices import resolve_budget
    from yihui.services.ledger.ledger import list_ledger_budgets, load_rule_titles, set_budget_amount

    titles = load_rule_titles(pages.site.wiring).budgets
    before = {one.id: one.ceiling_fen for one in list_ledger_budgets(pages.site.wiring)}
    budget = resolve_budget(titles, before, require_value(sent, "budget", N_("budget")))
    yuan = require_value(sent, "yuan", N_("amount"))
    reason = require_value(sent, "reason", N_("reason"))
    require_confirmation(sent)
    pages.authorise(visit, Right.SET_BUDGETS, PROVINCE_CODE)  # a budget may serve rules of every owner
    proposed = set_budget_amount(pages.site.wiring, budget, yuan, visit.actor.id, reason)
    if proposed:
        return ActOutcome(build_link("/desk/approvals", done="proposed"))
    return ActOutcome(build_link("/desk/money", done="budget"))


def _answer(pages: OfficerPages, visit: OfficerVisit, appeal: str, sent: FormFields) -> ActOutcome:
    from yihui.services.benefits.appeals import Verdict, answer_appeal
    from yihui.services.members.desk import require_covered_member
    from yihui.services.money.desk import require_covered_appeal

    wiring, right = pages.site.wiring, Right.DECIDE_APPLICATIONS
    verdict = form_choice(sent, "verdict", ("upheld", "rejected"))
    reason = require_value(sent, "reason", N_("reason"))
    require_confirmation(sent)
    scope = pages.scope(visit, right)
    member = require_covered_appeal(wiring, scope, appeal)
    here = require_covered_member(wiring, scope, member)
    if here is not None:
        pages.authorise(visit, right, here)
    chosen: Verdict = "upheld" if verdict == "upheld" else "rejected"
    state_act("member", member, reason, here, after={"appeal": quote(appeal), "verdict": verdict})
    answer_appeal(wiring, appeal, chosen, visit.actor.id, reason)
    return ActOutcome(build_link("/desk/money/appeals", done=verdict))
