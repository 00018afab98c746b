"""/desk/applications: queues by stage, one application with its steps, decisions with reasons, public notices."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_number, form_value
from yihui.http.desk.faults import check_choice, form_choice
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
)
from yihui.http.desk.visit import OfficerVisit

_DONE: Mapping[str, str] = MappingProxyType(
    {
        "accept": N_("The review was recorded as passed."),
        "return": N_("The application was sent back."),
        "publish": N_("The public notice began today."),
        "object": N_("The objection was recorded."),
        "dismiss": N_("The objection was dismissed."),
        "uphold": N_("The objection was upheld; the application was sent back."),
        "confirm": N_(
            "The application was confirmed; what the rules decided stands in the member's dossier."
        ),
        "withdraw": N_("The application was withdrawn."),
        "resubmit": N_("The application was handed in again."),
        "attached": N_("The file was attached."),
    }
)
ACT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "accept": N_("Pass the review"),
        "return": N_("Send it back"),
        "publish": N_("Begin the public notice"),
        "object": N_("Record an objection"),
        "dismiss": N_("Dismiss an objection"),
        "uphold": N_("Uphold an objection and send it back"),
        "confirm": N_("Confirm the application"),
        "withdraw": N_("Record that it was withdrawn"),
        "resubmit": N_("Record that it was handed in again"),
        "submit": N_("Handed in"),
    }
)
STAGE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "publish": N_("to be published"),
        "notice": N_("public notice runs"),
        "objections": N_("objections to answer"),
        "confirm": N_("to be confirmed"),
        "returned": N_("sent back, waits for the applicant"),
        "confirmed": N_("confirmed"),
        "withdrawn": N_("withdrawn"),
    }
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/applications")
    def applications(
        request: Request, stage: str = "", programme: str = "", page: int = 0, only: str = ""
    ) -> Response:
        from yihui.services.applications.applications import load_application_queue

        visit = pages.open(request, Right.READ_APPLICATIONS)
        scope = pages.scope(visit, Right.READ_APPLICATIONS)
        stage, programme = stage[:60], programme.strip()[:100]
        check_choice("stage", stage.partition(":")[0], ("", "review", *STAGE_LABELS))
        check_choice("only", only, ("", "overdue"))
        queue = load_application_queue(
            pages.site.wiring, scope, stage, programme, max(0, min(page, 1_000)), only_overdue=bool(only)
        )
        return pages.render(
            visit,
            "applications.html",
            queue=queue,
            stage=stage,
            programme=programme,
            only=only,
            page=page,
            stage_text=lambda key: stage_text(visit, key),
        )

    @made.get("/applications/notices")
    def notices(request: Request, programme: str = "", poster: str = "") -> Response:
        """Show who stands on a public notice; as a poster without the desk around it."""
        from yihui.services.applications.applications import load_public_notices
        from yihui.services.applications.notice_lists import list_published_lists

        visit = pages.open(request, Right.READ_APPLICATIONS)
        programme = programme.strip()[:100]
        scope = pages.scope(visit, Right.READ_APPLICATIONS)
        found = load_public_notices(pages.site.wiring, scope, programme)
        template = "application_poster.html" if poster else "application_notices.html"
        lists = [] if poster else list_published_lists(pages.site.wiring, scope)
        return pages.render(visit, template, notices=found, programme=programme, lists=lists)

    @made.get("/applications/{number}")
    def application(request: Request, number: int) -> Response:
        visit = pages.open(request, Right.READ_APPLICATIONS)
        return show_application(pages, visit, number, NO_FEEDBACK, visit.done(request, _DONE))

    @made.post("/applications/{number}/acts")
    async def act_on(request: Request, number: int) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _act(pages, visit, number, sent)

        return await pages.submit(
            request,
            Right.DECIDE_APPLICATIONS,
            "act",
            act,
            lambda visit, feedback: show_application(pages, visit, number, feedback),
        )


def show_application(
    pages: OfficerPages, visit: OfficerVisit, number: int, feedback: FormFeedback, done: str | None = None
) -> Response:
    """Show one application; the reading is recorded."""
    from yihui.services.applications.acts import WITH_REASON
    from yihui.services.applications.applications import load_application
    from yihui.services.applications.stages import ACTS_OF_STAGES
    from yihui.views.applications import application_step_text

    details = load_application(pages.site.wiring, pages.scope(visit, Right.READ_APPLICATIONS), number)
    pages.record_reading(visit, Right.READ_APPLICATIONS, details.listed.member)
    return pages.render(
        visit,
        "application.html",
        feedback,
        details=details,
        one=details.listed,
        steps=[(step, application_step_text(step, visit.language)) for step in details.steps],
        stage_text=lambda key: stage_text(visit, key),
        acts=ACTS_OF_STAGES[details.listed.stage.kind],
        act_labels=ACT_LABELS,
        with_reason=WITH_REASON,
        may_decide=visit.holds(Right.DECIDE_APPLICATIONS),
        done=done,
    )


def stage_text(visit: OfficerVisit, key: str) -> str:
    """Return a queue's name in the officer's language."""
    kind, _, review = key.partition(":")
    if review:
        return visit.language.render(N_("review by {stage}"), stage=review)
    return visit.language.translate(STAGE_LABELS.get(kind, kind))


def _act(pages: OfficerPages, visit: OfficerVisit, number: int, sent: FormFields) -> ActOutcome:
    from yihui.services.applications.acts import ApplicationAct, act_on_application
    from yihui.services.applications.stages import ActKind

    kind = form_choice(sent, "kind", get_args(ActKind))
    require_confirmation(sent)
    reason, version = form_value(sent, "reason"), form_number(sent, "version")
    scope = pages.scope(visit, Right.DECIDE_APPLICATIONS)
    kind_: ActKind = kind  # type: ignore[assignment]
    act = ApplicationAct(number, version, kind_, visit.actor.id, reason)
    act_on_application(pages.site.wiring, scope, act)
    return ActOutcome(build_link(f"/desk/applications/{number}", done=kind))
