"""/desk/applications/publishing and …/lists: publish applications as one list, its page and its poster."""

import re
from functools import partial

from fastapi import APIRouter, Request, Response

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.feedback import NO_FEEDBACK, SENT_FORM_FAULTS, FormFeedback
from yihui.frame.pages import OfficerVisit, require_confirmation
from yihui.http.body import FormFields, RowNumber
from yihui.http.desk.hand_pages import HandPages, require_value

# An application, and its newest step when the officer saw the page
_CHOICE = re.compile(r"([0-9]{1,18}):([0-9]{1,18})", re.ASCII)


def router(made: APIRouter, pages: HandPages) -> None:
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

    @made.get("/applications/publishing")
    def draft(request: Request, programme: str = "") -> Response:
        visit = pages.open(request, Right.DECIDE_APPLICATIONS)
        return show_draft(visit, NO_FEEDBACK, programme.strip()[:100])

    def show_draft(visit: OfficerVisit, feedback: FormFeedback, programme: str = "") -> Response:
        from yihui.services.applications.notice_lists import MOST_OF_A_LIST, load_list_draft

        programme = programme or feedback.value("publish_list", "programme")
        scope = pages.scope(visit, Right.DECIDE_APPLICATIONS)
        found = load_list_draft(pages.site.wiring, scope, programme)
        return pages.render(
            visit,
            "notice_list_draft.html",
            feedback,
            draft=found,
            programme=programme,
            most=MOST_OF_A_LIST,
            left_out=_chosen_before(feedback),
        )

    publish, right = partial(_publish, pages), Right.DECIDE_APPLICATIONS
    pages.add_form(made, "/applications/publishing", right, "publish_list", publish, show_draft)

    @made.get("/applications/lists/{number}")
    def published(request: Request, number: RowNumber, poster: str = "", done: str = "") -> Response:
        """Show a published list; as a poster without the desk around it."""
        from yihui.cases.applications.queries import stage_chip
        from yihui.services.applications.notice_lists import load_published_list

        visit = pages.open(request, Right.READ_APPLICATIONS)
        found = load_published_list(pages.site.wiring, pages.scope(visit, Right.READ_APPLICATIONS), number)
        template = "notice_list_poster.html" if poster else "notice_list.html"
        text = visit.language.translate(N_("The list was published.")) if done else None
        return pages.render(
            visit,
            template,
            found=found,
            stage_text=lambda stage: visit.language.translate(stage_chip(stage, visit.language).title),
            done=text,
        )


def _chosen_before(feedback: FormFeedback) -> frozenset[str] | None:
    """Return the applications that a refused form had chosen; None if none was refused."""
    if feedback.form != "publish_list":
        return None
    return frozenset(text.partition(":")[0] for text in feedback.sent.get("chosen", ()))


def _publish(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> str:
    from yihui.services.applications.notice_lists import ListRequest, publish_list

    programme = require_value(sent, "programme", N_("programme"))
    require_confirmation(sent)
    chosen: dict[int, int] = {}
    for text in sent.get("chosen", ()):
        match = _CHOICE.fullmatch(text)
        if match is None:
            raise FaultError(SENT_FORM_FAULTS.build("choice", field="chosen", value=text[:40]))
        chosen[int(match[1])] = int(match[2])
    scope = pages.scope(visit, Right.DECIDE_APPLICATIONS)
    made = publish_list(pages.site.wiring, scope, visit.actor, ListRequest(programme, chosen))
    return f"/desk/applications/lists/{made.number}?done=published"
