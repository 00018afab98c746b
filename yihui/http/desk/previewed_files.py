"""Forms whose file is stored for its officer and shown in a preview, before the officer confirms it."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from core.faults import Fault, FaultError
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.http.body import FormFields, UploadedFile, form_value, read_file_form
from yihui.http.desk.pages import Again, OfficerPages, OfficerVisit

_KEPT = "file_upload"  # the field that names the file of a form that was refused


@dataclass(frozen=True, slots=True)
class PreviewedForm:
    """A form with a file: who may send it, what is stored beside the file, and where its preview is.

    ``read_options`` returns what was typed, and raises the faults of the fields; ``again`` shows the form with
    them and with what was typed.
    """

    right: Right
    name: str
    most_bytes: int
    no_file: Fault
    preview: str  # its address, before the id of the upload
    read_options: Callable[[OfficerVisit, FormFields], dict[str, str]]
    again: Again


async def store_for_preview(pages: OfficerPages, request: Request, form: PreviewedForm) -> Response:
    """Store the file of a form for its officer for a day, and lead to the preview; a refused form keeps its file."""
    visit = await pages.open_form(request, form.right)
    sent, files = await read_file_form(request, form.most_bytes)
    return await run_in_threadpool(_store, pages, visit, form, sent, files.get("file"))


def _store(
    pages: OfficerPages, visit: OfficerVisit, form: PreviewedForm, sent: FormFields, file: UploadedFile | None
) -> Response:
    from yihui.services.attachments.attachments import find_vault_keys
    from yihui.services.operation.uploads import store_upload

    pages.check_key(visit, sent)
    wiring, faults, options = pages.site.wiring, list[Fault](), dict[str, str]()
    try:
        file = file or _take_kept_file(wiring, visit, sent)
        faults += [] if file else [form.no_file]
    except FaultError as error:
        faults += error.faults
    try:
        options = form.read_options(visit, pages.resolve_names(visit, sent))
    except FaultError as error:
        faults += error.faults
    if file is None or faults:
        id_ = ""
        if file is not None and find_vault_keys(wiring) is not None:  # otherwise it would lie in clear
            id_ = store_upload(wiring, visit.actor, file.name, file.content, {})
        return pages.show_again(visit, FaultError(faults), {**sent, _KEPT: [id_]}, form.name, form.again)
    id_ = store_upload(wiring, visit.actor, file.name, file.content, options)
    return RedirectResponse(f"{form.preview}/{id_}", 303)


def _take_kept_file(wiring: Wiring, visit: OfficerVisit, sent: FormFields) -> UploadedFile | None:
    """Return the file that a form kept when it was refused, which is then gone; None without one. *Raises*: FaultError."""
    from yihui.services.operation.uploads import delete_upload, load_upload

    if not (id_ := form_value(sent, _KEPT)):
        return None
    kept = load_upload(wiring, visit.actor, id_)
    delete_upload(wiring, id_)
    return UploadedFile(kept.name, kept.content)
