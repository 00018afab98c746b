"""Forms whose file is stored for its officer and shown in a preview, before the officer confirms it."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from core.faults import Fault, FaultError
from yihui.access.roles import Right
from yihui.http.body import FormFields, UploadedFile, read_file_form
from yihui.http.desk.pages import Again, OfficerPages, OfficerVisit


@dataclass(frozen=True, slots=True)
class PreviewedForm:
    """A form with a file: who may send it, what is stored beside the file, and where its preview is.

    ``read_options`` returns what was typed, and raises the faults of the fields; ``again`` shows the form with
    them and with what was typed. ``begin`` is done with the id of the stored file.
    """

    right: Right
    name: str
    most_bytes: int
    no_file: Fault
    preview: str  # its address, before the id of the upload
    read_options: Callable[[OfficerVisit, FormFields], dict[str, str]]
    again: Again
    begin: Callable[[OfficerVisit, str], object] = lambda visit, id_: None


async def store_for_preview(pages: OfficerPages, request: Request, form: PreviewedForm) -> Response:
    """Store the file of a form for its officer for a day, and lead to the preview; show a refused form again."""
    visit = await pages.open_form(request, form.right)
    sent, files = await read_file_form(request, form.most_bytes)
    return await run_in_threadpool(_store, pages, visit, form, sent, files.get("file"))


def _store(
    pages: OfficerPages, visit: OfficerVisit, form: PreviewedForm, sent: FormFields, file: UploadedFile | None
) -> Response:
    from yihui.services.operation.uploads import store_upload

    pages.check_key(visit, sent)
    faults, options = [] if file else [form.no_file], dict[str, str]()
    try:
        options = form.read_options(visit, pages.resolve_names(visit, sent))
    except FaultError as error:
        faults += error.faults
    if file is None or faults:
        return pages.show_again(visit, FaultError(faults), sent, form.name, form.again)
    id_ = store_upload(pages.site.wiring, visit.actor, file.name, file.content, options)
    form.begin(visit, id_)
    return RedirectResponse(f"{form.preview}/{id_}", 303)
