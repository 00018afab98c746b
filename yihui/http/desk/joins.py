"""/desk/joins: requests to join that wait for a review, approved or refused."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import APIRouter, Request, Response

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
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
    {"approved": N_("The request was approved."), "refused": N_("The request was refused.")}
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/joins")
    def joins(request: Request, only: str = "") -> Response:
        visit = pages.open(request, Right.CHANGE_MEMBERS)
        return show(visit, NO_FEEDBACK, only, visit.done(request, _DONE))

    def show(
        visit: OfficerVisit, feedback: FormFeedback, only: str = "", done: str | None = None
    ) -> Response:
        from yihui.services.joining.desk import list_covered_reviews

        scope = pages.scope(visit, Right.CHANGE_MEMBERS)
        found = list_covered_reviews(pages.site.wiring, scope, only_transfers=only == "transfers")
        return pages.render(visit, "joins.html", feedback, reviews=found, only=only, done=done)

    @made.post("/joins/{id}/approve")
    async def approve(request: Request, id: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            from yihui.services.joining.reviews import approve_joining

            require_confirmation(sent)
            reviewer = _require_reviewer(pages, visit, id)
            reason = form_value(sent, "reason")
            state_act("join_request", id, reason, reviewer, after={"state": "approved"})
            approve_joining(pages.site.wiring, id, visit.actor.id, reason)
            return ActOutcome(build_link("/desk/joins", done="approved"))

        return await pages.submit(request, Right.CHANGE_MEMBERS, f"approve-{id}", act, show)

    @made.post("/joins/{id}/refuse")
    async def refuse(request: Request, id: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            from yihui.services.joining.reviews import refuse_joining

            reason = require_value(sent, "reason", N_("reason"))
            require_confirmation(sent)
            reviewer = _require_reviewer(pages, visit, id)
            state_act("join_request", id, reason, reviewer, after={"state": "refused"})
            refuse_joining(pages.site.wiring, id, visit.actor.id, reason)
            return ActOutcome(build_link("/desk/joins", done="refused"))

        return await pages.submit(request, Right.CHANGE_MEMBERS, f"refuse-{id}", act, show)


def _require_reviewer(pages: OfficerPages, visit: OfficerVisit, id: str) -> str | None:
    """Return the organisation that reviews a request. *Raises*: FaultError unless the officer acts for it."""
    from members.joining.faults import JOINING_FAULTS
    from yihui.services.joining.desk import find_reviewer

    reviewer = find_reviewer(pages.site.wiring, pages.scope(visit, Right.CHANGE_MEMBERS), id)
    if reviewer is None:
        raise FaultError(JOINING_FAULTS.build("unknown", field="request", value=id[:40]))
    pages.authorise(visit, Right.CHANGE_MEMBERS, reviewer)
    return reviewer
