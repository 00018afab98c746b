"""/me/files: files that the member attached, as pictures.

/me/uploads: a file in parts that goes on where it was cut off (as tus 1.0), for the pages' own script.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from core.faults import FaultError
from members.attachments import AttachmentOwner, upload_owner
from yihui.access.acting import Acting, acting_as
from yihui.frame.feedback import FormFeedback, require_own_page
from yihui.frame.files import picture_response
from yihui.frame.own_papers import read_title, require_form
from yihui.http.body import (
    content_media_type,
    form_number,
    form_value,
    read_body,
    read_form,
    wrong_media_type,
)
from yihui.http.errors import problem_for_error
from yihui.http.guard.refusals import note_refusal
from yihui.http.me.pages import MemberPages, MemberVisit, private_headers
from yihui.runtime.errors import fault_line

if TYPE_CHECKING:
    from members.attachments import Attachment
    from yihui.services.attachments.attachments import SentFile
    from yihui.services.attachments.resumable_uploads import ResumableUpload

PART_MEDIA_TYPE = "application/offset+octet-stream"
MAX_PART_BYTES = 512 << 10
_UPLOADS_PATH = "/me/uploads"


def _require_place(visit: MemberVisit, place: str) -> AttachmentOwner:
    """Return the owner of the files that wait for a form. *Raises*: FaultError if the member has no such form."""
    from yihui.services.attachments.attachments import ATTACHMENT_FAULTS

    papers, _, key = place.partition(":")
    if not require_form(visit.wiring, visit.actor, papers, key):
        raise FaultError(ATTACHMENT_FAULTS.build("unknown_own", field="place"))
    return upload_owner(visit.member, papers, key)


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/files/{number}", _show)

    @made.get("/files/{number}/pages/{page}")
    def picture(request: Request, number: str, page: str) -> Response:
        from yihui.services.attachments.attachments import find_own_file, read_page

        visit = pages.open(request)
        found = find_own_file(pages.site.wiring, visit.member, read_number(number))
        return picture_response(read_page(pages.site.wiring, found, read_number(page)))

    @made.post("/uploads")
    async def begin(request: Request) -> Response:
        """Begin an upload, or answer how much of the same one has arrived, or that its file is attached already."""

        async def work() -> Response:
            require_own_page(request)
            visit = await run_in_threadpool(pages.open, request)
            sent = await read_form(request)
            title, length = read_title(visit.language, form_value(sent, "title")), form_number(sent, "length")
            place, digest = form_value(sent, "place"), form_value(sent, "digest")
            return await run_in_threadpool(_begin, visit, place, title, length, digest)

        return await _answer(pages, request, work)

    @made.get("/uploads/{upload}")
    async def show_offset(request: Request, upload: str) -> Response:
        """Say in headers how much has arrived; HEAD is answered as well."""

        async def work() -> Response:
            from yihui.services.attachments.resumable_uploads import find_upload

            visit = await run_in_threadpool(pages.open, request)
            found = await run_in_threadpool(find_upload, pages.site.wiring, visit.member, upload)
            return Response(None, 200, _headers(found))

        return await _answer(pages, request, work)

    @made.patch("/uploads/{upload}")
    async def append(request: Request, upload: str) -> Response:
        """Append a part; the last one attaches the file. Sent again after a lost answer, it attaches once."""
        return await _answer(pages, request, lambda: _append(pages, request, upload))


def _show(visit: MemberVisit, feedback: FormFeedback, number: str) -> Response:
    from yihui.services.attachments.attachments import find_own_file

    return visit.page("file.html", one=find_own_file(visit.wiring, visit.member, read_number(number)))


def read_number(text: str) -> int:
    """Return a number of an address; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


