"""Forms with a file that is stored, and stored files as answers: shown as pictures, or downloaded."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import FaultError
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.pages import ActOutcome, Again, FormFeedback, OfficerPages, require_confirmation
from yihui.http.desk.visit import OfficerVisit
from yihui.http.multipart import read_file_form

if TYPE_CHECKING:
    from members.attachments import Attachment
    from yihui.services.attachments.attachments import SentFile

MAX_FILE_FORM_BYTES = 11 << 20  # a file of 10 MB and the fields around it
# A stored file never runs: no script, no form, no frame, an origin of its own.
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_OF_THE_FILE = ("attachment.", "application_file.")
FileAct = Callable[[OfficerVisit, FormFields, "SentFile"], ActOutcome]


async def submit_with_file(
    pages: OfficerPages,
    request: Request,
    right: Right,
    form: str,
    act: FileAct,
    again: Again,
    title: str | None = None,
    check: Callable[[OfficerVisit, FormFields], object] = lambda visit, sent: require_confirmation(sent),
) -> Response:
    """As ``OfficerPages.submit``, with a file; ``title`` says what it is, or else the form's field does.

    The file is checked and drawn before the turn of the write comes, since that may take seconds, and after the rest
    of the form, which ``check`` refuses.
    """
    visit = await pages.open_form(request, right)
    sent, files = await read_file_form(request, MAX_FILE_FORM_BYTES)

    def prepare() -> "SentFile | FormFeedback":
        from yihui.services.attachments.attachments import read_sent_file

        pages.check_key(visit, sent)
        content = files["file"].content if "file" in files else b""
        try:
            check(visit, sent)
        except FaultError as error:
            refused = pages.refuse(visit, error, form)
            if refused.status in (401, 403) or refused.status >= 500:
                raise
            return FormFeedback(refused.problems, sent, form, refused.status, refused.code)
        try:
            return read_sent_file(form_value(sent, "title") if title is None else title, content)
        except FaultError as error:
            if not error.faults[0].code.startswith(_OF_THE_FILE):
                raise
            refused = pages.refuse(visit, error, form)
            return FormFeedback(refused.problems, sent, form, refused.status, refused.code)

    prepared = await run_in_threadpool(prepare)
    if isinstance(prepared, FormFeedback):
        return await run_in_threadpool(again, visit, prepared)
    file = prepared
    return await pages.carry_out(visit, sent, right, form, lambda who, said: act(who, said, file), again)


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/uploads/{id_}/pages/{page}")
    def page(request: Request, id_: str, page: int) -> Response:
        """Show a page of a document that came with a form and waits for its confirmation."""
        from yihui.frame.papers import load_kept_picture
        from yihui.services.operation.uploads import UPLOAD_FAULTS

        file = load_kept_picture(pages.site.wiring, pages.open(request).actor, id_).pictured
        if file is None or not 1 <= page <= len(file.pages):
            raise FaultError(UPLOAD_FAULTS.build("gone", field="page", value=page))
        return picture_response(file.pages[page - 1])


def picture_response(content: bytes) -> Response:
    """Answer with a page of a stored file."""
    return Response(content, media_type="image/jpeg", headers=FILE_HEADERS)


def download_response(one: "Attachment", content: bytes) -> Response:
    """Answer with a whole stored file, to be saved and not opened."""
    suffix = "pdf" if one.media_type == "application/pdf" else "jpg"
    named = f'attachment; filename="attachment-{one.number}.{suffix}"'
    return Response(
        content, media_type=one.media_type, headers={**FILE_HEADERS, "Content-Disposition": named}
    )
