"""/desk/applications/…/attachments: attach a file to an application, and look at its pages as pictures."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import FaultError
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.applications import show_application
from yihui.http.desk.pages import (
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
)
from yihui.http.desk.visit import OfficerVisit
from yihui.http.multipart import UploadedFile, read_file_form

MAX_FILE_FORM_BYTES = 11 << 20  # a file of 10 MB and the fields around it
# A stored file never runs: no script, no form, no frame, an origin of its own.
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.post("/applications/{number}/attachments")
    async def attach(request: Request, number: int) -> Response:
        """Check the file before the turn of the write comes: that may take seconds."""
        visit = await pages.open_form(request, Right.DECIDE_APPLICATIONS)
        sent, files = await read_file_form(request, MAX_FILE_FORM_BYTES)
        file = files.get("file")

        def prepare() -> object:
            from yihui.files.pictures import picture_file

            pages.check_key(visit, sent)
            return picture_file(file.content if file else b"")

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show_application(pages, visit, number, feedback)

        try:
            pictured = await run_in_threadpool(prepare)
        except FaultError as error:
            if not error.faults[0].code.startswith("attachment."):
                raise
            return await run_in_threadpool(again, visit, pages.refuse(visit, error, "attach"))

        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _attach(pages, visit, number, sent, file, pictured)

        return await pages.carry_out(visit, sent, Right.DECIDE_APPLICATIONS, "attach", act, again)

    @made.get("/applications/attachments/{number}")
    def attachment(request: Request, number: int) -> Response:
        from yihui.services.applications.applications import find_application_number
        from yihui.services.applications.attachments import load_attachment

        visit = pages.open(request, Right.READ_APPLICATIONS)
        found, _ = load_attachment(pages.site.wiring, pages.scope(visit, Right.READ_APPLICATIONS), number)
        application = find_application_number(pages.site.wiring, found.member_id, found.application)
        return pages.render(visit, "attachment.html", one=found, application=application)

    @made.get("/applications/attachments/{number}/pages/{page}")
    def picture(request: Request, number: int, page: int) -> Response:
        from yihui.services.applications.attachments import load_attachment, read_page

        visit = pages.open(request, Right.READ_APPLICATIONS)
        found, _ = load_attachment(pages.site.wiring, pages.scope(visit, Right.READ_APPLICATIONS), number)
        content = read_page(pages.site.wiring, found, page)
        pages.record_reading(visit, Right.READ_APPLICATIONS, found.member_id)
        return Response(content, media_type="image/jpeg", headers=FILE_HEADERS)

    @made.get("/applications/attachments/{number}/download")
    def download(request: Request, number: int) -> Response:
        from yihui.services.applications.attachments import load_attachment, read_whole

        visit = pages.open(request, Right.READ_APPLICATIONS)
        found, _ = load_attachment(pages.site.wiring, pages.scope(visit, Right.READ_APPLICATIONS), number)
        content = read_whole(pages.site.wiring, found)
        pages.record_reading(visit, Right.READ_APPLICATIONS, found.member_id)
        suffix = "pdf" if found.media_type == "application/pdf" else "jpg"
        named = f'attachment; filename="attachment-{number}.{suffix}"'
        return Response(
            content, media_type=found.media_type, headers={**FILE_HEADERS, "Content-Disposition": named}
        )


def _attach(
    pages: OfficerPages,
    visit: OfficerVisit,
    number: int,
    sent: FormFields,
    file: UploadedFile | None,
    pictured: object,
) -> ActOutcome:
    from yihui.files.pictures import PicturedFile
    from yihui.services.applications.attachments import attach_file

    assert file is not None and isinstance(pictured, PicturedFile)
    require_confirmation(sent)
    made = attach_file(
        pages.site.wiring,
        pages.scope(visit, Right.DECIDE_APPLICATIONS),
        number,
        visit.actor.id,
        form_value(sent, "title"),
        file.content,
        pictured,
    )
    after = {
        "application": made.application,
        "digest": made.digest,
        "media_type": made.media_type,
        "size_bytes": made.size_bytes,
        "pages": len(made.pages),
    }
    page = build_link(f"/desk/applications/{number}", done="attached")
    return ActOutcome(page, "member", made.member_id, after=after)
