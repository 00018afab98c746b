"""/desk/applications/…/attachments: attach a file to an application, and look at its pages as pictures."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from yihui.access.roles import Right
from yihui.http.body import FormFields
from yihui.http.desk.files import download_response, picture_response, submit_with_file
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
)
from yihui.http.desk.visit import OfficerVisit

if TYPE_CHECKING:
    from members.attachments import Attachment
    from yihui.services.attachments.attachments import SentFile


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/applications/{number}/attachments")
    def begin(request: Request, number: int) -> Response:
        return show(pages.open(request, Right.DECIDE_APPLICATIONS), number, NO_FEEDBACK)

    def show(visit: OfficerVisit, number: int, feedback: FormFeedback) -> Response:
        from yihui.services.applications.attachments import require_application

        require_application(pages.site.wiring, pages.scope(visit, Right.DECIDE_APPLICATIONS), number)
        return pages.render(visit, "application_attach.html", feedback, number=number)

    @made.post("/applications/{number}/attachments")
    async def attach(request: Request, number: int) -> Response:
        def act(visit: OfficerVisit, sent: FormFields, file: "SentFile") -> ActOutcome:
            return _attach(pages, visit, number, file)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show(visit, number, feedback)

        def check(visit: OfficerVisit, sent: FormFields) -> None:
            from yihui.services.applications.attachments import require_application

            require_confirmation(sent)
            require_application(pages.site.wiring, pages.scope(visit, Right.DECIDE_APPLICATIONS), number)

        right = Right.DECIDE_APPLICATIONS
        return await submit_with_file(pages, request, right, "attach", act, again, check=check)

    @made.get("/applications/attachments/{number}")
    def attachment(request: Request, number: int) -> Response:
        from yihui.services.applications.applications import find_application_number

        visit, found = load(request, number)
        application = find_application_number(pages.site.wiring, found)
        return pages.render(visit, "attachment.html", one=found, application=application)

    def load(request: Request, number: int) -> "tuple[OfficerVisit, Attachment]":
        from yihui.services.applications.attachments import load_attachment

        visit = pages.open(request, Right.READ_APPLICATIONS)
        scope = pages.scope(visit, Right.READ_APPLICATIONS)
        return visit, load_attachment(pages.site.wiring, scope, number)

    @made.get("/applications/attachments/{number}/pages/{page}")
    def picture(request: Request, number: int, page: int) -> Response:
        from yihui.services.attachments.attachments import read_page

        visit, found = load(request, number)
        content = read_page(pages.site.wiring, found, page)
        pages.record_reading(visit, Right.READ_APPLICATIONS, found.member_id or "")
        return picture_response(content)

    @made.get("/applications/attachments/{number}/download")
    def download(request: Request, number: int) -> Response:
        from yihui.services.attachments.attachments import read_whole

        visit, found = load(request, number)
        content = read_whole(pages.site.wiring, found)
        pages.record_reading(visit, Right.READ_APPLICATIONS, found.member_id or "")
        return download_response(found, content)


def _attach(pages: OfficerPages, visit: OfficerVisit, number: int, file: "SentFile") -> ActOutcome:
    from yihui.services.applications.attachments import attach_file

    scope = pages.scope(visit, Right.DECIDE_APPLICATIONS)
    attach_file(pages.site.wiring, scope, number, visit.actor.id, file)
    return ActOutcome(build_link(f"/desk/applications/{number}", done="attach"))
