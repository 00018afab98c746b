"""/desk/money: budgets."""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Response

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.feedback import FormFeedback
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields
from yihui.http.desk.hand_pages import HandPages, require_value

_DONE: Mapping[str, str] = {"budget": N_("The budget was set.")}


def router(made: APIRouter, pages: HandPages) -> None:
    def show_budgets(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        from yihui.services.desk.home import used_share
        from yihui.services.ledger.ledger import list_ledger_budgets, load_rule_titles

        budgets = list_ledger_budgets(pages.site.wiring)
        titles = load_rule_titles(pages.site.wiring).budgets
        known = {id_: titles.get(id_, "") for id_ in sorted({one.id for one in budgets} | set(titles))}
        return pages.render(
            visit, "budgets.html", feedback, budgets=budgets, known=known, used_share=used_share
        )

    pages.add_page(made, "/money", Right.READ_MONEY, show_budgets, _DONE)
    set_budget = partial(_set_budget, pages)
    pages.add_form(made, "/money/budgets", Right.SET_BUDGETS, "budget", set_budget, show_budgets)


def _set_budget(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> str:
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
        return build_link("/desk/approvals", done="proposed")
    return build_link("/desk/money", done="budget")
