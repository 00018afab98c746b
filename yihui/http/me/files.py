"""/me/files: files that the member attached, as pictures; and forms that take one.

/me/uploads: a file in parts that goes on where it was cut off (as tus 1.0), for the pages' own script.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from core.faults import FaultError
from members.attachments import AttachmentOwner, upload_owner
from yihui.access.acting import Acting, acting_as, state_act, state_if_done
from yihui.frame.own_papers import read_title, require_form
from yihui.http.body import (
    FORM_MEDIA_TYPE,
    FormFields,
    content_media_type,
    form_number,
    form_value,
    read_body,
    read_file_form,
    read_form,
    wrong_media_type,
)
from yihui.http.desk.files import MAX_FILE_FORM_BYTES, picture_response
from yihui.http.errors import problem_for_error
from yihui.http.form_acts import Act, ActOutcome, Again, FormFeedback, require_own_page
from yihui.http.guard.refusals import note_refusal
from yihui.http.me.pages import MemberPages, MemberVisit, private_headers
from yihui.runtime.errors import fault_line
from yihui.services.desk.form_submissions import check_form_key

if TYPE_CHECKING:
    from members.attachments import Attachment
    from yihui.services.attachments.attachments import SentFile
    from yihui.services.attachments.resumable_uploads import ResumableUpload

_REMOVE = "remove-"
_NOT_HERS = ("unknown", "unknown_form", "unknown_decision")
PART_MEDIA_TYPE = "application/offset+octet-stream"
MAX_PART_BYTES = 512 << 10
_UPLOADS_PATH = "/me/uploads"


@dataclass(frozen=True, slots=True)
class FormPlace:
    """A form that takes files: its kind and its key (a rule, an application's number, a decision, "new")."""

    kind: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "FormPlace":
        """Return the form that a text names; whether the member has it, ``require`` says."""
        kind, _, key = text.partition(":")
        return cls(kind, key)

    def require(self, visit: MemberVisit) -> None:
        """*Raises*: FaultError if the member has no such form; it is the same for another member's."""
        from yihui.services.applications.own_applications import load_applicable_rule, load_own_application
        from yihui.services.attachments.attachments import ATTACHMENT_FAULTS

        wiring, member = visit.wiring, visit.member
        if self.kind == "apply":
            load_applicable_rule(wiring, member, self.key)
        elif self.kind == "again":
            load_own_application(wiring, member, read_number(self.key))
        elif not require_form(wiring, visit.actor, self.kind, self.key):
            raise FaultError(ATTACHMENT_FAULTS.build("unknown_own", field="place"))

    def owner(self, member: str) -> AttachmentOwner:
        """Return the owner of the files that wait for this form."""
        return upload_owner(member, self.kind, self.key)

    def context(self, visit: MemberVisit) -> dict[str, Any]:
        """Return what the part of the page with the files shows."""
        from yihui.files.pictures import MAX_FILE_BYTES
        from yihui.services.attachments.attachments import list_waiting_files

        waiting = list_waiting_files(visit.wiring, self.owner(visit.member))
        return {"place": f"{self.kind}:{self.key}", "waiting": waiting, "most_bytes": MAX_FILE_BYTES}


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


def add_file_form(
    made: APIRouter,
    pages: MemberPages,
    path: str,
    form: str,
    place: Callable[..., FormPlace],
    act: Act,
    again: Again,
) -> None:
    """Add the route of a form that takes files; ``place`` gets what the address names."""

    async def submit(request: Request) -> Response:
        named = request.path_params
        carry_out, show = partial(act, **named), partial(again, **named)
        return await _submit(pages, request, form, place(**named), carry_out, show)

    made.add_api_route(path, submit, methods=["POST"])


async def _submit(
    pages: MemberPages, request: Request, form: str, place: FormPlace, act: Act, again: Again
) -> Response:
    """As ``MemberPages.submit``, for a form that takes files: one button attaches, one removes, one hands in.

    The file is checked and drawn before the turn of the write comes, if the form is the member's and one more file
    may wait. What was typed stays on the page.
    """
    arrived_at = pages.site.wiring.now()
    require_own_page(request)
    visit = await run_in_threadpool(pages.open, request, arrived_at)
    content = b""
    if content_media_type(request.headers) == FORM_MEDIA_TYPE:
        sent = await read_form(request)
    else:
        sent, files = await read_file_form(request, MAX_FILE_FORM_BYTES)
        content = files["file"].content if "file" in files else b""
    file = await run_in_threadpool(_prepare, pages, visit, sent, form, place, content)
    if isinstance(file, FormFeedback):
        return await run_in_threadpool(again, visit, file)
    attached = file

    def carry_out(visit: MemberVisit, sent: FormFields) -> ActOutcome | str:
        return _act(pages, visit, sent, place, attached, form, act, again)

    return await pages.site.write_queue.run(pages.carry_out, visit, sent, form, carry_out, again)


def _prepare(
    pages: MemberPages, visit: MemberVisit, sent: FormFields, form: str, place: FormPlace, content: bytes
) -> "SentFile | FormFeedback | None":
    from yihui.services.attachments.attachments import read_sent_file, require_room_for_own_file

    if not content and form_value(sent, "act") != "attach":
        return None
    check_form_key(pages.site.wiring, visit.actor, form_value(sent, "form_key"))
    place.require(visit)
    try:
        require_room_for_own_file(pages.site.wiring, visit.member)
        return read_sent_file(read_title(visit.language, form_value(sent, "title")), content)
    except FaultError as error:
        if problem_for_error(error, visit.language).status >= 500:
            raise
        return pages.refuse(visit.request, error, form, sent)


def _act(
    pages: MemberPages,
    visit: MemberVisit,
    sent: FormFields,
    place: FormPlace,
    file: "SentFile | None",
    form: str,
    act: Act,
    again: Again,
) -> ActOutcome | str:
    from yihui.services.attachments.attachments import add_own_file, remove_own_file

    wiring, owner, chosen = visit.wiring, place.owner(visit.member), form_value(sent, "act")
    if file is not None or chosen.startswith(_REMOVE):
        state_act("member", visit.member)
    if file is not None:
        add_own_file(wiring, visit.actor, owner, file)
    if chosen.startswith(_REMOVE):
        remove_own_file(wiring, visit.actor, owner, read_number(chosen.removeprefix(_REMOVE)))
    typed = {name: values for name, values in sent.items() if name not in ("title", "act", "form_key")}
    feedback = FormFeedback((), typed, form)
    if chosen != "attach" and not chosen.startswith(_REMOVE):
        try:
            with state_if_done():
                return act(visit, sent)
        except FaultError as error:
            if file is None or error.faults[0].short_code in _NOT_HERS:
                raise
            feedback = pages.refuse(visit.request, error, form, typed)  # the file is attached all the same
    shown = again(visit, feedback)
    return ActOutcome(visit.request.url.path, shown_once=shown)


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
    place = FormPlace.parse(found.place)
    await run_in_threadpool(place.require, visit)
    file = await run_in_threadpool(_read_whole, visit, found)
    made = await pages.site.write_queue.run(_attach_upload, visit, place, file, found)
    return _say_attached(made, _headers(found))


def _attach_upload(
    visit: MemberVisit, place: FormPlace, file: "SentFile", found: "ResumableUpload"
) -> "Attachment":
    """Attach a whole file, unless the member's session has ended or her data were erased since the part came.

    *Raises*: FaultError.
    """
    from yihui.services.attachments.attachments import add_own_file
    from yihui.services.attachments.resumable_uploads import delete_upload

    wiring = visit.wiring
    with acting_as(Acting(visit.actor, visit.today)):
        made = add_own_file(wiring, visit.actor, place.owner(visit.member), file)
    delete_upload(wiring, visit.member, found.id)
    return made


def _say_attached(file: "Attachment", headers: Mapping[str, str]) -> Response:
    return JSONResponse({"number": file.number, "title": file.title}, 200, dict(headers))


def _begin(visit: MemberVisit, place: str, title: str, length: int, digest: str) -> Response:
    from yihui.services.attachments.attachments import find_waiting_file, require_room_for_own_file
    from yihui.services.attachments.resumable_uploads import begin_upload

    form, wiring = FormPlace.parse(place), visit.wiring
    form.require(visit)
    if (there := find_waiting_file(wiring, form.owner(visit.member), digest)) is not None:
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
