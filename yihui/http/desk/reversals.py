"""/desk/money/reversals: take back what was granted wrongly."""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Response

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.pages import (
    FormFeedback,
    OfficerPages,
    OfficerVisit,
    build_link,
    require_confirmation,
    require_value,
)

REVERSALS = "/desk/money/reversals"
_DONE: Mapping[str, str] = {
    "reversed": N_("The grant was taken back."),
    "nothing": N_("Nothing matched: nothing was taken back."),
    "void": N_("What was left of the benefit went back to its budget."),
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


def router(made: APIRouter, pages: OfficerPages) -> None:
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

    pages.add_page(made, "/money/reversals", Right.READ_MONEY, show_reversals, _DONE)
    reverse = partial(_reverse, pages)
    pages.add_form(made, "/money/reversals", Right.REVERSE, "reverse", reverse, show_reversals)
    pages.add_form(made, "/money/reversals/void", Right.REVERSE, "void", void, show_reversals)


def _reverse(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> str:
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
