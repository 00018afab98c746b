"""/desk/audit: who did and read what, as a list and as a file; the ledger verified with published heads."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import IO, TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.feedback import FormFeedback
from yihui.frame.fields import FieldKind
from yihui.frame.files import XLSX, saved_headers
from yihui.frame.pages import OfficerVisit, build_link
from yihui.http.body import FormFields, UploadedFile, form_value, read_file_form, read_form
from yihui.http.desk.hand_pages import HandPages
from yihui.http.desk.previewed_files import retain_files
from yihui.http.desk.sent_values import check_choice, form_choice, write_named_file
from yihui.operations.uploads import open_work_folder

if TYPE_CHECKING:
    from yihui.services.access.audit import AuditQuery

PAGE_SIZE = 50
MAX_HEADS_BYTES = 16 << 20
_CHUNK_BYTES = 64 << 10
_FILTERS = ("actor", "act", "kind", "object", "organisation", "since", "until", "only")
_MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
}


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("/audit")
    def audit(request: Request, before: int | None = None) -> Response:
        visit = pages.open(request, Right.READ_AUDIT)
        return _show_list(pages, visit, dict(request.query_params), before)

    @made.post("/audit/export")
    async def export(request: Request) -> Response:
        """Send the entries as a file; that they were exported is recorded first."""
        visit = await pages.open_form(request, Right.READ_AUDIT)
        sent = await read_form(request)
        pages.check_key(visit, sent)
        return await pages.site.write_queue.run(_export, pages, visit, sent)

    show_verification = partial(_show_verification, pages)
    right, path = Right.READ_AUDIT, "/audit/verify"
    pages.add_page(made, path, right, show_verification, organisation=PROVINCE_CODE)

    @made.post("/audit/verify")
    async def verify(request: Request) -> Response:
        """Begin the background job that verifies the ledger; the files are checked at once."""
        visit = await pages.open_form(request, Right.READ_AUDIT)
        sent, files = await read_file_form(request, MAX_HEADS_BYTES)
        begin = partial(_begin_verification, pages)
        act, again = retain_files(pages.site.wiring, ("heads", "key"), files, begin, show_verification)
        done = await pages.carry_out(visit, sent, right, "begin_verification", act, again)
        pages.site.job_runner.wake()
        return done


def _begin_verification(
    pages: HandPages, visit: OfficerVisit, sent: FormFields, files: Mapping[str, UploadedFile]
) -> str:
    from yihui.services.ledger.verification import HeadsUpload, request_verification

    pages.authorise(visit, Right.READ_AUDIT, PROVINCE_CODE)
    wiring, title = pages.site.wiring, visit.language.translate(N_("Verify the ledger"))
    with open_work_folder(wiring) as folder:
        written = {name: write_named_file(folder, name, file) for name, file in files.items()}
        heads, keys = ([written[name]] if name in written else [] for name in ("heads", "key"))
        recompute = form_value(sent, "recompute") == "yes"
        job = request_verification(wiring, visit.actor, HeadsUpload(heads, keys), title, recompute=recompute)
    return f"/desk/jobs/{job}"


def _show_verification(pages: HandPages, visit: OfficerVisit, feedback: FormFeedback) -> Response:
    from yihui.http.desk.jobs import JOB_STATE_LABELS
    from yihui.services.ledger.verification import find_verification
    from yihui.views.heads import proof_lines
    from yihui.views.ledger import verification_lines

    job, result = find_verification(pages.site.wiring, visit.actor)
    lines: list[str] = []
    if result is not None:
        with_heads = bool(result.proofs)
        lines = [
            *verification_lines(result.found, visit.language, with_heads=with_heads, hidden=result.hidden)
        ]
    wrong = len(result.found.disagreements) if result else 0
    return pages.render(
        visit,
        "audit_verify.html",
        feedback,
        job=job,
        job_states=JOB_STATE_LABELS,
        result=result,
        wrong=lines[:wrong],
        lines=[*(proof_lines(result.proofs, visit.language) if result else ()), *lines[wrong:]],
    )


def _show_list(
    pages: HandPages, visit: OfficerVisit, sent: Mapping[str, str], before: int | None
) -> Response:
    from yihui.services.access.audit import list_audit_entries
    from yihui.views.act_labels import act_choices, act_text, object_choices, object_name, object_text
    from yihui.views.audit import audit_change_lines, audit_reason_text

    chosen = {name: sent.get(name, "").strip() for name in _FILTERS}
    chosen["organisation"] = pages.resolve(visit, FieldKind.ORGANISATION, chosen["organisation"])
    acts, kinds = act_choices(visit.language), object_choices(visit.language)
    within = [
        chosen["act"] for act, _ in acts if chosen["act"].startswith(f"{act}.")
    ]  # a link names a whole act
    check_choice("act", chosen["act"], ("", *(act for act, _ in acts), *within))
    check_choice("kind", chosen["kind"], ("", *(kind for kind, _ in kinds)))
    names = pages.record_names()
    page = list_audit_entries(pages.site.wiring, visit.actor, _query(chosen), before, PAGE_SIZE)
    rows = [
        (
            one,
            act_text(one.act, visit.language),
            object_text(one.object_kind, visit.language),
            object_name(one.object_kind, one.object_id, names),
            audit_reason_text(one, visit.language),
            [*audit_change_lines(one, visit.language, names)],
        )
        for one in page.entries
    ]
    return pages.render(
        visit,
        "audit.html",
        rows=rows,
        chosen=chosen,
        acts=acts,
        kinds=kinds,
        first=build_link("/desk/audit", **chosen) if before else "",
        older=build_link("/desk/audit", **chosen, before=page.before) if page.before else "",
        is_whole=visit.holds_whole(Right.READ_AUDIT),
    )


def _query(chosen: Mapping[str, str]) -> "AuditQuery":
    from yihui.runtime.arguments import parse_day
    from yihui.services.access.audit import AuditQuery

    since, until = chosen["since"], chosen["until"]
    return AuditQuery(
        chosen["actor"] or None,
        chosen["act"] or None,
        chosen["kind"] or None,
        chosen["object"] or None,
        chosen["organisation"] or None,
        parse_day(since, "since") if since else None,
        parse_day(until, "until") if until else None,
        check_choice("only", chosen["only"], ("", "reads")) == "reads",
    ).check()


def _export(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> Response:
    from yihui.services.access.audit import iter_audit_entries, record_audit_export
    from yihui.views.audit import audit_csv_lines, write_audit_workbook

    form = form_choice(sent, "form", _MEDIA_TYPES)
    wiring, query = pages.site.wiring, _query({name: form_value(sent, name) for name in _FILTERS})
    record_audit_export(wiring, visit.actor, query, form)
    entries = iter_audit_entries(wiring, visit.actor, query)
    with open_work_folder(wiring) as folder:
        to = folder / f"audit.{form}"
        if form == "csv":
            with to.open("w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in audit_csv_lines(entries))
        else:
            write_audit_workbook(entries, to, visit.language)
        opened = to.open("rb")  # its content stays readable after the folder is gone
    headers = saved_headers(f"audit-{visit.day}.{form}")
    return StreamingResponse(_iter_chunks(opened), media_type=_MEDIA_TYPES[form], headers=headers)


def _iter_chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        read: Callable[[], bytes] = lambda: file.read(_CHUNK_BYTES)  # noqa: E731
        yield from iter(read, b"")
