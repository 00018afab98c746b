"""/desk/approvals: acts that one officer proposed and a second one confirms or refuses."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.feedback import FormFeedback
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, RowNumber, form_value
from yihui.http.desk.hand_pages import HandPages, require_value

_DONE: Mapping[str, str] = {
    "confirmed": N_("It was confirmed and done."),
    "refused": N_("It was refused; nothing was changed."),
    "proposed": N_("It waits for a second person now."),
}


def router(made: APIRouter, pages: HandPages) -> None:
    def show(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        from yihui.services.access.approvals import list_visible_proposals
        from yihui.services.rules.versions import list_waiting_versions
        from yihui.views.approvals import pending_act_line

        acts = list_visible_proposals(pages.site.wiring, visit.actor)
        names = pages.record_names()
        lines = [(one, pending_act_line(one.act, visit.language, names)) for one in reversed(acts)]
        return pages.render(
            visit,
            "approvals.html",
            feedback,
            waiting=[line for line in lines if line[0].act.state == "waiting"],
            versions=list_waiting_versions(pages.site.wiring, visit.actor),
            decided=[text for one, text in lines if one.act.state != "waiting"][:50],
        )

    pages.add_page(made, "/approvals", Right.READ_RULES, show, _DONE)

    @made.post("/approvals/{number}/confirm")
    async def confirm(request: Request, number: RowNumber) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> str:
            from yihui.services.access.approvals import confirm_proposal

            require_confirmation(sent)
            reason, seen = form_value(sent, "reason"), form_value(sent, "seen")
            confirm_proposal(pages.site.wiring, visit.actor, number, reason, seen=seen)
            return build_link("/desk/approvals", done="confirmed")

        return await pages.submit(request, Right.READ_RULES, f"confirm-{number}", act, show)

    @made.post("/approvals/{number}/refuse")
    async def refuse(request: Request, number: RowNumber) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> str:
            from yihui.services.access.approvals import refuse_proposal

            reason = require_value(sent, "reason", N_("reason"))
            require_confirmation(sent)
            refuse_proposal(pages.site.wiring, visit.actor, number, reason)
            return build_link("/desk/approvals", done="refused")

        return await pages.submit(request, Right.READ_RULES, f"refuse-{number}", act, show)
