"""Forms with files: one is stored for its officer and shown in a preview; those of a refused form are kept."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from core.faults import Fault, FaultError
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.feedback import FormFeedback
from yihui.frame.pages import OfficerVisit
from yihui.http.body import FormFields, UploadedFile, form_value, read_file_form
from yihui.http.desk.hand_pages import HandPages
from yihui.http.desk.named_fields import resolve_named_fields
from yihui.http.desk.sent_values import safe_file_name
from yihui.http.form_acts import Act, ActOutcome, Again

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


async def store_for_preview(pages: HandPages, request: Request, form: PreviewedForm) -> Response:
    """Store the file of a form for its officer for a day, and lead to the preview; a refused form keeps its file."""
    visit = await pages.open_form(request, form.right)
    sent, files = await read_file_form(request, form.most_bytes)
    return await run_in_threadpool(_store, pages, visit, form, sent, files.get("file"))


def _store(
    pages: HandPages, visit: OfficerVisit, form: PreviewedForm, sent: FormFields, file: UploadedFile | None
) -> Response:
    from yihui.operations.uploads import store_upload

    pages.check_key(visit, sent)
    wiring, faults, options = pages.site.wiring, list[Fault](), dict[str, str]()
    try:
        file = file or _take_kept_file(wiring, visit, sent)
        faults += [] if file else [form.no_file]
    except FaultError as error:
        faults += error.faults
    try:
        options = form.read_options(
            visit, resolve_named_fields(pages.site, visit.actor, sent, pages.station_texts)
        )
    except FaultError as error:
        faults += error.faults
    if file is None or faults:
        id_ = ""
        if file is not None and wiring.vault_keys is not None:  # otherwise it would lie in clear
            id_ = store_upload(wiring, visit.actor, file.name, file.content, {})
        return pages.show_again(visit, FaultError(faults), {**sent, _KEPT: [id_]}, form.name, form.again)
    id_ = store_upload(wiring, visit.actor, file.name, file.content, options)
    return RedirectResponse(f"{form.preview}/{id_}", 303)


def _take_kept_file(wiring: Wiring, visit: OfficerVisit, sent: FormFields) -> UploadedFile | None:
    """Return the file that a form kept when it was refused, which is then gone; None without one. *Raises*: FaultError."""
    from yihui.operations.uploads import delete_upload, load_upload

    if not (id_ := form_value(sent, _KEPT)):
        return None
    kept = load_upload(wiring, visit.actor, id_)
    delete_upload(wiring, id_)
    return UploadedFile(kept.name, kept.content)


def retain_files(
    wiring: Wiring, names: Collection[str], files: Mapping[str, UploadedFile], act: Act, again: Again
) -> tuple[Act, Again]:
    """Return an act that also has the files that its form kept, and the form that keeps those of a refusal.

    A file about which the refusal is, is chosen anew.
    """
    from yihui.operations.uploads import delete_upload, load_upload, store_upload

    wrong: set[str] = set()

    def act_with_files(visit: OfficerVisit, sent: FormFields) -> ActOutcome | str:
        stored = {name: form_value(sent, f"{name}_upload") for name in names if name not in files}
        kept, found = {name: id_ for name, id_ in stored.items() if id_}, {**files}
        try:
            for name, id_ in kept.items():
                wrong.add(name)  # until it is found
                upload = load_upload(wiring, visit.actor, id_)
                found[name] = UploadedFile(upload.name, upload.content)
                wrong.remove(name)
            done = act(visit, sent, files=found)
        except FaultError as error:
            about = {said for fault in error.faults for said in (fault.field, fault.file)}
            wrong.update(
                name for name, file in found.items() if about & {name, file.name, safe_file_name(file)}
            )
            raise
        for id_ in kept.values():
            delete_upload(wiring, id_)
        return done

    def again_with_files(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        sent = {
            key: typed for key, typed in feedback.sent.items() if key.removesuffix("_upload") not in wrong
        }
        is_sealed = wiring.vault_keys is not None  # otherwise it would lie in clear
        for name, file in files.items():
            if is_sealed and name in names and name not in wrong:
                sent[f"{name}_upload"] = [store_upload(wiring, visit.actor, file.name, file.content, {})]
        return again(visit, replace(feedback, sent=sent))

    return act_with_files, again_with_files
