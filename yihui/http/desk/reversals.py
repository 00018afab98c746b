"""/desk/money/debts: settle what members owe."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, form_value
from yihui.http.desk.hand_pages import HandPages, require_value
from yihui.http.desk.sent_values import check_choice

if TYPE_CHECKING:
    from yihui.services.benefits.benefits import DebtEnd

DEBTS = "/desk/money/debts"
_DONE: Mapping[str, str] = {
    "settled": N_("It is recorded that the member paid."),
    "waived": N_("The debt was waived."),
}


def router(made: APIRouter, pages: HandPages) -> None:
    wiring = pages.site.wiring

    @made.get("/money/debts")
    def debts(request: Request, all: str = "", member: str = "") -> Response:
        visit = pages.open(request, Right.READ_MONEY, done=_DONE)
        check_choice("all", all, ("", "1"))
        return show_debts(visit, NO_FEEDBACK, all == "1", member.strip())

    def show_debts(
        visit: OfficerVisit, feedback: FormFeedback, all_: bool = False, member: str = "", **_: str
    ) -> Response:
        from yihui.services.money.desk import MOST_DEBTS, list_covered_debts
        from yihui.views.decisions import debt_lines

        names = pages.record_names()
        scope = pages.scope(visit, Right.READ_MONEY)
        found = list_covered_debts(wiring, scope, member or None, open_only=not all_)
        return pages.render(
            visit,
            "debts.html",
            feedback,
            debts=[(one, [*debt_lines(one, visit.language, names)]) for one in found[:MOST_DEBTS]],
            count=len(found),
            owed_fen=sum(one.left_fen for one in found),
            all_=all_,
            member=member,
        )

    def add_debt_form(name: str, kind: "DebtEnd", right: Right, done: str) -> None:
        def end(visit: OfficerVisit, sent: FormFields, debt: str) -> str:
            from yihui.runtime.arguments import parse_fen
            from yihui.services.benefits.benefits import end_member_debt

            reason, yuan = require_value(sent, "reason", N_("reason")), form_value(sent, "yuan")
            part = parse_fen(yuan, "yuan") if yuan else None  # None is the whole debt
            require_confirmation(sent)
            pages.authorise_act(visit, right, "debt", debt)
            state_act("debt", debt, reason, after={"part_fen": part})
            end_member_debt(wiring, kind, debt, part, visit.actor.id, reason)
            return build_link(DEBTS, done=done)

        pages.add_form(made, f"/money/debts/{{debt}}/{name}", right, f"{name}-{{debt}}", end, show_debts)

    add_debt_form("settle", "settle_debt", Right.PREPARE_MONEY, "settled")
    add_debt_form("waive", "waive_debt", Right.REVERSE, "waived")
