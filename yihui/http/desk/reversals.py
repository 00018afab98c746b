"""/desk/money/reversals and /debts: take back what was granted wrongly, and settle what members owe."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from core.faults import FaultError, FaultTable
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

REVERSALS, DEBTS = "/desk/money/reversals", "/desk/money/debts"
_DONE: Mapping[str, str] = {
    "reversed": N_("The grant was taken back."),
    "nothing": N_("Nothing matched: nothing was taken back."),
    "void": N_("What was left of the benefit went back to its budget."),
    "settled": N_("It is recorded that the member paid."),
    "waived": N_("The debt was waived."),
}
REVERSAL_FORM_FAULTS = FaultTable(
    "desk_reversal",
    {
        "everything": (
            N_(
                "neither a version nor a first day is given: that would take back all that {value} ever granted"
            ),
            N_("say which: the version, the first day, or both"),
        ),
    },
)


def router(made: APIRouter, pages: HandPages) -> None:
    wiring = pages.site.wiring

    def show_reversals(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        from yihui.services.money.desk import list_covered_reversals
        from yihui.views.approvals import pending_act_line

        found = list_covered_reversals(wiring, pages.scope(visit, Right.READ_MONEY))
        names = pages.record_names()
        lines = [pending_act_line(one, visit.language, names) for one in found]
        return pages.render(visit, "reversals.html", feedback, lines=lines)

    def void(visit: OfficerVisit, sent: FormFields) -> str:
        from yihui.services.benefits.vouchers import void_grant

        grant = require_value(sent, "grant", N_("benefit's number"))
        reason = require_value(sent, "reason", N_("reason"))
        require_confirmation(sent)
        pages.authorise_act(visit, Right.REVERSE, "grant", grant)
        state_act("grant", grant, reason)
        void_grant(wiring, grant, visit.actor.id, reason)
        return build_link(REVERSALS, done="void")

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

    pages.add_page(made, "/money/reversals", Right.READ_MONEY, show_reversals, _DONE)
    reverse = partial(_reverse, pages)
    pages.add_form(made, "/money/reversals", Right.REVERSE, "reverse", reverse, show_reversals)
    pages.add_form(made, "/money/reversals/void", Right.REVERSE, "void", void, show_reversals)
    add_debt_form("settle", "settle_debt", Right.PREPARE_MONEY, "settled")
    add_debt_form("waive", "waive_debt", Right.REVERSE, "waived")


def _reverse(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> str:
    """Take one grant back; of several, propose it to a second person."""
    from benefits import ReversalCriteria
    from yihui.access.pending_acts import PendingAct
    from yihui.runtime.arguments import parse_day
    from yihui.services.rules.lookup import reverse_grants

    rule = require_value(sent, "rule", N_("rule"))
    reason = require_value(sent, "reason", N_("reason"))
    version, since, until = (form_value(sent, name) for name in ("version", "since", "until"))
    if not (version or since):
        raise FaultError(REVERSAL_FORM_FAULTS.build("everything", field="since", value=rule[:40]))
    require_confirmation(sent)
    pages.authorise_act(visit, Right.REVERSE, "rule", rule)
    first = parse_day(since, "since") if since else None
    last = parse_day(until, "until") if until else None
    wanted = ReversalCriteria(rule, version or None, first, last)
    done = reverse_grants(pages.site.wiring, wanted, visit.actor.id, reason)
    if isinstance(done, PendingAct):
        return build_link("/desk/approvals", done="proposed")
    return build_link(REVERSALS, done="reversed" if done.grants else "nothing")