async def _append(pages: MemberPages, request: Request, upload: str) -> Response:
    from yihui.services.attachments.resumable_uploads import append_part

    require_own_page(request)
    wiring = pages.site.wiring
    visit = await run_in_threadpool(pages.open, request)
    if content_media_type(request.headers) != PART_MEDIA_TYPE:
        raise wrong_media_type("no_form", content_media_type(request.headers))
    content = await read_body(request, MAX_PART_BYTES)
    stated = request.headers.get("upload-offset", "")
    offset = int(stated) if stated.isascii() and stated.isdecimal() and len(stated) <= 9 else -1
    found = await run_in_threadpool(append_part, wiring, visit.member, upload, offset, content)
    if not found.is_whole:
        return Response(None, 204, _headers(found))
    owner = await run_in_threadpool(_require_place, visit, found.place)
    file = await run_in_threadpool(_read_whole, visit, found)
    made = await pages.site.write_queue.run(_attach_upload, visit, owner, file, found)
    return _say_attached(made, _headers(found))


def _attach_upload(
    visit: MemberVisit, owner: AttachmentOwner, file: "SentFile", found: "ResumableUpload"
) -> "Attachment":
    """Attach a whole file, unless the member's session has ended or her data were erased since the part came.

    *Raises*: FaultError.
    """
    from yihui.services.attachments.attachments import add_own_file
    from yihui.services.attachments.resumable_uploads import delete_upload

    wiring = visit.wiring
    with acting_as(Acting(visit.actor, visit.today)):
        made = add_own_file(wiring, visit.actor, owner, file)
    delete_upload(wiring, visit.member, found.id)
    return made


def _say_attached(file: "Attachment", headers: Mapping[str, str]) -> Response:
    return JSONResponse({"number": file.number, "title": file.title}, 200, dict(headers))


def _begin(visit: MemberVisit, place: str, title: str, length: int, digest: str) -> Response:
    from yihui.services.attachments.attachments import find_waiting_file, require_room_for_own_file
    from yihui.services.attachments.resumable_uploads import begin_upload

    owner, wiring = _require_place(visit, place), visit.wiring
    if (there := find_waiting_file(wiring, owner, digest)) is not None:
        return _say_attached(there, private_headers())  # the answer to its last part was lost
    require_room_for_own_file(wiring, visit.member)
    begun = begin_upload(wiring, visit.member, place, title, length, digest)
    headers = {**_headers(begun), "Location": f"{_UPLOADS_PATH}/{begun.id}"}
    return JSONResponse({"upload": begun.id, "offset": begun.offset}, 201, headers)


def _read_whole(visit: MemberVisit, found: "ResumableUpload") -> "SentFile":
    """Check the file that has arrived; one that is refused is deleted. *Raises*: FaultError."""
    from yihui.services.attachments.attachments import read_sent_file
    from yihui.services.attachments.resumable_uploads import delete_upload, read_upload

    wiring = visit.wiring
    content = read_upload(wiring, visit.member, found)
    try:
        return read_sent_file(found.title, content)
    except FaultError as error:
        if not error.faults[0].code.startswith(
            "drawing."
        ):  # drawing was refused because the site is busy: the phone sends the last part again
            delete_upload(wiring, visit.member, found.id)
        raise


def _headers(found: "ResumableUpload") -> Mapping[str, str]:
    return {
        **private_headers(),
        "Upload-Offset": str(found.offset),
        "Upload-Length": str(found.length),
        "Tus-Resumable": "1.0.0",
    }


async def _answer(pages: MemberPages, request: Request, work: Callable[[], Awaitable[Response]]) -> Response:
    """Return the answer of some work, or its fault in words as JSON: the page's script shows them.

    *Raises*: LoginNeeded.
    """
    language = pages.appearance(request).language
    try:
        return await work()
    except FaultError as found:
        error = found
    note_refusal(request, error.faults[0].code)
    line = fault_line(error.faults[0], language)
    status = problem_for_error(error, language).status
    content = {"code": error.faults[0].code, "message": line.message, "remedy": line.remedy}
    return JSONResponse(content, status, private_headers())
